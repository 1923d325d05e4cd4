// Generated from docs/api/openapi.json by `npm run gen`. Do not edit.

/** The process works. */
export type Alive = {
  /** Always `ok`. */
  readonly status: string;
};

/** A text with a cursor in it. */
export type CompleteRequest = {
  /** UTF-16 offset of the cursor. */
  readonly cursor: number;
  /** First instant: a time literal; `now-15m` by default. */
  readonly from?: string | null;
  /** Kind of text; only `filter` in this version. */
  readonly kind?: string | null;
  /** Kind of telemetry: `traces` by default, or `logs`. */
  readonly signal?: string | null;
  /** The text. */
  readonly text: string;
  /** First instant after; `now` by default. */
  readonly to?: string | null;
};

/** What may stand at the cursor. */
export type Completion = {
  /** False: there are more, so do not narrow the list locally. */
  readonly complete: boolean;
  readonly context: string;
  readonly items: readonly {
    readonly count?: number;
    readonly detail?: string;
    readonly insert: string;
    readonly kind: string;
    readonly label: string;
    readonly type?: string;
    readonly unit?: string;
  }[];
  /** UTF-16 offsets of what an offer replaces. */
  readonly replace: {
    readonly end: number;
    readonly start: number;
  };
};

/** The event that was made. */
export type CreatedEvent = {
  /** As in the column `id` of the list. */
  readonly id: string;
};

/** An API key with its secret, which is not shown again. */
export type CreatedKeyItem = KeyItem & {
  /** The whole text of the key. Keep it: it cannot be read again. */
  readonly key: string;
};

/** A new user. */
export type CreatedUser = UserItem & {
  /** Logs the user in once within 15 minutes: `POST /session`. */
  readonly login_token: string;
};

/** Space of the data directory. */
export type DiskStatus = {
  /** Bytes that can still be written. */
  readonly free_bytes: number;
  /** Bytes of the volume. */
  readonly total_bytes: number;
  /** Bytes of the write-ahead log. */
  readonly wal_bytes: number;
};

/** Addresses for clients. */
export type Endpoints = {
  /** This API and the pages. */
  readonly api: string;
  /** OTLP over gRPC. */
  readonly otlp_grpc: string;
  /** OTLP over HTTP. */
  readonly otlp_http: string;
};

/** The database engine. */
export type EngineStatus = {
  /** Restarts since the start of the server. */
  readonly restarts: number;
  /** Memory of the child process; none for an engine elsewhere. */
  readonly rss_bytes?: number | null;
  /** `up`, `starting` or `down`. */
  readonly state: string;
  /** Version of ClickHouse. */
  readonly version: string;
};

/** One thing that is wrong with a request. */
export type FieldError = {
  /** For programs; stable. */
  readonly code: string;
  /** Offset after the last. */
  readonly end?: number | null;
  /** The parameter or field. */
  readonly field: string;
  /** For people. */
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
  /** First UTF-16 offset in the text of the field. */
  readonly start?: number | null;
  /** What may have been meant. */
  readonly suggestions?: readonly string[];
};

/** Keys that can stand in a filter. */
export type FieldList = {
  readonly fields: readonly {
    readonly context: string;
    readonly count: number;
    readonly key: string;
    readonly types: readonly string[];
    readonly unit?: string | null;
  }[];
};

/** An answer: a common head, and a body by `kind`. Readers ignore fields that they do not know. */
export type Frame = TableFrame | SeriesFrame | TraceFrame | LogsFrame | GraphFrame;

/** FrameColumn */
export type FrameColumn = {
  readonly exactness?: "exact" | "approximated" | "adjusted" | "sampled_estimate";
  readonly name: string;
  readonly role?: "key" | "value";
  readonly type: "float" | "int" | "int64" | "time_ms" | "time_ns" | "string" | "bool" | "enum" | "id" | "json";
  /** UCUM, as OpenTelemetry uses it. */
  readonly unit?: string;
  readonly values?: readonly unknown[];
};

/** FrameMeta */
export type FrameMeta = {
  /** The query in its one form; empty when there was no text. */
  readonly canonical: string;
  /** False when rows are missing; `incomplete` says why. */
  readonly complete: boolean;
  readonly exactness: "exact" | "approximated" | "adjusted" | "sampled_estimate";
  readonly incomplete: readonly {
    readonly detail: string;
    readonly reason: string;
    readonly remedy: string;
  }[];
  /** Where the next page starts. */
  readonly next_cursor?: string | null;
  readonly query_id: string;
  /** Nanoseconds since the epoch in decimal. */
  readonly range: {
    readonly from: string;
    readonly to: string;
    readonly tz: string;
  };
  readonly stats: {
    readonly bytes_read?: number;
    readonly elapsed_ms?: number;
    readonly rows_read?: number;
    readonly tier?: string;
  };
  readonly warnings: readonly {
    readonly code: string;
    readonly end?: number;
    readonly message: string;
    readonly start?: number;
  }[];
  /** Everything acknowledged up to this instant (ns) was stored and counted before the answer was made; null when that is not known. */
  readonly watermark?: string | null;
};

