import { expect, test } from "vitest";
import type { SeriesFrame } from "../../api/types";
import { tenantRows } from "./tenantRows";

test("bins are summed per tenant, gaps count nothing", () => {
  const frame = {
    x: [0, 10, 20],
    bin_ms: 10,
    meta: { range: { from: "0", to: "30000000" } },
    series: [
      { labels: { tenant: "a" }, column: "count", values: [1, null, 3] },
      { labels: { tenant: "a" }, column: "errors", values: [0, null, 1] },
      { labels: { tenant: "b" }, column: "count", values: [5, "NaN", 0] },
      { labels: { tenant: "b" }, column: "p95", values: [9, 9, 9] },
    ],
  } as unknown as SeriesFrame;
  expect(tenantRows(frame, 1e6)).toEqual([
    { tenant: "a", count: 4, errors: 1, errorRate: 0.25, spark: [1, 0, 3] },
    { tenant: "b", count: 5, errors: 0, errorRate: 0, spark: [5, 0, 0] },
  ]);
});
