import { describe, expect, test } from "vitest";
import { absolute, isRelative, parseDuration, parseInstant, resolve, shift, shortest, zoom } from "./time";

const NOW = Date.parse("2026-11-22T10:00:00Z");

describe("instants", () => {
  test.each([
    ["now", NOW],
    ["now-15m", NOW - 900_000],
    ["now-1h30m", NOW - 5_400_000],
    ["2026-11-22T09:00:00Z", NOW - 3_600_000],
    ["2026-11-22T10:00:00+01:00", NOW - 3_600_000],
    ["1795345200", 1_795_345_200_000],
    ["1795345200123", 1_795_345_200_123],
    ["1795345200123456789", 1_795_345_200_123],
    ["yesterday", undefined],
    ["now-15", undefined],
    ["", undefined],
  ])("%s is read", (text, expected) => expect(parseInstant(text, NOW)).toBe(expected));

  test("a duration is read whole or not at all", () => {
    expect(parseDuration("90s")).toBe(90_000);
    expect(parseDuration("1h30m")).toBe(5_400_000);
    expect(parseDuration("1h30")).toBeUndefined();
    expect(parseDuration("h")).toBeUndefined();
  });
});

describe("ranges", () => {
  test("an empty or backward range is none", () => {
    expect(resolve({ from: "now", to: "now-1h" }, NOW)).toBeUndefined();
    expect(resolve({ from: "now-1h", to: "now" }, NOW)).toEqual({ from: NOW - 3_600_000, to: NOW });
  });

  test("a shift keeps the length and becomes absolute", () => {
    const moved = shift({ from: "now-1h", to: "now" }, -0.5, NOW);
    expect(moved).toEqual({ from: "2026-11-22T08:30:00.000Z", to: "2026-11-22T09:30:00.000Z" });
    expect(isRelative(moved)).toBe(false);
  });

  test("a shift never passes the present", () => {
    expect(resolve(shift({ from: "now-1h", to: "now" }, 0.5, NOW), NOW)?.to).toBe(NOW);
  });

  test("zooming a live range keeps it live, an absolute one keeps its middle", () => {
    expect(zoom({ from: "now-15m", to: "now" }, 2, NOW)).toEqual({ from: "now-30m", to: "now" });
    expect(zoom({ from: "now-15m", to: "now" }, 0.5, NOW)).toEqual({ from: "now-450s", to: "now" });
    const range = absolute({ from: NOW - 7_200_000, to: NOW - 3_600_000 });
    expect(resolve(zoom(range, 0.5, NOW), NOW)).toEqual({ from: NOW - 6_300_000, to: NOW - 4_500_000 });
  });

  test("durations are written in the largest whole unit", () => {
    expect([900_000, 3_600_000, 86_400_000, 90_000, 10].map(shortest)).toEqual(["15m", "1h", "1d", "90s", "1s"]);
  });
});
