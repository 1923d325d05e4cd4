// Every question a page asks, as options for TanStack Query: one key, one request each.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Quantiles, Scope } from "../state/url";
import type { KeyList, Me, TenantList } from "./admin";
import { ask } from "./client";
import type { LabelList, MetricInfo } from "./generated";
import type { FieldList, FieldValues, Parsed, SeriesFrame, Signal, Span, Status, TableFrame, TraceFrame } from "./types";

const part = encodeURIComponent;

export const me = () => queryOptions({ queryKey: ["me"], queryFn: ({ signal }) => ask<Me>("/me", { signal }), staleTime: 60_000 });

export const status = (everyMs: number) =>
  queryOptions({ queryKey: ["status"], queryFn: ({ signal }) => ask<Status>("/status", { signal }), refetchInterval: everyMs });

/** The list of services with how many tenants each had: the windows are read by tenant too. */
export const servicesWithTenants = (scope: Scope, quantiles: Quantiles | undefined) =>
  queryOptions({
    queryKey: ["services", scope, "tenants", quantiles],
    queryFn: ({ signal }) => ask<TableFrame>("/services", { params: { ...scope, include: "tenants", quantiles }, signal }),
    placeholderData: keepPreviousData,
  });

export const services = (scope: Scope) =>
  queryOptions({
    queryKey: ["services", scope],
    queryFn: ({ signal }) => ask<TableFrame>("/services", { params: { ...scope }, signal }),
    placeholderData: keepPreviousData,
  });

/** Metrics on a page; more come on demand. */
const METRICS = 1000;
/** As many as the server lists at once. */
const METRICS_MAX = 10_000;

