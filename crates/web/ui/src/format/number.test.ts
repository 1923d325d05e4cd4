import { describe, expect, test } from "vitest";
import { bytes, count, duration, durationLiteral, percent, rate, seconds, short } from "./number";

describe("durations take the unit that fits", () => {
  test.each([
    [0, "0 ns"],
    [850, "850 ns"],
    [50_000, "50.0 µs"],
    [999_600, "1.00 ms"],
    [4_560_000, "4.56 ms"],
    [185_900_000, "186 ms"],
    [1_840_000_000, "1.84 s"],
    [125_000_000_000, "2 m 05 s"],
    [7_500_000_000_000, "2 h 05 m"],
    [-12_000_000, "-12.0 ms"],
    [NaN, "–"],
  ])("%d ns", (ns, expected) => expect(duration(ns)).toBe(expected));

  test("seconds are the same in another unit", () => expect(seconds(0.0423)).toBe("42.3 ms"));
});

describe("shares", () => {
  test.each([
    [0, "0 %"],
    [0.00001, "< 0.01 %"],
    [0.0731, "7.31 %"],
    [0.5, "50.0 %"],
    [1, "100 %"],
    [NaN, "–"],
  ])("%d", (ratio, expected) => expect(percent(ratio)).toBe(expected));
});

test("counts are whole with separators", () => expect(count(1_234_567.4)).toBe("1,234,567"));
test("short numbers keep three digits", () => expect([0, 7, 1.234, 99.96, 1234, 12_345, 4_560_000].map(short)).toEqual(["0", "7", "1.23", "100", "1,234", "12.3k", "4.56M"]));
test("a rate has its unit", () => expect(rate(12.34)).toBe("12.3/s"));
test("bytes are binary", () => expect([0, 1023, 1536, 52_428_800].map(bytes)).toEqual(["0 B", "1023 B", "1.50 KiB", "50.0 MiB"]));
test("literals are read by the filter language", () => expect([1_500_000_000, 250_000_000, 12_345, 5].map(durationLiteral)).toEqual(["1.5s", "250ms", "12.3us", "5ns"]));
