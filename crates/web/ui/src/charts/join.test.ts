import { expect, test } from "vitest";
import type { SeriesFrame } from "../api/types";
import { join } from "./join";

const frame = (x: number[], rate: (number | null)[]) => ({ x, series: [{ labels: {}, column: "rate", values: rate }] }) as unknown as SeriesFrame;

test("bins that only one answer has are gaps of the other", () => {
  const joined = join([{ label: "a", frame: frame([0, 10], [1, 2]) }, { label: "b", frame: frame([10, 20], [3, null]) }], "rate");
  expect(joined.x).toEqual([0, 10, 20]);
  expect(joined.lines).toEqual([{ label: "a", values: [1, 2, null] }, { label: "b", values: [null, 3, null] }]);
});

test("an answer without the column has no line", () => {
  expect(join([{ label: "a", frame: frame([0], [1]) }], "p95")).toEqual({ x: [0], lines: [] });
  expect(join([], "p95")).toEqual({ x: [], lines: [] });
});
