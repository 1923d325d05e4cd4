//! Every route of the API, and how it is asked about data that belongs to somebody else.
//!
//! `<name>` stands for a name or id of that data; the names are those of `isolation::Holder`.

/// What the walk with every right gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// This status, and the data's marks in the answer.
    Shows(u16),
    /// This status; the answer tells nothing of the data.
    Says(u16),
}

/// One way to ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// The route as the document of the API names it.
    pub(crate) route: &'static str,
    /// Path and query.
    pub(crate) ask: &'static str,
    /// JSON, or empty.
    pub(crate) body: &'static str,
    pub(crate) full: Full,
}

impl Probe {
    /// Returns the method of the route.
    pub(crate) fn method(&self) -> &'static str {
        self.route.split(' ').next().unwrap_or_default()
    }

    /// Tells whether it is a route of the platform's own administrators.
    pub(crate) fn is_of_platform(&self) -> bool {
        self.ask.starts_with("/api/v1/admin/")
    }
}

const fn shows(route: &'static str, ask: &'static str) -> Probe {
    Probe { route, ask, body: "", full: Full::Shows(200) }
}

const fn says(route: &'static str, ask: &'static str, body: &'static str, status: u16) -> Probe {
    Probe { route, ask, body, full: Full::Says(status) }
}

const fn posts(route: &'static str, ask: &'static str, body: &'static str) -> Probe {
    Probe { route, ask, body, full: Full::Shows(200) }
}

const SERVICES: &str = "GET /api/v1/services";
const RED: &str = "GET /api/v1/services/{service}/red";
const OPERATIONS: &str = "GET /api/v1/services/{service}/operations";
const DEPLOYMENTS: &str = "GET /api/v1/services/{service}/deployments";
const DEPENDENCIES: &str = "GET /api/v1/services/{service}/dependencies";
const EXEMPLARS: &str = "GET /api/v1/services/{service}/exemplars";
const MAP: &str = "GET /api/v1/service_map";
const USAGE: &str = "GET /api/v1/usage";
const TRACES: &str = "GET /api/v1/traces";
const TRACE: &str = "GET /api/v1/traces/{id}";
const SPAN: &str = "GET /api/v1/traces/{id}/spans/{span}";
const SPANS: &str = "GET /api/v1/spans";
const FIELDS: &str = "GET /api/v1/fields";
const VALUES: &str = "GET /api/v1/fields/{key}/values";
const QUERY: &str = "POST /api/v1/query";
const PARSE: &str = "POST /api/v1/query/parse";
const COMPLETE: &str = "POST /api/v1/query/complete";

