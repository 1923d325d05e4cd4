import { rangeMs, toNumber } from "../../api/frame";
import type { SeriesFrame } from "../../api/types";
import { edgesOf } from "../../charts/edges";

export interface TenantTotal {
  /** Empty: spans that carry no tenant. */
  readonly tenant: string;
  readonly count: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly rate: number;
  /** Requests by bin, without those that are not whole. */
  readonly spark: readonly number[];
  readonly services: readonly string[];
}

export interface OfService {
  readonly service: string;
  readonly frame: SeriesFrame;
}

interface Sum {
  count: number;
  errors: number;
  readonly bins: Map<number, number>;
  readonly services: Set<string>;
}

/** What each tenant asked of all services together. Counts and errors add up exactly; quantiles do not, so there are none. */
export function tenantTotals(answers: readonly OfService[], now: number): TenantTotal[] {
  const sums = new Map<string, Sum>();
  for (const { service, frame } of answers) {
    for (const { labels, column, values } of frame.series) {
      if (column !== "count" && column !== "errors") continue;
      const tenant = String(labels["tenant"] ?? "");
      const sum = sums.get(tenant) ?? { count: 0, errors: 0, bins: new Map<number, number>(), services: new Set<string>() };
      sums.set(tenant, sum);
      values.forEach((value, i) => {
        const number = toNumber(value);
        if (!(number > 0)) return;
        sum[column] += number;
        if (column === "count") sum.bins.set(frame.x[i] ?? 0, (sum.bins.get(frame.x[i] ?? 0) ?? 0) + number);
      });
      if (sum.count > 0 && column === "count") sum.services.add(service);
    }
  }
  const whole = wholeBins(answers, now);
  const seconds = Math.max(...answers.map(({ frame }) => (rangeMs(frame)[1] - rangeMs(frame)[0]) / 1000), 1);
  return [...sums].map(([tenant, { count, errors, bins, services }]) => ({
    tenant,
    count,
    errors,
    errorRate: count === 0 ? NaN : errors / count,
    rate: count / seconds,
    spark: whole.map((moment) => bins.get(moment) ?? 0),
    services: [...services].sort(),
  }));
}

function wholeBins(answers: readonly OfService[], now: number): number[] {
  const moments = answers.flatMap(({ frame }) => frame.x.slice(0, edgesOf(frame, rangeMs(frame), now).from));
  return [...new Set(moments)].sort((a, b) => a - b);
}
