// Shapes of the public API, written by hand to the contract.
// Swap: when docs/api/openapi.json exists, `npm run gen` writes generated.ts; re-export its schemas from here.

export type Cell = string | number | boolean | null | Json;
export type Json = { readonly [key: string]: unknown } | readonly unknown[];

export interface Column {
  readonly name: string;
  readonly type: "float" | "int" | "int64" | "time_ms" | "time_ns" | "string" | "bool" | "enum" | "id" | "json";
  readonly unit?: string;
  readonly role?: "key" | "value";
  readonly exactness?: Exactness;
  /** Left out when empty. */
  readonly values?: readonly Cell[];
}

export type Exactness = "exact" | "approximated" | "adjusted" | "sampled_estimate";

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly start?: number;
  readonly end?: number;
}

export interface Incomplete {
  readonly reason: string;
  readonly detail: string;
  readonly remedy: string;
}

export interface Meta {
  readonly query_id: string;
  readonly canonical?: string;
  readonly range: { readonly from: string; readonly to: string; readonly tz: string };
  readonly complete: boolean;
  readonly incomplete?: readonly Incomplete[];
  readonly exactness: Exactness;
  readonly watermark?: string | null;
  readonly next_cursor?: string | null;
  readonly warnings?: readonly Warning[];
  readonly stats?: { readonly rows_read?: number; readonly bytes_read?: number; readonly elapsed_ms?: number; readonly tier?: string };
}

export interface TableFrame {
  readonly kind: "table";
  readonly meta: Meta;
  readonly rows: number;
  readonly columns: readonly Column[];
}

export interface Series {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly column: string;
  readonly values: readonly (number | string | null)[];
}

export interface SeriesFrame {
  readonly kind: "series";
  readonly meta: Meta;
  readonly columns: readonly Column[];
  readonly keys: readonly string[];
  readonly bin_ms: number;
  readonly x: readonly number[];
  readonly series: readonly Series[];
}

export interface TraceFrame {
  readonly kind: "trace";
  readonly meta: Meta;
  readonly trace_id: string;
  readonly origin_ns: string;
  readonly duration_ns: number;
  readonly root: number;
  readonly services: readonly string[];
  readonly missing_parents: number;
  readonly rows: number;
  readonly columns: readonly Column[];
}

export type Attributes = Readonly<Record<string, unknown>>;

export interface SpanEvent {
  readonly time: string | number;
  readonly name: string;
  readonly attributes?: Attributes;
}

export interface SpanLink {
  readonly trace_id: string;
  readonly span_id: string;
  readonly attributes?: Attributes;
}

export interface Span {
  readonly span_id: string;
  readonly parent_span_id?: string | null;
  readonly trace_id: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly status_message?: string | null;
  readonly start: string | number;
  readonly duration: number;
  readonly tenant?: string;
  readonly endpoint?: string;
  readonly environment?: string;
  readonly scope?: string;
  readonly trace_state?: string;
  /** Attributes, events or links that were cut before they were stored. */
  readonly dropped?: number;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

export interface Field {
  readonly key: string;
  readonly context?: string;
  readonly types?: readonly string[];
  readonly unit?: string | null;
  readonly count?: number;
}

export interface FieldValues {
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly complete: boolean;
}

export interface Diagnostic {
  readonly start?: number;
  readonly end?: number;
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  readonly suggestions?: readonly string[];
}

export interface Parsed {
  readonly canonical?: string | null;
  readonly errors: readonly Diagnostic[];
  readonly warnings?: readonly Diagnostic[];
}

export interface CompletionItem {
  readonly label: string;
  readonly insert?: string;
  readonly kind?: string;
  readonly detail?: string;
  readonly type?: string;
  readonly unit?: string;
  readonly count?: number;
}

export interface Completion {
  readonly replace: { readonly start: number; readonly end: number };
  readonly context: string;
  readonly items: readonly CompletionItem[];
  readonly complete: boolean;
}

export interface Status {
  readonly version: string;
  readonly engine?: { readonly state?: string; readonly version?: string; readonly restarts?: number; readonly rss_bytes?: number };
  /** Left out for who is limited to some tenants. */
  readonly ingest?: {
    readonly received: number;
    readonly stored: number;
    readonly rejected: number;
    readonly deduplicated: number;
    readonly in_wal: number;
  };
  readonly endpoints?: { readonly otlp_grpc?: string; readonly otlp_http?: string; readonly api?: string };
  readonly disk?: { readonly free_bytes: number; readonly total_bytes: number; readonly wal_bytes: number };
  readonly uptime_s?: number;
}

export interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly query_id?: string;
  readonly retry_after_ms?: number | null;
  readonly errors?: readonly (Diagnostic & { readonly field?: string })[];
}
