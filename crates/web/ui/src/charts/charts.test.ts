import { expect, test } from "vitest";
import { bytes, bytesPerSecond, percent, seconds } from "../format/number";
import { sparkPath } from "./sparkPath";
import { axisLabel, stepsOf, timeLabels } from "./timeOptions";

test("a spark needs two points", () => {
  expect(sparkPath([], 90, 20)).toBe("");
  expect(sparkPath([3], 90, 20)).toBe("");
});

test("a spark runs from zero to the largest value", () => {
  expect(sparkPath([0, 5, 10], 90, 20)).toBe("M0.0,19.0L45.0,10.0L90.0,1.0");
});

test("a flat line of zeros lies on the ground", () => {
  expect(sparkPath([0, 0], 90, 20)).toBe("M0.0,19.0L90.0,19.0");
});

test("axis labels are as short as they can be", () => {
  expect([0, 0.05, 0.0525].map((value) => axisLabel(value, seconds))).toEqual(["0", "50 ms", "52.5 ms"]);
  expect([0.1, 0.005].map((value) => axisLabel(value, percent))).toEqual(["10 %", "0.5 %"]);
});

test.each([bytes, bytesPerSecond])("the grid of bytes stands at numbers that its labels say exactly", (format) => {
  const steps = stepsOf(format) ?? [];
  expect(steps.length).toBeGreaterThan(40);
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  for (const value of steps.flatMap((step) => [1, 2, 3, 4, 5].map((times) => step * times))) {
    const [, number = "", unit = ""] = /^([\d.]+) (\w+)/.exec(axisLabel(value, format)) ?? [];
    expect(Number(number) * 1024 ** units.indexOf(unit), axisLabel(value, format)).toBe(value);
  }
  expect(stepsOf(seconds)).toBeUndefined();
});

test("the date stands once a day", () => {
  const noon = new Date(2026, 10, 22, 12).getTime();
  expect(timeLabels([noon, noon + 3_600_000], 3_600_000)).toEqual(["12:00\n2026-11-22", "13:00"]);
  expect(timeLabels([noon], 86_400_000)).toEqual(["11-22"]);
});
