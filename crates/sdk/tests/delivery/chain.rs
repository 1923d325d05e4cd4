//! A request through a gateway and a service with a database: one trace, the right tree, the tenant on every span.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sightline_sdk::db::{Statement, TracedPool};
use sightline_sdk::{client, server, tenant, user};
use sqlx::sqlite::{Sqlite, SqlitePoolOptions};

use crate::read::{attribute, histogram, texts};
use crate::receiver::Receiver;

const TRACE: &str = "4951dac9073a8889d4507e6436345e2f";

#[tracing::instrument(name = "invoice.calculate")]
async fn calculate(pool: TracedPool<Sqlite>) -> i64 {
    tracing::info!(invoice_id = "inv-7", amount = 99.5, items = 3, "invoice calculated");
    let text = "SELECT 40 + $1";
    let statement = Statement { operation: "SELECT", collection: "invoices", text };
    let query = |mut connection: sqlx::pool::PoolConnection<Sqlite>| async move {
        sqlx::query_scalar(text).bind(2_i64).fetch_one(&mut *connection).await
    };
    pool.run(statement, query).await.unwrap()
}

async fn billing(pool: TracedPool<Sqlite>) -> String {
    let app =
        Router::new()
            .route(
                "/invoices/{id}",
                get(move |Path(_): Path<u64>| async move {
                    user::scope("user-7", calculate(pool)).await.to_string()
                }),
            )
            .layer(server::layer());
    serve(app).await
}

async fn gateway(billing: String) -> String {
    let handler = move || async move {
        let call = client_call(billing);
        tenant::scope("tenant-001", call).await
    };
    serve(Router::new().route("/pay", get(handler)).layer(server::edge_layer())).await
}

async fn client_call(billing: String) -> String {
    let http = reqwest::Client::new();
    let answer =
        client::send(&http, http.get(format!("{billing}/invoices/7")), "/invoices/{id}").await.unwrap();
    answer.text().await.unwrap()
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the host is not ours: it spawns as it likes")]
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

async fn request_through_two_services() -> String {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    let gateway = gateway(billing(TracedPool::new(pool, "sqlite::memory:")).await).await;
    let request = reqwest::Client::new()
        .get(format!("{gateway}/pay"))
        .header("traceparent", format!("00-{TRACE}-ef558ac4ce1bd885-01"))
        .header("baggage", "tenant.id=tenant-of-an-attacker");
    request.send().await.unwrap().text().await.unwrap()
}

pub(crate) fn a_request_through_two_services_is_one_trace_with_its_tenant() {
    let receiver = Receiver::start();
    let guard = crate::start(&receiver);
    assert_eq!(crate::workers(2, request_through_two_services()), "42");
    guard.shutdown();
    let spans = receiver.spans();
    let find = |name: &str, kind: SpanKind| {
        let found = spans.iter().find(|s| s.name == name && s.kind == kind as i32);
        found.unwrap_or_else(|| panic!("no {kind:?} span `{name}` in {:?}", names(&spans)))
    };
    let path = [
        find("GET /pay", SpanKind::Server),
        find("GET /invoices/{id}", SpanKind::Client),
        find("GET /invoices/{id}", SpanKind::Server),
        find("invoice.calculate", SpanKind::Internal),
        find("SELECT invoices", SpanKind::Client),
    ];
    assert_eq!(spans.len(), path.len(), "{:?}", names(&spans));
    for pair in path.windows(2) {
        assert_eq!(
            pair[1].parent_span_id, pair[0].span_id,
            "{} is the parent of {}",
            pair[0].name, pair[1].name
        );
    }
    for span in path {
        assert_eq!(attribute(span, "tenant.id").as_deref(), Some("tenant-001"), "{}", span.name);
        assert_eq!(span.trace_id.iter().map(|b| format!("{b:02x}")).collect::<String>(), TRACE);
    }
    let served = path[2];
    assert_eq!(attribute(served, "http.route").as_deref(), Some("/invoices/{id}"));
    assert_eq!(attribute(served, "http.response.status_code").as_deref(), Some("200"));
    assert_eq!(attribute(path[4], "db.system.name").as_deref(), Some("sqlite"));
    assert_eq!(attribute(path[4], "db.query.text").as_deref(), Some("SELECT 40 + $1"));
    assert_eq!(attribute(path[4], "user.id").as_deref(), Some("user-7"));
    assert_eq!(
        attribute(path[2], "user.id").as_deref(),
        Some("user-7"),
        "the span open when the user is known"
    );
    assert_eq!(attribute(path[1], "user.id"), None, "the user stays in the process");
    logs_and_metrics_belong_to_the_trace(&receiver, path[3]);
}

/// Logs and metrics of the same request.
fn logs_and_metrics_belong_to_the_trace(receiver: &Receiver, calculated: &Span) {
    let logs = receiver.logs();
    let said = |(_, record): &&(String, LogRecord)| record.span_id == calculated.span_id;
    let (scope, record) = logs.iter().find(said).unwrap_or_else(|| panic!("{logs:?}"));
    assert_eq!(scope, "delivery::chain");
    assert_eq!((record.trace_id.clone(), record.severity_number), (calculated.trace_id.clone(), 9));
    let attributes: Vec<String> =
        texts(&record.attributes).iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        attributes,
        ["amount=99.5", "invoice_id=inv-7", "items=3", "tenant.id=tenant-001", "user.id=user-7"]
    );
    for (metric, label) in [
        ("http.server.request.duration", ("http.route", "/pay")),
        ("http.server.request.duration", ("http.route", "/invoices/{id}")),
        ("http.client.request.duration", ("url.template", "/invoices/{id}")),
        ("db.client.operation.duration", ("db.operation.name", "SELECT")),
        ("db.client.connection.wait_time", ("db.client.connection.pool.name", ":memory:")),
    ] {
        let exported = receiver.metric(metric).unwrap_or_else(|| panic!("{:?}", receiver.metric_names()));
        let point = histogram(&exported, &[label, ("tenant.id", "tenant-001")]);
        let point = point.unwrap_or_else(|| panic!("no point of tenant-001 with {label:?} in {exported:?}"));
        assert_eq!((exported.unit.as_str(), point.count), ("s", 1), "{metric}");
        let traces: Vec<&[u8]> = point.exemplars.iter().map(|e| e.trace_id.as_slice()).collect();
        assert_eq!(traces, [calculated.trace_id.as_slice()], "{metric} links to its trace");
    }
    let active = receiver.metric("http.server.active_requests").unwrap();
    assert_eq!(crate::read::number(&active, &[("http.request.method", "GET")]), Some(0.0));
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|s| s.name.as_str()).collect()
}
