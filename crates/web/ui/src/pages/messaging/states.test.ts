import { expect, test } from "vitest";
import { lineOf, type MetricsRow } from "../../metrics/tables";
import { errorsOf, isFallingBehind, scheduleOf } from "./states";

test("a lag falls behind when it only grows", () => {
  const cases: readonly [string, readonly (number | null)[], boolean][] = [
    ["it grows", [1, 2, 3, 5, 8, 13], true],
    ["it grows over gaps", [1, null, 2, null, 5, 6, 7, null], true],
    ["it comes down again", [1, 9, 9, 1, 9, 1], false],
    ["it is level", [4, 4, 4, 4], false],
    ["it is too short to say", [1, 9], false],
    ["nothing is known", [null, null], false],
  ];
  for (const [what, values, want] of cases) expect(isFallingBehind(lineOf([], values)), what).toBe(want);
});

test("a schedule is missed when it was due long before the end of the range", () => {
  const due = 1_800_000_000;
  const at = (later: number) => scheduleOf(due, (due + later) * 1000);
  expect([at(-30), at(119), at(120), at(121), scheduleOf(NaN, due * 1000)]).toEqual(["onTime", "onTime", "onTime", "missed", "none"]);
});

test("errors of a topic are those of both sides", () => {
  const of = (...parts: readonly (readonly [string, number])[]) => new Map(parts.map(([error, n]) => [error, lineOf([0], [n])]));
  const row: MetricsRow = { key: "", labels: [], lines: new Map([["sent", of(["", 9], ["timeout", 2])], ["consumed", of(["", 9], ["timeout", 1], ["parse", 1])]]) };
  expect(errorsOf(row)).toBe(4);
  expect(errorsOf({ key: "", labels: [], lines: new Map() })).toBe(0);
});
