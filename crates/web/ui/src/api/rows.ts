// The rows of each table answer as typed records.
import type { Exemplar } from "../charts/exemplarPlaces";
import { nsToMs } from "../format/time";
import { list, rangeMs, rows, text, toNumber } from "./frame";
import type { TableFrame } from "./types";

export interface Red {
  readonly count: number;
  readonly rate: number;
  readonly errors: number;
  readonly errorRate: number;
  /** Seconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

function red(row: Readonly<Record<string, unknown>>): Red {
  return {
    count: toNumber(row["count"]),
    rate: toNumber(row["rate"]),
    errors: toNumber(row["errors"]),
    errorRate: toNumber(row["error_rate"]),
    p50: toNumber(row["p50"]),
    p95: toNumber(row["p95"]),
    p99: toNumber(row["p99"]),
  };
}

export interface ServiceRow extends Red {
  readonly service: string;
  readonly namespace: string;
  readonly environment: string;
  readonly class: string;
  /** Tenants with requests in the range; NaN when nobody asked. */
  readonly tenants: number;
  readonly spark: readonly number[];
}

/** A range that ended this long ago is counted whole. */
const SETTLED_MS = 15_000;

export function serviceRows(frame: TableFrame): ServiceRow[] {
  // The newest bin still fills; at the end of a small line it would read as a fall.
  const isFresh = Date.now() - rangeMs(frame)[1] < SETTLED_MS;
  return rows(frame).map((row) => ({
    ...red(row),
    service: text(row["service"]),
    namespace: text(row["service_namespace"]),
    environment: text(row["environment"]),
    class: text(row["class"]),
    tenants: toNumber(row["tenants"]),
    spark: list(row["spark"]).slice(0, isFresh ? -1 : undefined).map((n) => toNumber(n)),
  }));
}

/** Spans of a service as points of its chart of durations. */
export function exemplarsOf(frame: TableFrame): Exemplar[] {
  return rows(frame).map((row) => ({ at: nsToMs(text(row["timestamp"])), value: toNumber(row["value"]), trace: text(row["trace_id"]), span: text(row["span_id"]), failed: row["is_error"] === true }));
}

export interface OperationRow extends Red {
  readonly endpoint: string;
  readonly class: string;
}

export function operationRows(frame: TableFrame): OperationRow[] {
  return rows(frame).map((row) => ({ ...red(row), endpoint: text(row["endpoint"]), class: text(row["class"]) }));
}

/** A version of a service in an environment. */
export interface VersionRow extends Red {
  readonly version: string;
  readonly environment: string;
  /** Nanoseconds since the epoch, as text. */
  readonly firstSeen: string;
  /** The version before it; empty when it is the first of the range. */
  readonly previous: string;
}

export function versionRows(frame: TableFrame): VersionRow[] {
  return rows(frame).map((row) => ({ ...red(row), version: text(row["version"]), environment: text(row["environment"]), firstSeen: text(row["first_seen"]), previous: text(row["previous"]) }));
}

/** Records of a tenant. */
export interface UsageRow {
  readonly tenant: string;
  readonly signal: string;
  readonly records: number;
}

export function usageRows(frame: TableFrame): UsageRow[] {
  return rows(frame).map((row) => ({ tenant: text(row["tenant"]), signal: text(row["signal"]), records: toNumber(row["records"]) }));
}

export interface TraceRow {
  readonly traceId: string;
  /** Nanoseconds since the epoch; kept as text because a double cannot hold them. */
  readonly start: string;
  /** Nanoseconds. */
  readonly duration: number;
  readonly service: string;
  readonly name: string;
  readonly services: readonly string[];
  readonly spans: number;
  readonly errors: number;
  readonly status: string;
}

export function traceRows(frame: TableFrame): TraceRow[] {
  return rows(frame).map((row) => ({
    traceId: text(row["trace_id"]),
    start: text(row["start"]),
    duration: toNumber(row["duration"]),
    service: text(row["root_service"]),
    name: text(row["root_name"]),
    services: list(row["services"]).map(String),
    spans: toNumber(row["spans"]),
    errors: toNumber(row["errors"]),
    status: text(row["status"]),
  }));
}
