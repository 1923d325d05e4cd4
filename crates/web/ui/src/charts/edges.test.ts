import { expect, test } from "vitest";
import { edgesOf, SETTLE_MS } from "./edges";

const frame = (watermark: string | null = null) => ({ x: [0, 10_000, 20_000, 30_000], bin_ms: 10_000, meta: { watermark } });
const LATE = 10_000_000;

test.each([
  ["a past range on the grid is whole", [0, 40_000], LATE, { first: false, from: 4 }],
  ["bins that stick out are not", [5000, 35_000], LATE, { first: true, from: 3 }],
  ["the newest bins still grow", [0, 40_000], 40_000, { first: false, from: 2 }],
  ["nothing has settled yet", [0, 40_000], SETTLE_MS - 1, { first: false, from: 0 }],
] as const)("%s", (_, range, now, expected) => expect(edgesOf(frame(), range, now)).toEqual(expected));

test("the server's own mark counts more than the clock", () => {
  expect(edgesOf(frame("30000000000"), [0, 40_000], LATE).from).toBe(3);
});

test("no bins, no edges", () => {
  expect(edgesOf({ x: [], bin_ms: 10, meta: {} }, [0, 1], 5)).toEqual({ first: false, from: 0 });
});