/// What changes nothing.
pub(crate) const READS: &[Probe] = &[
    shows(SERVICES, "/api/v1/services?from=now-15m"),
    shows(SERVICES, "/api/v1/services?from=now-15m&tenant=<tenant>"),
    shows(SERVICES, "/api/v1/services?from=now-15m&environment=<environment>"),
    shows(SERVICES, "/api/v1/services?from=now-15m&filter=tenant = '<tenant>'"),
    shows(RED, "/api/v1/services/<service>/red?from=now-15m&by=tenant"),
    shows(RED, "/api/v1/services/<service>/red?from=now-15m&by=endpoint"),
    shows(OPERATIONS, "/api/v1/services/<service>/operations?from=now-15m"),
    shows(OPERATIONS, "/api/v1/services/<service>/operations?from=now-15m&tenant=<tenant>"),
    shows(DEPLOYMENTS, "/api/v1/services/<service>/deployments?from=now-15m"),
    shows(DEPLOYMENTS, "/api/v1/services/<service>/deployments?from=now-15m&tenant=<tenant>"),
    shows(DEPENDENCIES, "/api/v1/services/<service>/dependencies?from=now-15m&environment=<environment>"),
    shows(DEPENDENCIES, "/api/v1/services/<service>/dependencies?from=now-15m"),
    shows(EXEMPLARS, "/api/v1/services/<service>/exemplars?from=now-15m"),
    shows(EXEMPLARS, "/api/v1/services/<service>/exemplars?from=now-15m&tenant=<tenant>"),
    shows(MAP, "/api/v1/service_map?from=now-15m"),
    shows(MAP, "/api/v1/service_map?from=now-15m&tenant=<tenant>"),
    shows(USAGE, "/api/v1/usage?from=now-15m"),
    shows(USAGE, "/api/v1/usage?from=now-15m&tenant=<tenant>"),
    says("GET /api/v1/flows", "/api/v1/flows", "", 200),
    says("GET /api/v1/events", "/api/v1/events?from=now-15m", "", 200),
    shows(TRACES, "/api/v1/traces?from=now-15m&limit=1000"),
    shows(TRACES, "/api/v1/traces?from=now-15m&sort=duration&filter=service = '<service>'"),
    shows(TRACES, "/api/v1/traces?from=now-15m&filter=trace_id = '<trace>'"),
    shows(TRACE, "/api/v1/traces/<trace>?include=attributes"),
    shows(TRACE, "/api/v1/traces/<trace>?tenant=<tenant>"),
    shows(SPAN, "/api/v1/traces/<trace>/spans/<span>"),
    shows(SPANS, "/api/v1/spans?from=now-15m&limit=20"),
    shows(SPANS, "/api/v1/spans?from=now-15m&tenant=<tenant>"),
    shows(SPANS, "/api/v1/spans?from=now-15m&filter=tenant = '<tenant>' OR duration > 0ms"),
    shows(SPANS, "/api/v1/spans?from=now-15m&filter=<attribute> EXISTS"),
    shows(SPANS, "/api/v1/spans?from=now-15m&limit=20&cursor=<cursor>"),
    shows(FIELDS, "/api/v1/fields?from=now-15m"),
    shows(FIELDS, "/api/v1/fields?from=now-15m&prefix=<attribute>"),
    shows(VALUES, "/api/v1/fields/service/values?from=now-15m"),
    shows(VALUES, "/api/v1/fields/tenant/values?from=now-15m"),
    shows(VALUES, "/api/v1/fields/name/values?from=now-15m"),
    shows(VALUES, "/api/v1/fields/environment/values?from=now-15m"),
    shows(VALUES, "/api/v1/fields/<attribute>/values?from=now-15m"),
    shows(VALUES, "/api/v1/fields/service/values?from=now-15m&filter=service = '<service>'"),
    posts(QUERY, "/api/v1/query", r#"{"query":"","from":"now-15m"}"#),
    posts(QUERY, "/api/v1/query", r#"{"query":"service = '<service>'","from":"now-15m"}"#),
    posts(QUERY, "/api/v1/query", r#"{"query":"","from":"now-15m","tenant":["<tenant>"]}"#),
    posts(PARSE, "/api/v1/query/parse", r#"{"text":"service = '<service>'"}"#),
    posts(COMPLETE, "/api/v1/query/complete", r#"{"text":"service = ","cursor":10,"from":"now-15m"}"#),
    posts(COMPLETE, "/api/v1/query/complete", r#"{"text":"tenant = ","cursor":9,"from":"now-15m"}"#),
    says("GET /api/v1/logs", "/api/v1/logs?from=now-15m", "", 200),
    says("GET /api/v1/logs/histogram", "/api/v1/logs/histogram?from=now-15m&by=service", "", 200),
    says("GET /api/v1/logs/context", "/api/v1/logs/context?id=18e9a8d1c3b2a00000000000000000ff", "", 404),
    says("GET /api/v1/logs/{id}", "/api/v1/logs/18e9a8d1c3b2a00000000000000000ff", "", 404),
    // The tail never ends; asked wrongly it answers.
    says("GET /api/v1/logs/tail", "/api/v1/logs/tail?filter=(", "", 400),
    says("GET /api/v1/traces/{id}/logs", "/api/v1/traces/<trace>/logs", "", 200),
    says("GET /api/v1/metrics", "/api/v1/metrics?from=now-15m", "", 200),
    says("GET /api/v1/metrics/{metric}", "/api/v1/metrics/no.such", "", 404),
    says("GET /api/v1/metrics/{metric}/labels", "/api/v1/metrics/no.such/labels", "", 404),
    says(
        "GET /api/v1/metrics/{metric}/labels/{label}/values",
        "/api/v1/metrics/no.such/labels/service/values",
        "",
        404,
    ),
    says("GET /api/v1/metrics/{metric}/query", "/api/v1/metrics/no.such/query", "", 404),
    says("GET /api/v1/metrics/{metric}/exemplars", "/api/v1/metrics/no.such/exemplars", "", 404),
    shows("GET /api/v1/me", "/api/v1/me?tenant=<tenant>"),
    shows("GET /api/v1/org/tenants", "/api/v1/org/tenants"),
    shows("GET /api/v1/org/keys", "/api/v1/org/keys"),
    shows("GET /api/v1/org/users", "/api/v1/org/users"),
    shows("GET /api/v1/admin/orgs", "/api/v1/admin/orgs"),
    says("GET /api/v1/status", "/api/v1/status", "", 200),
    says("GET /api/v1/status", "/api/v1/status?tenant=<tenant>", "", 200),
    says("GET /healthz", "/healthz", "", 200),
    says("GET /readyz", "/readyz", "", 200),
    says("GET /metrics", "/metrics", "", 200),
    says("GET /api/openapi.json", "/api/openapi.json", "", 200),
];

/// What changes or ends something. What is removed comes before what is made under the same name.
pub(crate) const WRITES: &[Probe] = &[
    says("DELETE /api/v1/queries/{id}", "/api/v1/queries/<query>", "", 204),
    // Whoever is limited to tenants must name one of theirs; the walk with every right may name any.
    says(
        "POST /api/v1/events",
        "/api/v1/events",
        r#"{"type":"probe","title":"probe","tenant":"<tenant>"}"#,
        201,
    ),
    says("POST /api/v1/org/users/{user}/login", "/api/v1/org/users/<user>/login", "", 201),
    says("DELETE /api/v1/org/keys/{key}", "/api/v1/org/keys/<key>", "", 204),
    says("DELETE /api/v1/org/tenants/{tenant}", "/api/v1/org/tenants/<tenant>", "", 204),
    says("POST /api/v1/org/tenants", "/api/v1/org/tenants", r#"{"id":"<tenant>"}"#, 201),
    says("POST /api/v1/org/users", "/api/v1/org/users", r#"{"name":"<user_name>","role":"viewer"}"#, 409),
    says(
        "POST /api/v1/org/keys",
        "/api/v1/org/keys",
        r#"{"name":"probe","scopes":["query:read"],"tenants":["<tenant>"]}"#,
        201,
    ),
    says("POST /api/v1/admin/orgs", "/api/v1/admin/orgs", r#"{"slug":"<org>"}"#, 409),
    says("POST /api/v1/session", "/api/v1/session", r#"{"token":"<query>"}"#, 401),
    says("DELETE /api/v1/session", "/api/v1/session", "", 204),
];
