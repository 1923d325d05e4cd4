import { expect, test } from "vitest";
import { KEYMAP, step } from "./keymap";

test("a letter after g goes somewhere", () => {
  expect(step("", "g")).toEqual({ waiting: "g" });
  expect(step("g", "s")).toEqual({ command: "to:/services" });
  expect(step("g", "x")).toBeUndefined();
});

test("a single key works at once", () => {
  expect(step("", "/")).toEqual({ command: "filter" });
  expect(step("", "q")).toBeUndefined();
});

test("a second first key starts again", () => expect(step("g", "g")).toEqual({ waiting: "g" }));

test("no two commands share their keys", () => {
  const all = KEYMAP.map((binding) => binding.keys.join(" "));
  expect(new Set(all).size).toBe(all.length);
});