/** Page by page; what is searched is searched by the server, so that nothing is out of reach. */
export const metrics = (search: string, filter: string, scope: Scope) =>
  infiniteQueryOptions({
    queryKey: ["metrics", search, filter, scope],
    queryFn: ({ pageParam, signal }) => ask<TableFrame>("/metrics", { params: { ...scope, search, filter, limit: METRICS, cursor: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.meta.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** The metrics of some series, for pages that need to know which there are. */
export const knownMetrics = (filter: string, scope: Scope) =>
  queryOptions({
    queryKey: ["known-metrics", filter, scope],
    queryFn: ({ signal }) => ask<TableFrame>("/metrics", { params: { ...scope, filter, limit: METRICS_MAX }, signal }),
    placeholderData: keepPreviousData,
  });

export const metricInfo = (name: string, scope: Scope) =>
  queryOptions({
    queryKey: ["metric-info", name, scope],
    // A metric is the same in every environment; this route refuses to be asked for one.
    queryFn: ({ signal }) => ask<MetricInfo>(`/metrics/${part(name)}`, { params: { ...scope, environment: undefined }, signal }),
    placeholderData: keepPreviousData,
  });

export const metricLabels = (name: string, scope: Scope) =>
  queryOptions({
    queryKey: ["metric-labels", name, scope],
    queryFn: ({ signal }) => ask<LabelList>(`/metrics/${part(name)}/labels`, { params: { ...scope }, signal }),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });

export type How = Readonly<Record<string, string | readonly string[] | undefined>>;

export const metric = (name: string, how: How, scope: Scope) =>
  queryOptions({
    queryKey: ["metric", name, how, scope],
    queryFn: ({ signal }) => ask<SeriesFrame>(`/metrics/${part(name)}/query`, { params: { ...scope, ...how }, signal }),
    placeholderData: keepPreviousData,
  });

export const exemplars = (name: string, filter: string, scope: Scope) =>
  queryOptions({
    queryKey: ["exemplars", name, filter, scope],
    queryFn: ({ signal }) => ask<TableFrame>(`/metrics/${part(name)}/exemplars`, { params: { ...scope, filter }, signal }),
    placeholderData: keepPreviousData,
  });

export const usage = (scope: Pick<Scope, "from" | "to" | "tenant">) =>
  queryOptions({
    queryKey: ["usage", scope],
    queryFn: ({ signal }) => ask<TableFrame>("/usage", { params: { ...scope }, signal }),
    placeholderData: keepPreviousData,
  });

export const serviceExemplars = (service: string, scope: Scope) =>
  queryOptions({
    queryKey: ["service-exemplars", service, scope],
    queryFn: ({ signal }) => ask<TableFrame>(`/services/${part(service)}/exemplars`, { params: { ...scope }, signal }),
    placeholderData: keepPreviousData,
  });

export type By = "none" | "endpoint" | "tenant";

export const red = (service: string, namespace: string | undefined, by: By, scope: Scope) =>
  queryOptions({
    queryKey: ["red", service, namespace, by, scope],
    queryFn: ({ signal }) => ask<SeriesFrame>(`/services/${part(service)}/red`, { params: { ...scope, by, namespace }, signal }),
    placeholderData: keepPreviousData,
  });

export const operations = (service: string, namespace: string | undefined, scope: Scope, quantiles?: Quantiles) =>
  queryOptions({
    queryKey: ["operations", service, namespace, scope, quantiles],
    queryFn: ({ signal }) => ask<TableFrame>(`/services/${part(service)}/operations`, { params: { ...scope, namespace, quantiles }, signal }),
    placeholderData: keepPreviousData,
  });

export const deployments = (service: string, namespace: string | undefined, scope: Scope) =>
  queryOptions({
    queryKey: ["deployments", service, namespace, scope],
    queryFn: ({ signal }) => ask<TableFrame>(`/services/${part(service)}/deployments`, { params: { ...scope, namespace }, signal }),
    placeholderData: keepPreviousData,
  });

/** Traces on a page: as many as the scatter can show without becoming a cloud. */
const PAGE = 500;

/** One page of traces; paged by the caller through `cursor`. */
export function tracesPage(filter: string, sort: "start" | "duration", scope: Scope, cursor: string | undefined, signal: AbortSignal): Promise<TableFrame> {
  return ask<TableFrame>("/traces", { params: { ...scope, filter, sort, limit: PAGE, cursor }, signal });
}

/** The first traces of an order, for a short list beside something else. */
export const firstTraces = (filter: string, sort: "start" | "duration", limit: number, scope: Scope) =>
  queryOptions({
    queryKey: ["first-traces", filter, sort, limit, scope],
    queryFn: ({ signal }) => ask<TableFrame>("/traces", { params: { ...scope, filter, sort, limit }, signal }),
    placeholderData: keepPreviousData,
  });

/** The newest trace there is; asked again until there is one. */
export const newestTrace = (everyMs: number) =>
  queryOptions({
    queryKey: ["newest"],
    queryFn: ({ signal }) => ask<TableFrame>("/traces", { params: { from: "now-7d", limit: 1 }, signal }),
    refetchInterval: (query) => ((query.state.data?.rows ?? 0) === 0 ? everyMs : false),
  });

export const trace = (id: string, tenant: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["trace", id, tenant],
    queryFn: ({ signal }) => ask<TraceFrame>(`/traces/${part(id)}`, { params: { tenant }, signal }),
    staleTime: 60_000,
  });

export const span = (traceId: string, id: string, tenant: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["span", traceId, id, tenant],
    queryFn: ({ signal }) => ask<Span>(`/traces/${part(traceId)}/spans/${part(id)}`, { params: { tenant }, signal }),
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });

export const fields = (signal: Signal, scope: Scope) =>
  queryOptions({
    queryKey: ["fields", signal, scope],
    queryFn: (context) => ask<FieldList>("/fields", { params: { ...scope, signal }, signal: context.signal }),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });

export const fieldValues = (signal: Signal, key: string, filter: string, scope: Scope, prefix = "") =>
  queryOptions({
    queryKey: ["values", signal, key, filter, prefix, scope],
    queryFn: (context) => ask<FieldValues>(`/fields/${part(key)}/values`, { params: { ...scope, signal, prefix, filter }, signal: context.signal }),
    staleTime: 15_000,
    placeholderData: keepPreviousData,
  });

export const parse = (text: string, signal: Signal) =>
  queryOptions({
    queryKey: ["parse", signal, text],
    queryFn: (context) => ask<Parsed>("/query/parse", { method: "POST", body: { text, signal }, signal: context.signal }),
    staleTime: Infinity,
  });

export const tenants = () => queryOptions({ queryKey: ["tenants"], queryFn: ({ signal }) => ask<TenantList>("/org/tenants", { signal }), staleTime: 30_000 });

export const keys = () => queryOptions({ queryKey: ["keys"], queryFn: ({ signal }) => ask<KeyList>("/org/keys", { signal }) });
