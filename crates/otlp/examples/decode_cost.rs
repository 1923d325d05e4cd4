//! What a span costs here and with prost, in CPU time: `cargo run --release -p sightline-otlp --example decode_cost`.
//!
//! Seeded requests of 1,000 spans with 12 attributes each (about 538 bytes a span); interleaved rounds, medians. The
//! ratios are the result; absolute numbers depend on the machine.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::hint::black_box;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use sightline_model::{OrgId, TenantBinding};
use sightline_otlp::{AppendContext, Door, Limits, SpanBatch, Tenancy, accept_traces};

const REQUESTS: usize = 16;
const SPANS: usize = 1000;
const ROUNDS: usize = 25;
const NOW: u64 = 1_764_000_000_000_000_000;

/// A small generator (SplitMix64), so that every run sees the same bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn int(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(value.cast_signed()))
}

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

fn request(random: &mut Random) -> ExportTraceServiceRequest {
    let attributes = vec![
        text("service.name", format!("dotmac_service_{}", random.below(10))),
        text("service.version", "1.4.2"),
        text("service.instance.id", format!("{:016x}", random.next())),
        text("deployment.environment.name", "production"),
        text("host.name", "node-3"),
        text("telemetry.sdk.language", "rust"),
        text("telemetry.sdk.name", "opentelemetry"),
    ];
    let spans = (0..SPANS).map(|at| span(random, at)).collect();
    let scope = InstrumentationScope { name: "tower-http".to_owned(), ..InstrumentationScope::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, schema_url: String::new() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, schema_url: String::new() }],
    }
}

/// CPU time of this thread in nanoseconds.
fn cpu_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

fn measure(work: impl FnOnce()) -> u64 {
    let before = cpu_ns();
    work();
    cpu_ns() - before
}

fn median(mut samples: Vec<u64>) -> f64 {
    samples.sort_unstable();
    samples[samples.len() / 2] as f64 / (REQUESTS * SPANS) as f64
}

fn main() {
    let mut random = Random(42);
    let bodies: Vec<Bytes> =
        (0..REQUESTS).map(|_| Bytes::from(request(&mut random).encode_to_vec())).collect();
    let bytes: usize = bodies.iter().map(Bytes::len).sum();
    let limits = Limits::default();
    let door = Door { limits: &limits, oldest: 0, newest: i64::MAX };
    let cx = AppendContext {
        org: OrgId::DEFAULT,
        binding: &TenantBinding::Trusted,
        tenancy: &Tenancy::default(),
        limits: &limits,
        received_at: NOW.cast_signed(),
    };
    let mut batch = SpanBatch::new();
    let mut samples: [Vec<u64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        samples[0].push(measure(|| {
            for body in &bodies {
                let accepted = accept_traces(body.clone(), &door).expect("generated by prost");
                black_box(accepted.slices.len());
            }
        }));
        samples[1].push(measure(|| {
            batch.clear();
            for body in &bodies {
                black_box(batch.append(body, &cx).expect("generated by prost"));
            }
        }));
        samples[2].push(measure(|| {
            for body in &bodies {
                let decoded = ExportTraceServiceRequest::decode(body.clone()).expect("generated by prost");
                black_box(decoded.resource_spans.len());
            }
        }));
    }
    let [accept, append, prost] = samples.map(median);
    println!(
        "{} spans of {} bytes, {ROUNDS} rounds, CPU ns per span (median):",
        REQUESTS * SPANS,
        bytes / (REQUESTS * SPANS)
    );
    println!("  accept_traces        {accept:7.0}   1/{:.1} of prost", prost / accept);
    println!("  SpanBatch::append    {append:7.0}   1/{:.1} of prost", prost / append);
    println!("  prost decode + drop  {prost:7.0}");
}
