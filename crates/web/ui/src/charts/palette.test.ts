import { expect, test } from "vitest";
import { claimed, colorIndex, colorOf, colorsOf, contrast, ERROR, PANEL, readClaims, SERIES, slotColor } from "./palette";

/** The ten, what the server itself is called, and the stand-in for a cache. */
const SERVICES = ["analytics", "api-gateway", "billing", "core-events", "core-ops", "devtools", "identity", "networking", "platform", "services", "sightline", "redis"];

test.each(["dark", "light"] as const)("every %s series colour stands out from its panel", (theme) => {
  for (const color of [...SERIES[theme], ERROR[theme]]) expect(contrast(color, PANEL[theme]), color).toBeGreaterThanOrEqual(3);
});

test("both palettes have the same hues in the same order", () => expect(SERIES.dark.length).toBe(SERIES.light.length));

test("a service keeps its colour", () => {
  expect(colorOf("billing", "dark")).toBe(colorOf("billing", "dark"));
  expect(SERIES.dark.indexOf(colorOf("billing", "dark"))).toBe(SERIES.light.indexOf(colorOf("billing", "light")));
});

test("the services of the demo platform differ", () => {
  expect(new Set(SERVICES.map((name) => colorOf(name, "dark"))).size).toBe(SERVICES.length);
});

/** Names whose own colour is that of the first. */
const rivals = (name: string, count: number): string[] => Array.from({ length: 2000 }, (_, i) => `rival-${i}`).filter((other) => colorIndex(other) === colorIndex(name)).slice(0, count);

test("services whose own colours are alike get different ones", () => {
  const names = ["shop", ...rivals("shop", 9)];
  expect(names.length).toBe(10);
  const claims = claimed({}, names);
  expect(new Set(names.map((name) => slotColor(name, claims, "dark"))).size).toBe(10);
  expect(claimed({}, names.toReversed())).toEqual(claims);
});

test("who holds a colour keeps it when others come, and when they go", () => {
  const [rival = ""] = rivals("shop", 1);
  const first = claimed({}, [rival]);
  const both = claimed(first, ["shop", rival]);
  expect(both[rival]).toBe(colorIndex(rival));
  expect(both["shop"]).not.toBe(colorIndex("shop"));
  expect(claimed(both, ["shop"])).toBe(both);
});

test("with no colour left, those who are gone give theirs up, and nobody who is there does", () => {
  const many = Array.from({ length: 14 }, (_, i) => `old-${i}`);
  const full = claimed({}, many);
  expect(new Set(Object.values(full)).size).toBe(14);
  expect(claimed(full, [...many, "shop"])).toBe(full);
  const next = claimed(full, [...many.slice(1), "shop"]);
  expect(next["old-0"]).toBeUndefined();
  expect(next["shop"]).toBe(full["old-0"]);
  expect(next["old-7"]).toBe(full["old-7"]);
});

test.each([
  [null, {}],
  ["x", {}],
  [{ a: 1, b: "2", c: 14, d: -1, e: 1.5, f: 1 }, { a: 1 }],
])("claims that were kept are read with care: %j", (kept, expected) => expect(readClaims(kept)).toEqual(expected));

test("a name that every object has is a name like others", () => {
  expect(slotColor("constructor", {}, "dark")).toBe(colorOf("constructor", "dark"));
  expect(claimed({}, ["constructor"])["constructor"]).toBe(colorIndex("constructor"));
});

test("lines of one chart differ, whatever their order", () => {
  const names = ["POST /api/invoices", "POST /api/login", "GET /api/invoices/{id}", "POST /api/invoices/{id}/pay"];
  const colors = colorsOf(names, "dark");
  expect(new Set(colors.values()).size).toBe(names.length);
  expect(colorsOf(names.toReversed(), "dark")).toEqual(colors);
  expect(colorsOf(Array.from({ length: 40 }, (_, i) => `n${i}`), "light").size).toBe(40);
});
