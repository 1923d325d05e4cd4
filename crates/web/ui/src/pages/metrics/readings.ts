// The answers about metrics as typed records, and values in the unit of their metric.
import { rows as records, text, toNumber, toPoint } from "../../api/frame";
import type { SeriesFrame, TableFrame } from "../../api/types";
import { bytes, bytesPerSecond, duration, NONE, percent, rate, seconds, short } from "../../format/number";
import { instant } from "../../format/time";
import { t } from "../../text/en";

export interface MetricRow {
  readonly name: string;
  readonly prometheus: string;
  readonly type: string;
  readonly unit: string;
  readonly temporality: string;
  readonly monotonic: boolean;
  readonly description: string;
  readonly series: number;
}

export function metricRows(frame: TableFrame): MetricRow[] {
  return records(frame).map((row) => ({
    name: text(row["name"]),
    prometheus: text(row["prometheus_name"]),
    type: text(row["type"]),
    unit: text(row["unit"]),
    temporality: text(row["temporality"]),
    monotonic: row["monotonic"] === true,
    description: text(row["description"]),
    series: toNumber(row["series"]),
  }));
}

/** What people call it: a sum that only rises is a counter. */
export function typeOf(metric: { readonly type: string; readonly monotonic: boolean }): string {
  if (metric.type === "sum" && metric.monotonic) return t.metrics.counter;
  return t.metrics.types[metric.type] ?? metric.type;
}

export const isDistribution = (type: string): boolean => type === "histogram" || type === "exponential_histogram" || type === "summary";

/**
 * Writes values of a unit (UCUM, as OpenTelemetry uses it). A curly unit is a word for what is counted.
 * Numbers without a unit are shares when none of those that stand together is above one (`top`), so that an axis has one way of writing.
 */
export function formatOf(unit: string | null | undefined, top?: number): (value: number) => string {
  const plain = unit ?? "";
  if (plain.endsWith("/s") && plain !== "By/s") return rate;
  const known: Readonly<Record<string, (value: number) => string>> = {
    // No duration is 31 years: such a number is a moment, in seconds since the epoch.
    s: (value) => (value > 1e9 ? instant(value * 1000) : seconds(value)),
    ms: (value) => seconds(value / 1e3),
    us: (value) => seconds(value / 1e6),
    ns: duration,
    By: bytes,
    "By/s": bytesPerSecond,
    "1": (value) => ((top ?? Math.abs(value)) <= 1 ? percent(value) : short(value)),
    "%": (value) => (Number.isFinite(value) ? `${short(value)} %` : NONE),
  };
  return known[plain] ?? short;
}

/** The unit of the first value column of a chart. */
export function unitOf(frame: SeriesFrame): string {
  return frame.columns.find((column) => frame.series.some((line) => line.column === column.name))?.unit ?? "";
}

export interface Reading {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly last: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The lines of a chart, each with its bounds. Several columns (quantiles) are told apart by name. */
export function readings(frame: SeriesFrame): Reading[] {
  const several = new Set(frame.series.map((line) => line.column)).size > 1;
  return frame.series.map((line) => {
    const values = line.values.map(toPoint);
    const there = values.filter((value): value is number => value !== null);
    const labels = Object.values(line.labels).map(String).filter(Boolean).join(" ");
    const label = labels === "" ? line.column : several ? `${labels} ${line.column}` : labels;
    return {
      label,
      values,
      last: there.at(-1) ?? NaN,
      lowest: there.length === 0 ? NaN : Math.min(...there),
      highest: there.length === 0 ? NaN : Math.max(...there),
    };
  });
}

/** The largest amount on a chart. */
export function largest(lines: readonly Reading[]): number {
  return lines.reduce((top, { lowest, highest }) => Math.max(top, Math.abs(lowest) || 0, Math.abs(highest) || 0), 0);
}

export interface Example {
  readonly at: string;
  readonly value: number;
  readonly trace: string;
  readonly span: string;
}

export function examples(frame: TableFrame): Example[] {
  return records(frame)
    .map((row) => ({ at: text(row["timestamp"]), value: toNumber(row["value"]), trace: text(row["trace_id"]), span: text(row["span_id"]) }))
    .filter((example) => example.trace !== "");
}