/** Who calls whom. */
export type GraphFrame = {
  /** `source` and `target` (ids of nodes), `kind` (call, virtual, entry, send, receive), `system`, calls and durations. */
  readonly edges: {
    readonly columns: readonly FrameColumn[];
    readonly rows: number;
  };
  readonly kind: "graph";
  readonly meta: FrameMeta;
  /** `id`, `kind` (service, database, cache, queue, external, user, unknown), `name`, `system`, and what it serves. */
  readonly nodes: {
    readonly columns: readonly FrameColumn[];
    readonly rows: number;
  };
};

/** Records since the start of the server: received = stored + rejected + deduplicated + in the log. */
export type IngestStatus = {
  /** Records that had arrived before. */
  readonly deduplicated: number;
  /** Records that are durable in the log and on their way into the engine. */
  readonly in_wal: number;
  /** Records that arrived. */
  readonly received: number;
  /** Records that were refused. */
  readonly rejected: number;
  /** Records that are in the engine. */
  readonly stored: number;
};

/** An API key without its secret. */
export type KeyItem = {
  /** RFC 3339. */
  readonly created_at: string;
  /** Who made it. */
  readonly created_by: string;
  /** The second part of the key's text. */
  readonly environment: string;
  /** RFC 3339; null when it does not end. */
  readonly expires_at?: string | null;
  /** The public part of the key. */
  readonly id: string;
  /** RFC 3339, to the minute; null when it was not used yet. */
  readonly last_used_at?: string | null;
  /** For people. */
  readonly name: string;
  /** RFC 3339; null while it is not revoked. */
  readonly revoked_at?: string | null;
  /** What it may do. */
  readonly scopes: readonly string[];
  /** `live`, `expired` or `revoked`. */
  readonly state: string;
  /** The tenant of everything it sends; null when it is trusted. */
  readonly tenant?: string | null;
  /** The tenants it may read; null for all, or for the one it is bound to. */
  readonly tenants?: readonly string[] | null;
  /** The tenant attribute of what it sends is believed. */
  readonly trusted: boolean;
};

/** API keys. */
export type KeyList = {
  readonly items: readonly KeyItem[];
};

/** Labels of the series of a metric. */
export type LabelList = {
  readonly complete: boolean;
  readonly labels: readonly {
    readonly context: "" | "attribute" | "resource";
    readonly key: string;
    readonly series: number;
    readonly values: number;
  }[];
};

/** Values of a label, most frequent first. */
export type LabelValueList = {
  readonly complete: boolean;
  readonly values: readonly {
    readonly series: number;
    readonly value: string;
  }[];
};

/** A login. */
export type LogIn = {
  /** The token of the login link. */
  readonly token: string;
};

/** A log record with everything that was sent. */
export type LogRecord = {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly environment: string;
  readonly event_name: string;
  readonly id: string;
  /** Nanoseconds since the epoch in decimal. */
  readonly observed_timestamp: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly service: string;
  readonly severity: "" | "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly severity_number: number;
  /** The level as it was sent. */
  readonly severity_text: string;
  /** Empty when it belongs to no span. */
  readonly span_id: string;
  readonly tenant: string;
  /** Nanoseconds since the epoch in decimal. */
  readonly timestamp: string;
  /** Empty when it belongs to no trace. */
  readonly trace_id: string;
};

/** A way in. */
export type LoginToken = {
  /** Logs the user in once within 15 minutes: `POST /session`. */
  readonly login_token: string;
};

/** Log records. */
export type LogsFrame = {
  readonly columns: readonly FrameColumn[];
  readonly kind: "logs";
  readonly meta: FrameMeta;
  /** What the column `resource` indexes. */
  readonly resources: readonly (Readonly<Record<string, unknown>>)[];
  readonly rows: number;
};

/** The caller. */
export type Me = {
  /** `user` or `key`. */
  readonly kind: string;
  /** User name, or `key <id>`. */
  readonly name: string;
  /** Slug of the org. */
  readonly org: string;
  /** What may be done. */
  readonly permissions: readonly string[];
  /** Role of a user; null for a key. */
  readonly role?: string | null;
  /** The tenants that may be seen; null for all. */
  readonly tenants?: readonly string[] | null;
};

