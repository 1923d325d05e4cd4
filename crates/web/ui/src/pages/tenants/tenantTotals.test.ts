import { expect, test } from "vitest";
import type { SeriesFrame } from "../../api/types";
import { tenantTotals } from "./tenantTotals";

const frame = (series: readonly [string, string, readonly unknown[]][]) =>
  ({ x: [0, 10_000, 20_000], bin_ms: 10_000, meta: { range: { from: "0", to: "30000000000" } }, series: series.map(([tenant, column, values]) => ({ labels: { tenant }, column, values })) }) as unknown as SeriesFrame;
const LATE = 1e9;

test("services add up per tenant, bin by bin", () => {
  const rows = tenantTotals(
    [
      { service: "gateway", frame: frame([["a", "count", [1, null, 3]], ["a", "errors", [0, null, 1]], ["b", "count", [5, "NaN", 0]], ["a", "p95", [9, 9, 9]]]) },
      { service: "billing", frame: frame([["a", "count", [2, 2, 2]], ["a", "errors", [1, 0, 0]]]) },
    ],
    LATE,
  );
  expect(rows).toEqual([
    { tenant: "a", count: 10, errors: 2, errorRate: 0.2, rate: 10 / 30, spark: [3, 2, 5], services: ["billing", "gateway"] },
    { tenant: "b", count: 5, errors: 0, errorRate: 0, rate: 5 / 30, spark: [5, 0, 0], services: ["gateway"] },
  ]);
});

test("the small line ends with the last whole bin, the sums do not", () => {
  const [row] = tenantTotals([{ service: "s", frame: frame([["a", "count", [1, 1, 1]]]) }], 36_000);
  expect(row?.spark).toEqual([1, 1]);
  expect(row?.count).toBe(3);
});

test("no answers, no tenants", () => expect(tenantTotals([], LATE)).toEqual([]));
