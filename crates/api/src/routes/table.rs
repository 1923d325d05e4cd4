//! The rows of the route table.

use axum::routing::on;
use sightline_model::Permission::{AdminRead, AdminWrite, EventsWrite, QueryRead};

use super::Access::{Needs, Optional, Platform, Public, SignedIn};
use super::parameters::{BIN, CURSOR, ENVIRONMENT, FILTER, METRIC, PREFIX, QUANTILES, RANGE, SIGNAL, TENANT};
use super::{
    Answer, Route, events, fields, health, keys, logs, me, metrics, orgs, query, services, session, spans,
    status, tail, tenants, traces, usage, users,
};
use crate::openapi::{self, schema_of};
use crate::params::Param;

/// Every route of the API. A handler that is not here cannot be reached.
pub(crate) static ROUTES: &[Route] = &[
    Route::get("/api/v1/services", Needs(QueryRead), |m| on(m, services::list))
        .about("services", "Services with their rates, errors and durations")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::word(
                "include",
                &["tenants"],
                "Also how many tenants had requests at each service in the range.",
            )],
            QUANTILES,
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/services/{service}/red", Needs(QueryRead), |m| on(m, services::red))
        .about("services", "Rate, errors and durations of a service over time")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[
                BIN,
                Param::word("by", &["none", "endpoint", "tenant"], "Splits the lines; `none` by default."),
                Param::text("namespace", "`service.namespace`, where several services share a name."),
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/services/{service}/operations", Needs(QueryRead), |m| on(m, services::operations))
        .about("services", "Endpoints of a service with their rates, errors and durations")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::text("namespace", "`service.namespace`, where several services share a name.")],
            QUANTILES,
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/services/{service}/deployments", Needs(QueryRead), |m| on(m, services::deployments))
        .about(
            "services",
            "Versions of a service, newest first, since when and how they do; one with a previous one is a deployment",
        )
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            &[Param::text("namespace", "`service.namespace`, where several services share a name.")],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/services/{service}/dependencies", Needs(QueryRead), |m| {
        on(m, services::dependencies)
    })
    .about("services", "What a service calls and is called by")
    .query(&[RANGE, TENANT, ENVIRONMENT])
    .answer(Answer::Json(openapi::frame))
    .runs_query(),
    Route::get("/api/v1/services/{service}/exemplars", Needs(QueryRead), |m| on(m, services::exemplars))
        .about(
            "services",
            "Spans of a service, at most one slowest and one failed of each of 100 parts of the range",
        )
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            &[Param::word(
                "class",
                &["serve", "consume", "job", "dependency"],
                "What the service did; the first of these that it has when left out.",
            )],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/service_map", Needs(QueryRead), |m| on(m, services::map))
        .about("services", "Who calls whom: nodes and edges, with calls, errors and durations")
        .query(&[RANGE, TENANT, ENVIRONMENT])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/events", Needs(QueryRead), |m| on(m, events::list))
        .about("events", "What happened, newest first: deployments, backups, changes")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::number("limit", 1, 10_000, "Most rows; 1,000 by default.")],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::post("/api/v1/events", Needs(EventsWrite), |m| on(m, events::create))
        .about("events", "Writes down what happened; it is listed a second or two later")
        .input(schema_of::<events::NewEvent>)
        .answer(Answer::Created(schema_of::<events::CreatedEvent>)),
    Route::get("/api/v1/usage", Needs(QueryRead), |m| on(m, usage::usage))
        .about("org", "How many records of each signal are stored of each tenant in the range, most first")
        .query(&[RANGE, TENANT])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/flows", Needs(QueryRead), |m| on(m, services::flows))
        .about(
            "traces",
            "Named ways through several services, from the settings and the same for every org, with the filter of their traces",
        )
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/traces", Needs(QueryRead), |m| on(m, traces::search))
        .about("traces", "Traces with a span that fits the filter, a row a trace")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[
                Param::number("limit", 1, 1_000, "Rows on a page; 100 by default."),
                CURSOR,
                Param::word("sort", &["start", "duration"], "Newest or longest first; `start` by default."),
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/traces/{id}", Needs(QueryRead), |m| on(m, traces::one))
        .about("traces", "A trace as a tree of spans in depth-first order")
        .query(&[
            TENANT,
            &[Param::word(
                "include",
                &["attributes"],
                "Also attributes, resource, events and links of each span.",
            )],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/traces/{id}/spans/{span}", Needs(QueryRead), |m| on(m, traces::span))
        .about("traces", "A span with everything that was sent")
        .query(&[TENANT])
        .answer(Answer::Json(openapi::span_detail))
        .runs_query(),
    Route::get("/api/v1/spans", Needs(QueryRead), |m| on(m, spans::search))
        .about("traces", "Spans that fit the filter, newest first")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::number("limit", 1, 10_000, "Rows on a page; 100 by default."), CURSOR],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/traces/{id}/logs", Needs(QueryRead), |m| on(m, logs::of_trace))
        .about("logs", "Log records of a trace, or of one of its spans, oldest first")
        .query(&[
            TENANT,
            ENVIRONMENT,
            &[
                Param::text("span", "Only those written in this span."),
                Param::number("limit", 1, 10_000, "Rows on a page; 100 by default."),
                CURSOR,
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/logs", Needs(QueryRead), |m| on(m, logs::search))
        .about("logs", "Log records that fit the filter, newest first")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::number("limit", 1, 10_000, "Rows on a page; 100 by default."), CURSOR],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/logs/histogram", Needs(QueryRead), |m| on(m, logs::histogram))
        .about("logs", "How many log records fit the filter over time")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[
                BIN,
                Param::word(
                    "by",
                    &["severity", "service", "none"],
                    "Splits the lines; `severity` by default, empty for records without one.",
                ),
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/logs/context", Needs(QueryRead), |m| on(m, logs::context))
        .about("logs", "A log record among its neighbours, in the order of time")
        .query(&[
            TENANT,
            &[
                Param::text("id", "The column `id` of the record."),
                Param::number("before", 0, 500, "Records before it; 50 by default."),
                Param::number("after", 0, 500, "Records after it; 50 by default."),
                Param::word(
                    "by",
                    &["service", "host"],
                    "What the neighbours have in common; `service` by default.",
                ),
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/logs/tail", Needs(QueryRead), |m| on(m, tail::logs))
        .about("logs", "Log records as they arrive: events `open`, `rows`, `dropped`, `error`, `end`")
        .query(&[TENANT, ENVIRONMENT, FILTER])
        .answer(Answer::Text("text/event-stream"))
        .runs_query(),
    Route::get("/api/v1/logs/{id}", Needs(QueryRead), |m| on(m, logs::one))
        .about("logs", "A log record with everything that was sent")
        .query(&[TENANT])
        .answer(Answer::Json(openapi::log_record))
        .runs_query(),
    Route::get("/api/v1/metrics", Needs(QueryRead), |m| on(m, metrics::list))
        .about("metrics", "Metrics by name, with kind, unit and how many series")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            PREFIX,
            &[
                Param::text("search", "Only names that hold this, in any case."),
                Param::number("limit", 1, 10_000, "Rows on a page; 1,000 by default."),
                CURSOR,
            ],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/metrics/{metric}", Needs(QueryRead), |m| on(m, metrics::one))
        .about("metrics", "What is known of a metric, by its name or by the one that Prometheus gives it")
        .query(&[RANGE, TENANT])
        .answer(Answer::Json(openapi::metric_info))
        .runs_query(),
    Route::get("/api/v1/metrics/{metric}/labels", Needs(QueryRead), |m| on(m, metrics::labels))
        .about("metrics", "Labels and resource attributes of the series of a metric")
        .query(&[RANGE, TENANT, ENVIRONMENT, FILTER])
        .answer(Answer::Json(openapi::label_list))
        .runs_query(),
    Route::get("/api/v1/metrics/{metric}/labels/{label}/values", Needs(QueryRead), |m| {
        on(m, metrics::label_values)
    })
    .about("metrics", "Values of a label of a metric, most frequent first")
    .query(&[
        RANGE,
        TENANT,
        ENVIRONMENT,
        FILTER,
        PREFIX,
        &[Param::number("limit", 1, 1_000, "Most values; 100 by default.")],
    ])
    .answer(Answer::Json(openapi::label_value_list))
    .runs_query(),
    Route::get("/api/v1/metrics/{metric}/query", Needs(QueryRead), |m| on(m, metrics::query))
        .about("metrics", "A metric over time")
        .query(&[RANGE, TENANT, ENVIRONMENT, FILTER, METRIC])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/metrics/{metric}/exemplars", Needs(QueryRead), |m| on(m, metrics::exemplars))
        .about("metrics", "Examples of what a metric measured, with their traces, in the order of time")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            FILTER,
            &[Param::number("limit", 1, 1_000, "Most examples, spread over the range; 200 by default.")],
        ])
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::get("/api/v1/fields", Needs(QueryRead), |m| on(m, fields::list))
        .about("fields", "Keys that can stand in a filter")
        .query(&[RANGE, TENANT, ENVIRONMENT, SIGNAL, PREFIX])
        .answer(Answer::Json(openapi::field_list))
        .runs_query(),
    Route::get("/api/v1/fields/{key}/values", Needs(QueryRead), |m| on(m, fields::values))
        .about("fields", "Values of a key with their counts")
        .query(&[
            RANGE,
            TENANT,
            ENVIRONMENT,
            SIGNAL,
            PREFIX,
            FILTER,
            &[Param::number("limit", 1, 1_000, "Values in the answer.")],
        ])
        .answer(Answer::Json(openapi::value_list))
        .runs_query(),
    Route::post("/api/v1/query", Needs(QueryRead), |m| on(m, query::run))
        .about("query", "Runs a query; in this version a filter, answered with spans or log records")
        .input(schema_of::<query::QueryRequest>)
        .answer(Answer::Json(openapi::frame))
        .runs_query(),
    Route::post("/api/v1/query/parse", Needs(QueryRead), |m| on(m, query::parse))
        .about("query", "Checks a text and prints it in its one form")
        .input(schema_of::<query::ParseRequest>)
        .answer(Answer::Json(openapi::parse_answer)),
    Route::post("/api/v1/query/complete", Needs(QueryRead), |m| on(m, query::complete))
        .about("query", "Offers what may stand at the cursor")
        .input(schema_of::<query::CompleteRequest>)
        .answer(Answer::Json(openapi::completion))
        .runs_query(),
    Route::delete("/api/v1/queries/{id}", Needs(QueryRead), |m| on(m, query::cancel))
        .about("query", "Ends a running query of one's own"),
    Route::get("/api/v1/me", SignedIn, |m| on(m, me::me))
        .about("session", "Who is asking, and what they may do")
        .query(&[TENANT])
        .answer(Answer::Json(schema_of::<me::Me>)),
    Route::post("/api/v1/session", Public, |m| on(m, session::log_in))
        .about("session", "Logs a browser in with a one-time token")
        .input(schema_of::<session::LogIn>)
        .answer(Answer::Json(schema_of::<me::Me>)),
    Route::delete("/api/v1/session", SignedIn, |m| on(m, session::log_out))
        .about("session", "Logs the browser out"),
    Route::get("/api/v1/org/tenants", Needs(QueryRead), |m| on(m, tenants::list))
        .about("org", "Registered tenants that the caller may see")
        .answer(Answer::Json(schema_of::<tenants::TenantList>)),
    Route::post("/api/v1/org/tenants", Needs(AdminWrite), |m| on(m, tenants::create))
        .about("org", "Registers a tenant")
        .input(schema_of::<tenants::NewTenant>)
        .answer(Answer::Created(schema_of::<tenants::TenantItem>)),
    Route::delete("/api/v1/org/tenants/{tenant}", Needs(AdminWrite), |m| on(m, tenants::remove))
        .about("org", "Forgets a registered tenant; its telemetry stays"),
    Route::get("/api/v1/org/keys", Needs(AdminRead), |m| on(m, keys::list))
        .about("org", "API keys, revoked ones too, without their secrets")
        .answer(Answer::Json(schema_of::<keys::KeyList>)),
    Route::post("/api/v1/org/keys", Needs(AdminWrite), |m| on(m, keys::create))
        .about("org", "Makes an API key; only this answer has its secret")
        .input(schema_of::<keys::NewKeyRequest>)
        .answer(Answer::Created(schema_of::<keys::CreatedKeyItem>)),
    Route::delete("/api/v1/org/keys/{key}", Needs(AdminWrite), |m| on(m, keys::revoke))
        .about("org", "Revokes an API key; every server refuses it within 5 seconds"),
    Route::get("/api/v1/org/users", Needs(AdminRead), |m| on(m, users::list))
        .about("org", "Users of the org")
        .answer(Answer::Json(schema_of::<users::UserList>)),
    Route::post("/api/v1/org/users", Needs(AdminWrite), |m| on(m, users::create))
        .about("org", "Makes a user; the answer has a token for one login within 15 minutes")
        .input(schema_of::<users::NewUserRequest>)
        .answer(Answer::Created(schema_of::<users::CreatedUser>)),
    Route::post("/api/v1/org/users/{user}/login", Needs(AdminWrite), |m| on(m, users::let_in))
        .about("org", "Makes a token for one login of the user within 15 minutes")
        .answer(Answer::Created(schema_of::<users::LoginToken>)),
    Route::get("/api/v1/admin/orgs", Platform(AdminRead), |m| on(m, orgs::list))
        .about("admin", "Orgs of the platform")
        .answer(Answer::Json(schema_of::<orgs::OrgList>)),
    Route::post("/api/v1/admin/orgs", Platform(AdminWrite), |m| on(m, orgs::create))
        .about("admin", "Makes an org")
        .input(schema_of::<orgs::NewOrg>)
        .answer(Answer::Created(schema_of::<orgs::OrgItem>)),
    Route::get("/api/v1/status", Needs(QueryRead), |m| on(m, status::status))
        .about("platform", "State of the platform and counters of the org")
        .query(&[TENANT])
        .answer(Answer::Json(schema_of::<crate::status::StatusAnswer>)),
    Route::get("/healthz", Public, |m| on(m, health::alive))
        .about("platform", "Answers while the process works")
        .answer(Answer::Json(schema_of::<health::Alive>)),
    Route::get("/readyz", Public, |m| on(m, health::ready))
        .about("platform", "Answers 200 while requests can be taken, else 503, with the state of each part")
        .answer(Answer::Json(schema_of::<health::Ready>)),
    Route::get("/metrics", Optional, |m| on(m, health::metrics))
        .about("platform", "Own metrics; labels of orgs and tenants only with the scope `metrics:read`")
        .answer(Answer::Text(health::OPENMETRICS)),
    Route::get("/api/openapi.json", Public, |m| on(m, health::openapi))
        .about("platform", "This document")
        .answer(Answer::Text("application/json")),
];
