import { expect, test } from "vitest";
import { ago, exact, nsToMs, rangeLabel } from "./time";

const NOW = Date.parse("2026-11-22T10:00:00Z");

test("recent ranges are said in words", () => {
  expect(rangeLabel({ from: "now-15m", to: "now" }, NOW)).toBe("Last 15 minutes");
  expect(rangeLabel({ from: "now-1h", to: "now" }, NOW)).toBe("Last hour");
  expect(rangeLabel({ from: "now-1h30m", to: "now" }, NOW)).toBe("Last 1h30m");
});

test("an unreadable range is shown as typed", () => {
  expect(rangeLabel({ from: "whenever", to: "now" }, NOW)).toBe("whenever – now");
});

test("nanoseconds are not rounded", () => {
  expect(exact("1795345200123456789").endsWith(".123456789")).toBe(true);
  expect(exact("no time")).toBe("no time");
  expect(nsToMs("1795345200123456789")).toBeCloseTo(1_795_345_200_123.456, 2);
});

test("ages are short", () => {
  expect([1000, 30_000, 300_000, 7_200_000].map((age) => ago(NOW - age, NOW))).toEqual(["just now", "30 s ago", "5 m ago", "2 h ago"]);
});
