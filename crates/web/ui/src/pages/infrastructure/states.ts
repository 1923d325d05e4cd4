// What the numbers of infrastructure mean: busy share of a host, state of a pool, hits of a cache.
import { line, lineOf, ratio, together, type Line, type MetricsRow } from "../../metrics/tables";

/** The share of time that a host's processors worked: what is left of idling. */
export function busy(row: MetricsRow): Line {
  const idle = line(row, "cpu", "idle");
  if (idle.values.length === 0) return together(row, "cpu", (mode) => mode !== "idle");
  return lineOf(
    idle.x,
    idle.values.map((value) => (value === null ? null : 1 - value)),
  );
}

/** The part with the highest newest value, as the fullest file system. */
export function fullest(row: MetricsRow, id: string): { readonly part: string; readonly line: Line } | undefined {
  const [first] = [...(row.lines.get(id) ?? [])].filter(([, one]) => Number.isFinite(one.last)).sort(([, a], [, b]) => b.last - a.last);
  return first === undefined ? undefined : { part: first[0], line: first[1] };
}

/** A resource in parts of its limit; nothing when it has none. */
export const ofLimit = (row: MetricsRow, used: string, limit: string): Line => ratio(line(row, used), line(row, limit));

export type PoolState = "exhausted" | "full" | "ok";

/** A pool is exhausted when all its connections are in use and somebody waits for one or has just given up (vocabulary.md 4). */
export function poolState(row: MetricsRow): PoolState {
  const max = line(row, "max").last;
  if (!(line(row, "count", "used").last >= max)) return "ok";
  const hasGivenUp = line(row, "timeouts").values.slice(-2).some((value) => (value ?? 0) > 0);
  return line(row, "pending").last > 0 || hasGivenUp ? "exhausted" : "full";
}

/** Hits in parts of hits and misses over the whole range; errors are neither. NaN when nothing was looked up. */
export function hitRatio(hits: Line, misses: Line): number {
  const found = Number.isFinite(hits.sum) ? hits.sum : 0;
  const missed = Number.isFinite(misses.sum) ? misses.sum : 0;
  return found + missed === 0 ? NaN : found / (found + missed);
}
