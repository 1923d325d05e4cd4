import { expect, test } from "vitest";
import { stack } from "./stack";

const lines = [
  { label: "info", color: "", values: [1, null, 0] },
  { label: "error", color: "", values: [2, 3, 0] },
];

test("sums, tallest first, and no bar where there is nothing", () => {
  expect(stack(lines, new Set()).map(({ label, values }) => [label, values])).toEqual([["error", [3, 3, null]], ["info", [1, null, null]]]);
});

test("a hidden line lifts nothing", () => {
  expect(stack(lines, new Set(["info"]))[0]?.values).toEqual([2, 3, null]);
  expect(stack([], new Set())).toEqual([]);
});
