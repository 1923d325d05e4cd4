import { expect, test } from "vitest";
import { durationTicks, msAt, nearest, nsAt, scaleFor, timeTicks, xOf, yOf, pictured } from "./scatterScale";

const area = { left: 50, top: 10, width: 500, height: 100 };
const scale = scaleFor([1e6, 1e9], [0, 900_000], area);

test("both axes can be read back", () => {
  for (const ms of [0, 450_000, 900_000]) expect(msAt(scale, xOf(scale, ms))).toBeCloseTo(ms);
  for (const ns of [1e6, 3.3e7, 1e9]) expect(nsAt(scale, yOf(scale, ns)) / ns).toBeCloseTo(1);
});

test("longer is higher, and all stay inside", () => {
  expect(yOf(scale, 1e9)).toBeLessThan(yOf(scale, 1e6));
  expect(yOf(scale, 1e6)).toBeLessThan(area.top + area.height);
  expect(yOf(scale, 0)).toBeCloseTo(area.top + area.height);
});

test("ticks are round", () => {
  expect(durationTicks(scale)).toEqual([1e6, 1e7, 1e8, 1e9]);
  expect(timeTicks(scale, 4)).toEqual([0, 300_000, 600_000, 900_000]);
});

test("one value or none still gives an axis", () => {
  for (const durations of [[], [5e6], [0]]) {
    const one = scaleFor(durations, [0, 1000], area);
    expect(one.high).toBeGreaterThan(one.low);
    expect(Number.isFinite(yOf(one, 5e6))).toBe(true);
  }
});

test("the nearest point is found within reach only", () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }];
  expect(nearest(points, 8, 0, 5)).toBe(1);
  expect(nearest(points, 50, 50, 5)).toBe(-1);
});

test("the picture covers the range, or the part of it that is loaded", () => {
  expect(pictured([0, 1000], [200, 300], false)).toEqual([0, 1000]);
  expect(pictured([0, 1000], [200, 300], true)).toEqual([198, 302]);
  expect(pictured([200, 301], [200, 300], true)).toEqual([200, 301]);
  expect(pictured([0, 1000], [], true)).toEqual([0, 1000]);
  expect(pictured([0, 1000], [200], true)).toEqual([0, 1000]);
});
