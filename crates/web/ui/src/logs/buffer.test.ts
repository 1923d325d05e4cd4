import { expect, test } from "vitest";
import type { LogRow } from "../api/logs";
import { arrive, lose, NO_TAIL, release, SHOWN_MAX } from "./buffer";

const row = (n: number): LogRow => ({ id: `i${n}`, time: String(1_700_000_000_000_000_000n + BigInt(n)), severity: "info", service: "a", tenant: "", body: "", traceId: "", spanId: "" });
const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => row(from + i));
const ids = (rows: readonly LogRow[]) => rows.map(({ id }) => id);

test("lines stand newest first, whatever the order of their arrival, and once", () => {
  const tail = arrive(arrive(NO_TAIL, [row(1), row(3)], false), [row(2), row(3)], false);
  expect(ids(tail.rows)).toEqual(["i3", "i2", "i1"]);
});

test("held lines wait and come in together", () => {
  const held = arrive(arrive(NO_TAIL, [row(1)], false), [row(2), row(1)], true);
  expect([ids(held.rows), ids(held.waiting)]).toEqual([["i1"], ["i2"]]);
  expect(ids(release(held).rows)).toEqual(["i2", "i1"]);
  expect(release(held).waiting).toEqual([]);
  expect(ids(arrive(held, [row(3)], false).rows)).toEqual(["i3", "i2", "i1"]);
});

test("the page keeps the newest lines", () => {
  const tail = arrive(arrive(NO_TAIL, many(0, SHOWN_MAX), false), many(SHOWN_MAX, 10), false);
  expect(tail.rows.length).toBe(SHOWN_MAX);
  expect(tail.rows[0]?.id).toBe(`i${SHOWN_MAX + 9}`);
  expect(tail.dropped).toBe(0);
});

test("what does not fit while held is counted, with what the server dropped", () => {
  const tail = lose(arrive(NO_TAIL, many(0, SHOWN_MAX + 7), true), 1200);
  expect(tail.waiting.length).toBe(SHOWN_MAX);
  expect(tail.dropped).toBe(1207);
  expect(tail.waiting.at(-1)?.id).toBe("i7");
});
