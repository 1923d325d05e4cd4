import { expect, test } from "vitest";
import { parseSearch, readTraces, scopeOf, shared, sortOf, stringifySearch } from "./url";

test("a query string survives the round trip", () => {
  for (const text of ["", "?from=now-1h&to=now", "?tenant=a&tenant=b", "?q=service+%3D+'billing'+AND+duration+%3E+1s", "?live=1"]) {
    expect(stringifySearch(parseSearch(text))).toBe(text);
  }
});

test("times stay readable in a link", () => {
  expect(stringifySearch({ from: "2026-11-22T10:00:00.000Z" })).toBe("?from=2026-11-22T10:00:00.000Z");
});

test("empty values leave no trace", () => {
  expect(stringifySearch({ from: undefined, q: "", tenant: [], live: false })).toBe("");
});

test("one tenant is a list too, and doubles fall away", () => {
  expect(shared(parseSearch("?tenant=a")).tenant).toEqual(["a"]);
  expect(shared(parseSearch("?tenant=a&tenant=a")).tenant).toEqual(["a"]);
});

test("a repeated single value takes the first", () => {
  expect(readTraces(parseSearch("?q=a&q=b")).q).toBe("a");
});

test("an unknown sort is the default", () => {
  expect(readTraces(parseSearch("?sort=colour")).sort).toBeUndefined();
  expect(sortOf("-p95", "rate")).toEqual({ column: "p95", up: true });
  expect(sortOf(undefined, "rate")).toEqual({ column: "rate", up: false });
});

test("requests carry the default range when the URL says nothing", () => {
  expect(scopeOf({})).toMatchObject({ from: "now-15m", to: "now", environment: undefined, tenant: undefined });
});
