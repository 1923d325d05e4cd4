import { expect, test } from "vitest";
import { sparkPath } from "./sparkPath";

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
