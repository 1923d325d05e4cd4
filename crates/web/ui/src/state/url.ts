// The URL is the state. This file turns a query string into typed search parameters and back, without JSON in it:
// `?from=now-15m&to=now&env=production&tenant=a&tenant=b&q=...&span=...`
import { DEFAULT_RANGE, type Range } from "./time";

export type Raw = Readonly<Record<string, string | readonly string[]>>;

/** Reads a query string; a repeated key becomes a list. */
export function parseSearch(text: string): Raw {
  const out: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = out[key];
    if (before === undefined) out[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else out[key] = [before, value];
  }
  return out;
}

/** Writes search parameters; undefined, empty and default values are left out, so that links stay short. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(key, one === true ? "1" : String(one));
  }
  // Colons and slashes are legal in a query (RFC 3986 3.4) and times and filters read better with them.
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%27", "'");
  return text === "" ? "" : `?${text}`;
}

/** What every page has in its URL. */
export interface Shared {
  readonly from?: string;
  readonly to?: string;
  readonly env?: string;
  readonly tenant?: readonly string[];
  readonly live?: boolean;
}

export function one(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : undefined;
}

export function many(value: unknown): readonly string[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === "string" && item !== "");
  return list.length === 0 ? undefined : [...new Set(list)];
}

function flag(value: unknown): boolean | undefined {
  return value === "1" || value === true ? true : undefined;
}

/** A value out of a closed list; anything else is none. */
export function among<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  const word = one(value);
  return words.find((known) => known === word);
}

export function shared(raw: Readonly<Record<string, unknown>>): Shared {
  return { from: one(raw["from"]), to: one(raw["to"]), env: one(raw["env"]), tenant: many(raw["tenant"]), live: flag(raw["live"]) };
}

/** Where quantiles come from; sketches when nothing is said. */
export type Quantiles = "exact";

export interface ServicesSearch extends ListSearch {
  readonly quantiles?: Quantiles;
}

/** A list that is filtered by words, in an order. */
export interface ListSearch extends Shared {
  readonly q?: string;
  readonly sort?: string;
}

export interface TenantSearch extends Shared {
  readonly sort?: string;
  /** Order of the quotas. */
  readonly qsort?: string;
}

export interface ServiceSearch extends Shared {
  readonly quantiles?: Quantiles;
  readonly tab?: "tenants" | "logs" | "metrics";
  readonly ns?: string;
  readonly sort?: string;
  /** Order of the tenants, of the metrics, and of the versions. */
  readonly tsort?: string;
  readonly msort?: string;
  readonly vsort?: string;
  readonly by?: "endpoint";
}

export interface TracesSearch extends Shared {
  readonly q?: string;
  readonly sort?: "start" | "duration";
}

export interface LogsSearch extends Shared {
  readonly q?: string;
  /** The record whose details are open. */
  readonly log?: string;
  /** The record whose neighbours are shown instead of the search, and what makes a neighbour. */
  readonly around?: string;
  readonly by?: "host";
  /** Long lines are whole. */
  readonly wrap?: boolean;
}

export interface MetricsSearch extends ListSearch {
  /** Only metrics of these series. */
  readonly where?: string;
}

export interface MetricSearch extends Shared {
  /** Which series. */
  readonly q?: string;
  readonly fn?: string;
  readonly agg?: string;
  /** The key that tells the lines apart. */
  readonly by?: string;
  /** The one quantile of a distribution that is shown; the usual ones when left out. */
  readonly quantile?: string;
  readonly sort?: string;
}

export interface TraceSearch extends Shared {
  readonly span?: string;
  /** The span whose subtree is shown alone. */
  readonly sub?: string;
  readonly find?: string;
  /** Dims what is not on the critical path. */
  readonly critical?: boolean;
}

/** Pages of tables of metrics: which, in which order, and the row whose charts are open. */
export interface TablesSearch extends Shared {
  readonly tab?: string;
  readonly sort?: string;
  readonly row?: string;
}

export interface MapSearch extends Shared {
  /** The node whose details are open. */
  readonly node?: string;
  readonly show?: "errors" | "p95";
  readonly ill?: boolean;
  readonly view?: "table";
}

export interface EventsSearch extends Shared {
  readonly q?: string;
  /** The event that a marker led to. */
  readonly event?: string;
}

export interface LoginSearch {
  readonly token?: string;
  /** The page that wanted a session. */
  readonly next?: string;
}