/** What is known of a metric; where its series differ, what most of them say. */
export type MetricInfo = {
  readonly description: string;
  readonly monotonic: boolean;
  readonly name: string;
  readonly prometheus_name: string;
  readonly series: number;
  readonly temporality: "" | "delta" | "cumulative";
  readonly type: "gauge" | "sum" | "histogram" | "exponential_histogram" | "summary";
  readonly unit: string;
  /** How many kinds, units or temporalities it was sent in. */
  readonly varieties: number;
};

/** Something that happened. */
export type NewEvent = {
  /** What else is known: at most 64 texts, numbers and booleans. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** When it ended, for what has a length. */
  readonly end?: string | null;
  /** The environment it happened in; left out, it concerns all of them. */
  readonly environment?: string | null;
  /** The service it is about. */
  readonly service?: string | null;
  /** The tenant it belongs to. Who is limited to tenants must name one of them. */
  readonly tenant?: string | null;
  /** When: RFC 3339, `now-5m`, or digits since the epoch; now when left out. */
  readonly timestamp?: string | null;
  /** For people; at most 1,024 bytes. */
  readonly title: string;
  /** What happened: letters, digits, `.`, `_`, `-`, such as `deployment.finished`; at most 128 bytes. */
  readonly type: string;
};

/** An API key to make. */
export type NewKeyRequest = {
  /** The second part of the key's text: lower-case letters and digits; `prod` when left out. */
  readonly environment?: string | null;
  /** When it ends: RFC 3339 or `now+30d`. Left out: never. */
  readonly expires_at?: string | null;
  /** For people. */
  readonly name: string;
  /** What it may do: `ingest:traces`, `ingest:logs`, `ingest:metrics`, `query:read`, `events:write`, `admin:read`, `admin:write`, `metrics:read`. */
  readonly scopes: readonly string[];
  /** Binds the key to a tenant: everything it sends belongs to it. Left out: the tenant attribute is believed. */
  readonly tenant?: string | null;
  /** The tenants it may read. Left out: all, or the one it is bound to. */
  readonly tenants?: readonly string[] | null;
};

/** An org to make. */
export type NewOrg = {
  /** For people; the slug when left out. */
  readonly name?: string | null;
  /** Lower-case letters, digits and `-`, first a letter. */
  readonly slug: string;
};

/** A tenant to register. */
export type NewTenant = {
  /** What telemetry says: letters, digits, `.`, `_` and `-`, at most 64. */
  readonly id: string;
  /** For people; the id when left out. */
  readonly name?: string | null;
  /** What sampling rules and quotas may refer to. */
  readonly plan?: string;
};

/** A user to make. */
export type NewUserRequest = {
  /** Unique in the org. */
  readonly name: string;
  /** `viewer`, `editor`, `admin` or `owner`; not more than one's own. */
  readonly role: string;
  /** The tenants that may be seen; all when left out. */
  readonly tenants?: readonly string[] | null;
};

/** An org. */
export type OrgItem = {
  /** RFC 3339. */
  readonly created_at: string;
  /** Number inside the platform. */
  readonly id: number;
  /** For people. */
  readonly name: string;
  /** Name in addresses and headers. */
  readonly slug: string;
};

/** Orgs. */
export type OrgList = {
  readonly items: readonly OrgItem[];
};

/** A text that was checked. */
export type ParseAnswer = {
  /** The text in its one form; null when it has errors. */
  readonly canonical: string | null;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly {
    readonly code: string;
    readonly end?: number;
    readonly message: string;
    readonly start?: number;
  }[];
};

/** A text to check. */
export type ParseRequest = {
  /** Kind of telemetry: `traces` by default, or `logs`. */
  readonly signal?: string | null;
  /** The text. */
  readonly text: string;
};

/** The body of every answer that is not a success. */
export type Problem = {
  /** For programs; stable. */
  readonly code: string;
  /** This occurrence, for people. */
  readonly detail: string;
  /** Each thing that is wrong, all at once. */
  readonly errors?: readonly FieldError[];
  /** The query that it was about. */
  readonly query_id?: string | null;
  /** When to try again, in milliseconds. */
  readonly retry_after_ms?: number | null;
  /** HTTP status. */
  readonly status: number;
  /** The same for every occurrence. */
  readonly title: string;
  /** Names the problem: `/problems/` and the code. */
  readonly type: string;
};

/** A query. */
export type QueryRequest = {
  /** `meta.next_cursor` of the page before; events have one page. */
  readonly cursor?: string | null;
  /** Only this environment. */
  readonly environment?: string | null;
  /** First instant: a time literal; `now-15m` by default. */
  readonly from?: string | null;
  /** Rows on a page; 100 by default, at most 10,000. */
  readonly limit?: number | null;
  /** The text: in this version a filter. */
  readonly query?: string;
  /** What is asked for: `traces` by default, `logs`, or `events`. */
  readonly signal?: string | null;
  /** Only these tenants. */
  readonly tenant?: readonly string[] | null;
  /** First instant after; `now` by default. */
  readonly to?: string | null;
  /** IANA zone; UTC by default. */
  readonly tz?: string | null;
};

