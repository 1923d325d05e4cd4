import { expect, test } from "vitest";
import type { SeriesFrame } from "../../api/types";
import { instant } from "../../format/time";
import { formatOf, largest, readings, typeOf } from "./readings";

test("values are written in the unit of their metric", () => {
  const cases: readonly [string, number, string][] = [
    ["s", 0.25, "250 ms"],
    ["s", 1_795_659_692.5, instant(1_795_659_692_500)],
    ["ms", 12.3, "12.3 ms"],
    ["By", 2048, "2.00 KiB"],
    ["1", 0.5, "50.0 %"],
    ["1", 12, "12"],
    ["{invoice}", 1234, "1,234"],
    ["{invoice}/s", 2, "2/s"],
    ["", 7, "7"],
  ];
  for (const [unit, value, want] of cases) expect(formatOf(unit)(value), `${value} ${unit}`).toBe(want);
});

test("a sum that only rises is a counter", () => {
  expect(typeOf({ type: "sum", monotonic: true })).toBe("counter");
  expect(typeOf({ type: "sum", monotonic: false })).toBe("sum");
  expect(typeOf({ type: "histogram", monotonic: false })).toBe("histogram");
});

test("lines know their bounds and are told apart by what differs", () => {
  const line = (column: string, service: string | undefined, values: (number | null)[]) => ({ column, labels: service === undefined ? {} : { service }, values });
  const frame = (series: unknown[]) => ({ kind: "series", series, columns: [], keys: [], x: [], bin_ms: 1, meta: {} }) as unknown as SeriesFrame;
  expect(readings(frame([line("last", "billing", [3, null, 1])]))).toEqual([{ label: "billing", values: [3, null, 1], last: 1, lowest: 1, highest: 3 }]);
  expect(readings(frame([line("p50", undefined, [1]), line("p99", undefined, [2])])).map((one) => one.label)).toEqual(["p50", "p99"]);
  expect(readings(frame([line("p50", "a", [1]), line("p99", "a", [null])])).map((one) => [one.label, one.last])).toEqual([
    ["a p50", 1],
    ["a p99", NaN],
  ]);
});

test("numbers without a unit are all shares or all plain on one axis", () => {
  const written = (values: readonly number[]) => {
    const top = largest([{ label: "", values, last: NaN, lowest: Math.min(...values), highest: Math.max(...values) }]);
    return values.map(formatOf("1", top));
  };
  expect(written([0.5, 1])).toEqual(["50.0 %", "100 %"]);
  expect(written([0.5, 1.5])).toEqual(["0.500", "1.50"]);
  expect(written([-2, 0.25])).toEqual(["-2", "0.250"]);
});
