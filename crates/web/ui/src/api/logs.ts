// Questions about log records, and their rows.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Scope } from "../state/url";
import { ask } from "./client";
import { texts } from "./frame";
import type { LogRecord, LogsFrame, SeriesFrame } from "./types";

const part = encodeURIComponent;

/** A line of a list. */
export interface LogRow {
  readonly id: string;
  /** Nanoseconds since the epoch, as text because a double cannot hold them. */
  readonly time: string;
  /** One of the six words of severity; empty when the record has none. */
  readonly severity: string;
  readonly service: string;
  readonly tenant: string;
  readonly body: string;
  readonly traceId: string;
  readonly spanId: string;
}

export function logRows(frame: LogsFrame): LogRow[] {
  const column = (name: string) => texts(frame, name);
  const [id, time, severity, service, tenant, body, traceId, spanId] = ["id", "timestamp", "severity", "service", "tenant", "body", "trace_id", "span_id"].map(column);
  return Array.from({ length: frame.rows }, (_, row) => ({
    id: id?.[row] ?? "",
    time: time?.[row] ?? "",
    severity: severity?.[row] ?? "",
    service: service?.[row] ?? "",
    tenant: tenant?.[row] ?? "",
    body: body?.[row] ?? "",
    traceId: traceId?.[row] ?? "",
    spanId: spanId?.[row] ?? "",
  }));
}

const PAGE = 500;

/** One page of lines, newest first; paged by the caller through `cursor`. */
export function logsPage(filter: string, scope: Scope, cursor: string | undefined, signal: AbortSignal): Promise<LogsFrame> {
  return ask<LogsFrame>("/logs", { params: { ...scope, filter, limit: PAGE, cursor }, signal });
}

export const histogram = (filter: string, scope: Scope) =>
  queryOptions({
    queryKey: ["logs-histogram", filter, scope],
    queryFn: ({ signal }) => ask<SeriesFrame>("/logs/histogram", { params: { ...scope, filter }, signal }),
    placeholderData: keepPreviousData,
  });

export const logRecord = (id: string, tenant: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["log", id, tenant],
    queryFn: ({ signal }) => ask<LogRecord>(`/logs/${part(id)}`, { params: { tenant }, signal }),
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });

export type Around = "service" | "host";
/** Lines on each side. */
const SIDE = 50;

export const context = (id: string, by: Around, tenant: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["log-context", id, by, tenant],
    queryFn: ({ signal }) => ask<LogsFrame>("/logs/context", { params: { id, by, before: SIDE, after: SIDE, tenant }, signal }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });

/** The lines that were written in a trace, or (with `span`) in one of its spans. */
export const traceLogs = (traceId: string, span: string | undefined, tenant: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["trace-logs", traceId, span, tenant],
    queryFn: ({ signal }) => ask<LogsFrame>(`/traces/${part(traceId)}/logs`, { params: { span, tenant }, signal }),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
