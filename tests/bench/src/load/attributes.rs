//! Attributes of spans as instrumentations send them: twelve each, more in the preset `rich`.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use rand::Rng;
use rand::rngs::StdRng;

use super::flow::Flow;

/// What a span stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// A request served or made over HTTP.
    Http,
    /// A statement of a database.
    Database,
    /// A message sent or taken.
    Messaging,
}

pub(super) fn text(key: &str, value: impl Into<String>) -> KeyValue {
    of(key, Value::StringValue(value.into()))
}

fn int(key: &str, value: i64) -> KeyValue {
    of(key, Value::IntValue(value))
}

pub(super) fn double(key: &str, value: f64) -> KeyValue {
    of(key, Value::DoubleValue(value))
}

fn of(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// Returns the twelve attributes of a span.
pub(super) fn twelve(work: Work, flow: &Flow, is_error: bool, rng: &mut StdRng) -> Vec<KeyValue> {
    match work {
        Work::Http => http(flow, is_error, rng),
        Work::Database => database(flow, rng),
        Work::Messaging => messaging(flow, rng),
    }
}

fn http(flow: &Flow, is_error: bool, rng: &mut StdRng) -> Vec<KeyValue> {
    let path = flow.route.replace("{id}", &format!("inv-{:08x}", rng.random::<u32>()));
    vec![
        text("http.request.method", flow.method),
        text("http.route", flow.route),
        text("url.path", path),
        text("url.scheme", "http"),
        int("http.response.status_code", if is_error { 503 } else { 200 }),
        text("server.address", "api-gateway.internal"),
        int("server.port", 8000),
        text("client.address", format!("10.4.{}.{}", rng.random_range(0..8), rng.random_range(0..250))),
        text("user_agent.original", "dotmac-portal/4.2 (Linux x86_64)"),
        text("network.protocol.version", "1.1"),
        text("enduser.id", format!("{}/{}", flow.tenant, flow.user)),
        text("tenant.id", flow.tenant.as_str()),
    ]
}

fn database(flow: &Flow, rng: &mut StdRng) -> Vec<KeyValue> {
    let table = ["invoices", "invoice_lines", "accounts", "payments"][rng.random_range(0..4)];
    vec![
        text("db.system.name", "postgresql"),
        text("db.namespace", "billing"),
        text("db.operation.name", "SELECT"),
        text("db.collection.name", table),
        text("db.query.text", format!("SELECT id, state, amount FROM {table} WHERE tenant = $1 AND id = $2")),
        text("server.address", "billing-db-0.internal"),
        int("server.port", 5432),
        int("db.response.returned_rows", rng.random_range(0..40)),
        text("db.client.connection.pool.name", "billing"),
        text("network.transport", "tcp"),
        int("thread.id", rng.random_range(1..17)),
        text("tenant.id", flow.tenant.as_str()),
    ]
}

fn messaging(flow: &Flow, rng: &mut StdRng) -> Vec<KeyValue> {
    vec![
        text("messaging.system", "kafka"),
        text("messaging.operation.name", "send"),
        text("messaging.operation.type", "send"),
        text("messaging.destination.name", "invoice-events"),
        text("messaging.destination.partition.id", rng.random_range(0..12).to_string()),
        text("messaging.kafka.message.key", format!("inv-{:08x}", rng.random::<u32>())),
        int("messaging.kafka.offset", rng.random_range(1_000_000..9_000_000)),
        int("messaging.message.body.size", rng.random_range(200..4_000)),
        text("messaging.client.id", "billing-producer-1"),
        text("server.address", "kafka-1.internal"),
        int("server.port", 9092),
        text("tenant.id", flow.tenant.as_str()),
    ]
}

/// Returns up to eight more, as a service of the user's platform adds them.
pub(super) fn more(flow: &Flow, rng: &mut StdRng) -> Vec<KeyValue> {
    let mut all = vec![
        text("tenant.plan", if flow.is_premium { "premium" } else { "standard" }),
        text("session.id", format!("{:016x}", rng.random::<u64>())),
        text("invoice.id", format!("inv-{:08x}", rng.random::<u32>())),
        text("invoice.currency", ["EUR", "USD", "CHF"][rng.random_range(0..3)]),
        double("invoice.amount", f64::from(rng.random_range(100_u32..100_000)) / 100.0),
        of("cache.hit", Value::BoolValue(rng.random())),
        text("code.function.name", "billing::invoices::load"),
        int("code.line.number", rng.random_range(20..400)),
    ];
    all.truncate(rng.random_range(0..9));
    all
}
