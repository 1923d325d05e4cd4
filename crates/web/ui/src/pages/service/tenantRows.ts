import { rangeMs, toNumber } from "../../api/frame";
import type { SeriesFrame } from "../../api/types";
import { edgesOf } from "../../charts/edges";

export interface TenantRow {
  readonly tenant: string;
  readonly count: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly spark: readonly number[];
}

/** Counts and errors of each tenant, summed over the bins: both are exact. Quantiles cannot be summed and are left out. */
export function tenantRows(frame: SeriesFrame, now: number): TenantRow[] {
  // The sums hold what is there; the small line ends with the last whole bin.
  const { from } = edgesOf(frame, rangeMs(frame), now);
  const sums = new Map<string, { count: number; errors: number; spark: readonly number[] }>();
  for (const { labels, column, values } of frame.series) {
    const tenant = String(labels["tenant"] ?? "");
    const sum = sums.get(tenant) ?? { count: 0, errors: 0, spark: [] };
    const numbers = values.map((value) => toNumber(value)).map((value) => (Number.isFinite(value) ? value : 0));
    const total = numbers.reduce((a, b) => a + b, 0);
    if (column === "count") {
      sum.count += total;
      sum.spark = numbers.slice(0, from);
    }
    if (column === "errors") sum.errors += total;
    sums.set(tenant, sum);
  }
  return [...sums].map(([tenant, { count, errors, spark }]) => ({ tenant, count, errors, errorRate: count === 0 ? NaN : errors / count, spark }));
}
