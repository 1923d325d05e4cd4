import { expect, test } from "vitest";
import { recordsOf, usageOf } from "./usageOf";

const rows = [
  { tenant: "a", signal: "traces", records: 3 },
  { tenant: "b", signal: "traces", records: 1 },
  { tenant: "", signal: "traces", records: 1 },
  { tenant: "a", signal: "logs", records: 7 },
];

test("what a tenant uses is told beside what everybody does", () => {
  expect(usageOf(rows, "a", "traces")).toEqual({ records: 3, all: 5 });
  expect(usageOf(rows, "a", "logs")).toEqual({ records: 7, all: 7 });
  expect(usageOf(rows, "b", "logs")).toEqual({ records: 0, all: 7 });
  expect(usageOf(rows, "b", "metrics")).toEqual({ records: 0, all: 0 });
});

test("records of all signals are summed by tenant", () => {
  expect([...recordsOf(rows)]).toEqual([
    ["a", 10],
    ["b", 1],
    ["", 1],
  ]);
});
