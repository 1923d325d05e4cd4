//! A service in Python as anybody writes it, under `opentelemetry-instrument`, with SQLAlchemy and a real Redis: both
//! generations of semantic conventions end in the same columns.
//!
//! How the tenant gets there: the handler sets `tenant.id` on the current span through the OpenTelemetry API; the spans
//! below, which the instrumentations make, inherit it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};
use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::process::{PATIENCE, until};

use crate::answers::{column, frame_when, logged, sum};
use crate::beside::total;
use crate::platform::Platform;
use crate::stock_python::{self, Foreign};

const SERVICE: &str = "stock-shop";
const TENANT: &str = "tenant-007";
const ROUTE: &str = "/orders/{order_id}";

/// The query as the platform may keep it.
const QUERY: &str = "SELECT id, total FROM orders WHERE customer <> ? AND id = ?";

/// What differs between the two runs.
struct Generation {
    /// Settings of the service: the switch of conventions, and the protocol.
    env: &'static [(&'static str, &'static str)],
    /// Key of `endpoints.json`.
    endpoint: &'static str,
    /// Keys that it sends, and keys of the other generation, which it does not.
    sent: [&'static str; 4],
    not_sent: [&'static str; 4],
    /// Metrics that it sends.
    metrics: &'static [&'static str],
}

const OLD: [&str; 4] = ["http.method", "http.status_code", "db.system", "db.statement"];
const NEW: [&str; 4] =
    ["http.request.method", "http.response.status_code", "db.system.name", "db.query.text"];

/// A Redis on a free port.
fn redis(folder: &Path) -> (Foreign, u16) {
    let log = folder.join("redis.log");
    // Between looking for a port and taking it somebody else may take it; then Redis ends and another is tried.
    for _ in 0..5 {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--port").arg(port.to_string()).current_dir(folder);
        let mut redis = Foreign::start(&mut command, &log);
        let answers = until(PATIENCE, "Redis to answer", || {
            let is_running = redis.is_running();
            let answers = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            (answers || !is_running).then_some(answers && redis.is_running())
        });
        if answers {
            return (redis, port);
        }
    }
    panic!("Redis does not start:\n{}", std::fs::read_to_string(log).unwrap_or_default())
}

/// Settings with which the platform asks that Redis how it is.
fn that_asks(redis: u16) -> &'static [(&'static str, &'static str)] {
    let servers =
        format!(r#"[{{"url": "redis://127.0.0.1:{redis}", "interval_ms": 1000, "timeout_ms": 1000}}]"#);
    // For as long as the test runs: settings stay over restarts.
    Vec::leak(vec![("SIGHTLINE__PIPELINE__REDIS", &*String::leak(servers))])
}

/// Starts the shop and returns where it listens.
fn shop(platform: &Platform, redis: u16, generation: &Generation) -> (Foreign, String) {
    let cache = format!("redis://127.0.0.1:{redis}/0");
    let own = [("SHOP_DATABASE", "sqlite:///shop.db"), ("SHOP_CACHE", &cache)];
    let env = [&own[..], generation.env].concat();
    stock_python::serve(platform, "shop", SERVICE, generation.endpoint, &env)
}

/// Buys: an order from the database, the same one from the cache, one that is not there, and an invoice that fails.
async fn visit(url: &str) {
    let http = reqwest::Client::new();
    for (path, want) in
        [("/orders/1", 200), ("/orders/1", 200), ("/orders/77", 404), ("/orders/2/invoice", 503)]
    {
        let answer = http.get(format!("{url}{path}")).header("x-tenant", TENANT).send().await.unwrap();
        assert_eq!(answer.status(), want, "{path}");
    }
}

/// Asks for spans of the service until there are as many as wanted.
async fn spans(client: &Client, condition: &str, want: u64) -> Frame {
    let filter = format!("service = {SERVICE} AND {condition}");
    let parameters = [("from", "now-15m"), ("filter", filter.as_str())];
    let enough = |frame: &Frame| matches!(&frame.body, Body::Table { rows, .. } if *rows == want);
    frame_when(client, "/spans", &parameters, enough).await
}

/// Returns the attributes of all spans of the traces that these spans belong to.
async fn attributes(client: &Client, frame: &Frame) -> Vec<Map<String, Value>> {
    let mut all = Vec::new();
    for id in column(frame, "trace_id") {
        let path = format!("/traces/{}", id.as_str().unwrap());
        let trace = client.frame(&path, &[("include", "attributes")]).await.unwrap();
        all.extend(column(&trace, "attributes").iter().map(|map| map.as_object().unwrap().clone()));
        for tenant in column(&trace, "tenant") {
            assert_eq!(tenant, TENANT, "{path}");
        }
    }
    all
}

/// Python's own `logging` is the third signal.
async fn failure_is_logged_in_its_trace(client: &Client) {
    let failed = spans(client, "http.status_code = 503 AND kind = server", 1).await;
    let filter = format!("service = {SERVICE} AND body = 'no printer for order 2'");
    let parameters = [("from", "now-15m"), ("filter", filter.as_str())];
    let one = |frame: &Frame| matches!(&frame.body, Body::Logs { rows: 1, .. });
    let lines = frame_when(client, "/logs", &parameters, one).await;
    assert_eq!(logged(&lines, "trace_id"), column(&failed, "trace_id"));
    assert_eq!(logged(&lines, "severity"), ["error"]);
}

async fn check(generation: &Generation) {
    let folder = tempfile::tempdir().unwrap();
    let (_redis, port) = redis(folder.path());
    let platform = Platform::start_with(that_asks(port));
    let (mut service, url) = shop(&platform, port, generation);
    let client = platform.client();
    redis_was_asked(&client).await;
    visit(&url).await;
    service.interrupt();

    let requests = spans(&client, &format!("http.route = '{ROUTE}' AND kind = server"), 3).await;
    for endpoint in column(&requests, "endpoint") {
        assert_eq!(endpoint, &format!("GET {ROUTE}"));
    }
    // Either spelling finds either generation.
    for (condition, want) in [
        ("http.response.status_code = 200 AND kind = server", 2),
        ("http.status_code = 404 AND kind = server AND is_error = false", 1),
        ("http.request.method = GET AND http.status_code = 503 AND is_error = true", 1),
        ("url.path = '/orders/77' AND kind = server", 1),
        ("db.system.name = sqlite AND kind = client AND endpoint = 'SELECT'", 2),
        ("db.system = sqlite AND db.query.text CONTAINS 'FROM orders'", 2),
        ("db.system = redis AND kind = client AND tenant = 'tenant-007'", 4),
        ("dep_type = cache", 4),
        ("db.system.name = sqlite AND db.operation.name = SELECT", 2),
        ("db.system.name = redis AND db.operation.name = GET AND db.statement CONTAINS 'GET'", 3),
        ("db.system.name = redis AND endpoint = 'SET' AND db.query.text = 'SET ? ?'", 1),
    ] {
        spans(&client, condition, want).await;
    }

    let sent = attributes(&client, &requests).await;
    let has = |key: &str| sent.iter().any(|span| span.contains_key(key));
    assert!(generation.sent.iter().all(|key| has(key)), "{sent:#?}");
    assert!(!generation.not_sent.iter().any(|key| has(key)), "{sent:#?}");
    let statements = || sent.iter().filter_map(|span| span.get(generation.sent[3])?.as_str());
    assert_eq!(
        statements().filter(|text| *text == QUERY).count(),
        2,
        "{:?}",
        statements().collect::<Vec<_>>()
    );
    let everything = format!("{sent:?}");
    assert!(!everything.contains("Babbage") && !everything.contains("order:1"), "{everything}");

    let of_service = format!("service = {SERVICE}");
    let parameters = [("from", "now-15m"), ("filter", of_service.as_str())];
    let has_all = |frame: &Frame| {
        let names = column(frame, "name");
        generation.metrics.iter().all(|name| names.iter().any(|listed| listed == name))
    };
    frame_when(&client, "/metrics", &parameters, has_all).await;
    failure_is_logged_in_its_trace(&client).await;
    operations_are_counted(&client).await;
    counts_of_redis(&client).await;
}

async fn operations_are_counted(client: &Client) {
    let path = format!("/services/{SERVICE}/operations");
    let all = |frame: &Frame| sum(column(frame, "count")) >= 4;
    let operations = frame_when(client, &path, &[("from", "now-15m"), ("tenant", TENANT)], all).await;
    let mut rows: Vec<_> = column(&operations, "endpoint")
        .iter()
        .zip(column(&operations, "count"))
        .zip(column(&operations, "errors"))
        .map(|((endpoint, count), errors)| (endpoint.as_str().unwrap(), count.as_f64(), errors.as_f64()))
        .collect();
    rows.sort_by_key(|(endpoint, ..)| *endpoint);
    let invoice = format!("GET {ROUTE}/invoice");
    let order = format!("GET {ROUTE}");
    assert_eq!(rows, [(&*order, Some(3.0), Some(0.0)), (&*invoice, Some(1.0), Some(1.0))]);
}

/// Waits for a count from before the visit: what comes later is told by how it rises.
async fn redis_was_asked(client: &Client) {
    for metric in ["redis.keyspace.hits", "redis.keyspace.misses"] {
        let path = format!("/metrics/{metric}/query");
        let is_there =
            |frame: &Frame| matches!(&frame.body, Body::Series { series, .. } if !series.is_empty());
        frame_when(client, &path, &[("from", "now-15m")], is_there).await;
    }
}

/// By its own count: the first order was missed, then found; the one that is not there was missed.
async fn counts_of_redis(client: &Client) {
    for (metric, want) in [("redis.keyspace.hits", 1), ("redis.keyspace.misses", 2)] {
        let path = format!("/metrics/{metric}/query");
        let parameters = [("from", "now-15m"), ("time_fn", "increase"), ("agg", "sum")];
        frame_when(client, &path, &parameters, |frame| total(frame) == want).await;
    }
}

#[tokio::test]
async fn old_conventions_over_grpc_fill_the_columns() {
    check(&Generation {
        env: &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        endpoint: "otlp_grpc",
        metrics: &["http.server.duration", "db.client.connections.usage"],
        sent: OLD,
        not_sent: NEW,
    })
    .await;
}

#[tokio::test]
async fn new_conventions_over_http_fill_the_same_columns() {
    check(&Generation {
        env: &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database"),
        ],
        endpoint: "otlp_http",
        metrics: &["http.server.request.duration", "db.client.connections.usage"],
        sent: NEW,
        not_sent: OLD,
    })
    .await;
}
