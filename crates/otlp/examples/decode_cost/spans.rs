//! Seeded requests of spans: two of three are requests, the third calls a database; 12 attributes each.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

use crate::seeded::{NOW, RECORDS, Random, int, resource, text};

/// Two of three spans are requests, the third calls a database.
fn attributes(random: &mut Random, is_db: bool) -> Vec<KeyValue> {
    let tenant = format!("tenant-{:03}", random.below(25));
    if is_db {
        let table = ["invoices", "payments", "accounts"][usize::try_from(random.below(3)).unwrap_or(0)];
        return vec![
            text("db.system.name", "postgresql"),
            text("db.namespace", "billing"),
            text("db.operation.name", "SELECT"),
            text("db.collection.name", table),
            text("db.query.text", format!("SELECT * FROM {table} WHERE id = $1 AND state = 'open'")),
            text("server.address", "db-1.internal"),
            int("server.port", 5432),
            text("tenant.id", tenant),
            int("thread.id", random.below(64)),
            text("thread.name", "worker"),
            int("db.rows", random.below(100)),
            text("network.transport", "tcp"),
        ];
    }
    let route = random.below(60);
    vec![
        text("http.request.method", ["GET", "POST"][usize::try_from(random.below(2)).unwrap_or(0)]),
        text("http.route", format!("/api/v1/resource{route}/{{id}}")),
        int("http.response.status_code", 200 + random.below(2) * 4),
        text("url.path", format!("/api/v1/resource{route}/{}", random.below(100_000))),
        text("url.scheme", "https"),
        text("server.address", "api.example"),
        int("server.port", 443),
        text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"),
        text("client.address", format!("10.0.{}.{}", random.below(256), random.below(256))),
        text("tenant.id", tenant),
        text("user.id", format!("user-{}", random.below(5000))),
        int("http.response.body.size", random.below(20_000)),
    ]
}

fn span(random: &mut Random, at: usize) -> Span {
    let is_db = at % 3 == 2;
    let start = NOW - random.below(1_000_000_000);
    let trace = [random.next().to_be_bytes(), random.next().to_be_bytes()].concat();
    Span {
        trace_id: trace,
        span_id: random.next().to_be_bytes().to_vec(),
        parent_span_id: if at.is_multiple_of(10) { Vec::new() } else { random.next().to_be_bytes().to_vec() },
        name: if is_db { "SELECT billing".to_owned() } else { format!("GET /api/v1/resource{}", at % 60) },
        kind: if is_db { 3 } else { 2 },
        start_time_unix_nano: start,
        end_time_unix_nano: start + random.below(50_000_000),
        attributes: attributes(random, is_db),
        status: Some(Status { code: i32::from(random.below(50) == 0) * 2, message: String::new() }),
        flags: 0x101,
        ..Span::default()
    }
}

pub(crate) fn request(random: &mut Random) -> ExportTraceServiceRequest {
    let spans = (0..RECORDS).map(|at| span(random, at)).collect();
    let scope = InstrumentationScope { name: "tower-http".to_owned(), ..InstrumentationScope::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, schema_url: String::new() }];
    let resource = Some(resource(random));
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url: String::new() }],
    }
}