/** Whether requests can be taken. */
export type Ready = {
  /** State of each part: `starting`, `ready`, `degraded` or `draining`. */
  readonly parts: Readonly<Record<string, string>>;
  /** `ready` or `not_ready`. */
  readonly status: string;
};

/** For how long one kind of data is kept. */
export type Retention = {
  /** Days. */
  readonly days: number;
  /** Width of a window of counts; empty for records. */
  readonly resolution: string;
  /** `traces`, `logs`, `metrics`, `events`, `red` for the counts of services, or `edges` for who calls whom. */
  readonly signal: string;
};

/** Lines over time. */
export type SeriesFrame = {
  readonly bin_ms: number;
  readonly columns: readonly FrameColumn[];
  /** Labels that tell lines apart. */
  readonly keys: readonly string[];
  readonly kind: "series";
  readonly meta: FrameMeta;
  readonly series: readonly {
    /** The column that the line belongs to. */
    readonly column: string;
    readonly labels: Readonly<Record<string, unknown>>;
    /** One value per bin; null is a gap. */
    readonly values: readonly unknown[];
  }[];
  /** Starts of the bins, milliseconds since the epoch. */
  readonly x: readonly number[];
};

/** A span with everything that was sent. */
export type Span = {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dep_type?: string;
  /** Attributes, events and links that the sender dropped. */
  readonly dropped?: number;
  /** Nanoseconds. */
  readonly duration: number;
  readonly endpoint?: string;
  readonly environment?: string;
  readonly events: readonly {
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly name: string;
    readonly time: string;
  }[];
  readonly is_error?: boolean;
  readonly kind: string;
  readonly links: readonly (Readonly<Record<string, unknown>>)[];
  readonly name: string;
  readonly parent_span_id: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope?: string;
  readonly service: string;
  readonly span_id: string;
  /** Nanoseconds since the epoch in decimal. */
  readonly start: string;
  readonly status: string;
  readonly status_message?: string;
  readonly tenant?: string;
  readonly trace_id: string;
  readonly trace_state?: string;
};

/** State and counters. Counters are those of the caller's org; who is limited to some tenants does not see them. */
export type Status = {
  readonly disk?: DiskStatus | null;
  /** Where to send and ask. */
  readonly endpoints: Endpoints;
  /** The database engine. */
  readonly engine: EngineStatus;
  readonly ingest?: IngestStatus | null;
  /** Seconds since the start. */
  readonly uptime_s: number;
  /** Version of the server. */
  readonly version: string;
};

/** The state with what the API knows itself. */
export type StatusAnswer = Status & {
  /** For how long data is kept. */
  readonly retention: readonly Retention[];
};

/** Rows of columns, all of the same length. */
export type TableFrame = {
  readonly columns: readonly FrameColumn[];
  readonly kind: "table";
  readonly meta: FrameMeta;
  readonly rows: number;
};

/** A registered tenant. */
export type TenantItem = {
  /** RFC 3339. */
  readonly created_at: string;
  /** What telemetry says. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** May be empty. */
  readonly plan: string;
};

/** Registered tenants. */
export type TenantList = {
  readonly items: readonly TenantItem[];
};

/** A trace as a tree, its spans in depth-first order. */
export type TraceFrame = {
  readonly columns: readonly FrameColumn[];
  readonly duration_ns: number;
  readonly kind: "trace";
  readonly meta: FrameMeta;
  readonly missing_parents: number;
  /** Start of the earliest span; times of spans are offsets from it. */
  readonly origin_ns: string;
  /** Row of the root; -1 when it is missing. */
  readonly root: number;
  readonly rows: number;
  /** What the column `service` indexes. */
  readonly services: readonly string[];
  readonly trace_id: string;
};

/** A user. */
export type UserItem = {
  /** RFC 3339. */
  readonly created_at: string;
  /** Stable. */
  readonly id: string;
  /** Unique in the org. */
  readonly name: string;
  /** `viewer`, `editor`, `admin` or `owner`. */
  readonly role: string;
  /** The tenants that may be seen; null for all. */
  readonly tenants?: readonly string[] | null;
};

/** Users. */
export type UserList = {
  readonly items: readonly UserItem[];
};

/** Values of a key, most frequent first. */
export type ValueList = {
  readonly complete: boolean;
  readonly values: readonly {
    readonly count: number;
    readonly value: string;
  }[];
};