export interface SettingsSearch extends Shared {
  /** Order of keys and of tenants. */
  readonly ksort?: string;
  readonly tsort?: string;
}

export const readLogin = (raw: Record<string, unknown>): LoginSearch => ({ token: one(raw["token"]), next: one(raw["next"]) });
export const readSettings = (raw: Record<string, unknown>): SettingsSearch => ({ ...shared(raw), ksort: one(raw["ksort"]), tsort: one(raw["tsort"]) });
export const readList = (raw: Record<string, unknown>): ListSearch => ({ ...shared(raw), q: one(raw["q"]), sort: one(raw["sort"]) });
export const readServices = (raw: Record<string, unknown>): ServicesSearch => ({ ...readList(raw), quantiles: among(raw["quantiles"], ["exact"] as const) });
export const readTables = (raw: Record<string, unknown>): TablesSearch => ({ ...shared(raw), tab: one(raw["tab"]), sort: one(raw["sort"]), row: one(raw["row"]) });
export const readMap = (raw: Record<string, unknown>): MapSearch => ({ ...shared(raw), node: one(raw["node"]), show: among(raw["show"], ["errors", "p95"] as const), ill: flag(raw["ill"]), view: among(raw["view"], ["table"] as const) });
export const readEvents = (raw: Record<string, unknown>): EventsSearch => ({ ...shared(raw), q: one(raw["q"]), event: one(raw["event"]) });
export const readTenant = (raw: Record<string, unknown>): TenantSearch => ({ ...shared(raw), sort: one(raw["sort"]), qsort: one(raw["qsort"]) });
export const readService = (raw: Record<string, unknown>): ServiceSearch => ({
  ...shared(raw),
  quantiles: among(raw["quantiles"], ["exact"] as const),
  ns: one(raw["ns"]),
  sort: one(raw["sort"]),
  tsort: one(raw["tsort"]),
  msort: one(raw["msort"]),
  vsort: one(raw["vsort"]),
  by: one(raw["by"]) === "endpoint" ? "endpoint" : undefined,
  tab: among(raw["tab"], ["tenants", "logs", "metrics"]),
});
export const readTraces = (raw: Record<string, unknown>): TracesSearch => ({
  ...shared(raw),
  q: one(raw["q"]),
  sort: one(raw["sort"]) === "duration" ? "duration" : undefined,
});
export const readLogs = (raw: Record<string, unknown>): LogsSearch => ({
  ...shared(raw),
  q: one(raw["q"]),
  log: one(raw["log"]),
  around: one(raw["around"]),
  by: among(raw["by"], ["host"]),
  wrap: flag(raw["wrap"]),
});
export const readMetrics = (raw: Record<string, unknown>): MetricsSearch => ({ ...readList(raw), where: one(raw["where"]) });
export const readMetric = (raw: Record<string, unknown>): MetricSearch => ({
  ...shared(raw),
  q: one(raw["q"]),
  fn: among(raw["fn"], ["last", "rate", "increase", "avg", "min", "max", "sum", "count"]),
  agg: among(raw["agg"], ["sum", "avg", "min", "max", "count"]),
  by: one(raw["by"]),
  quantile: among(raw["quantile"], ["0.5", "0.9", "0.95", "0.99", "0.999"]),
  sort: one(raw["sort"]),
});
export const readTrace = (raw: Record<string, unknown>): TraceSearch => ({
  ...shared(raw),
  span: one(raw["span"]),
  sub: one(raw["sub"]),
  find: one(raw["find"]),
  critical: flag(raw["critical"]),
});

/** The range of a URL, with the default where it says nothing. */
export function rangeOf(search: Shared): Range {
  return { from: search.from ?? DEFAULT_RANGE.from, to: search.to ?? DEFAULT_RANGE.to };
}

/** The parameters that limit every request: range (in this browser's zone), environment, tenants. */
export function scopeOf(search: Shared): { from: string; to: string; tz: string; environment: string | undefined; tenant: readonly string[] | undefined } {
  return { ...rangeOf(search), tz: ZONE, environment: search.env, tenant: search.tenant };
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export type Scope = ReturnType<typeof scopeOf>;

/** A sort order in the URL: `rate` downwards, `-rate`... is upwards; undefined is the page's own order. */
export function sortOf(text: string | undefined, fallback: string): { readonly column: string; readonly up: boolean } {
  const value = text ?? fallback;
  return value.startsWith("-") ? { column: value.slice(1), up: true } : { column: value, up: false };
}
