// The question of a metric's page, and which choices its kind allows: the server refuses the rest.
import type { MetricSearch } from "../../state/url";
import { isDistribution } from "./readings";

const QUANTILES = { whole: ["0.5", "0.95", "0.99"], split: ["0.95"] } as const;

/** True when the buckets of the kind are known, so that quantiles can be asked. Summaries come with quantiles of their own that cannot be joined. */
export const hasQuantiles = (type: string): boolean => isDistribution(type) && type !== "summary";

/** A distribution shows quantiles when nothing else is wished: three, one when it is split, or the one of the address. */
export function asked(search: MetricSearch, type: string): Readonly<Record<string, string | readonly string[] | undefined>> {
  const { agg } = search;
  const quantile = hasQuantiles(type) && agg === undefined ? (search.quantile === undefined ? QUANTILES[search.by === undefined ? "whole" : "split"] : [search.quantile]) : undefined;
  return { filter: search.q, by: search.by, time_fn: isDistribution(type) ? undefined : search.fn, agg, quantile };
}
