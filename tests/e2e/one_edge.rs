//! An error on one edge of the map is an error of that edge and of no other, and the latencies of each edge are its own.
//!
//! The same traces are sent once for each edge, in an environment of its own, with errors on that edge only.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use test_kit::driver::unix_nanos;
use test_kit::ledger::Count;

use crate::edges::{Shown, map_when, shown};
use crate::platform::Platform;
use crate::spans::{self, attribute};

/// Traces of an environment, and how many of them fail on its edge.
const TRACES: u64 = 20;
const FAILING: u64 = 7;

/// A span of the trace: whose, its number and that of its parent, its kind in OTLP, when it starts after the trace and
/// how long it takes (ms), and what it says.
struct Part {
    service: &'static str,
    id: u64,
    parent: u64,
    kind: i32,
    start_ms: u64,
    ms: u64,
    says: &'static [(&'static str, &'static str)],
}

const fn part(
    service: &'static str,
    ids: (u64, u64),
    kind: i32,
    times: (u64, u64),
    says: &'static [(&'static str, &'static str)],
) -> Part {
    Part { service, id: ids.0, parent: ids.1, kind, start_ms: times.0, ms: times.1, says }
}

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const PRODUCER: i32 = 4;
const CONSUMER: i32 = 5;

const SERVED: &[(&str, &str)] = &[("http.request.method", "GET"), ("http.route", "/")];
const CALLED: &[(&str, &str)] = &[("http.request.method", "GET"), ("server.address", "inside")];
const MESSAGE: &[(&str, &str)] = &[("messaging.system", "kafka"), ("messaging.destination.name", "paid")];

/// A request that goes to two services; one of them asks a database, pays outside and sends a message, the other one
/// asks the same database and a cache.
const TRACE: &[Part] = &[
    part("gateway", (1, 0), SERVER, (0, 400), SERVED),
    part("gateway", (2, 1), CLIENT, (5, 150), CALLED),
    part("billing", (3, 2), SERVER, (10, 120), SERVED),
    part("billing", (4, 3), CLIENT, (15, 10), DATABASE),
    part(
        "billing",
        (5, 3),
        CLIENT,
        (30, 40),
        &[("http.request.method", "POST"), ("url.full", "https://Pay.example/v1")],
    ),
    part("billing", (6, 3), PRODUCER, (80, 5), MESSAGE),
    part("gateway", (7, 1), CLIENT, (200, 60), CALLED),
    part("identity", (8, 7), SERVER, (210, 30), SERVED),
    part("identity", (9, 8), CLIENT, (215, 3), DATABASE),
    part("identity", (10, 8), CLIENT, (220, 1), &[("db.system.name", "redis"), ("server.address", "cache")]),
    // 400 ms after the message was sent.
    part("notices", (11, 6), CONSUMER, (485, 20), MESSAGE),
];
const DATABASE: &[(&str, &str)] =
    &[("db.system.name", "postgresql"), ("db.namespace", "shop"), ("server.address", "pg")];

/// The edges: by which span each is counted, and its latencies (ms) by their names in the answer.
type Told = (u64, [&'static str; 3], &'static [(&'static str, f64)]);
const EDGES: &[Told] = &[
    (1, ["(user)", "entry", "service:gateway"], &[("p50", 400.0)]),
    (3, ["service:gateway", "call", "service:billing"], &[("p50", 120.0), ("client_p95", 150.0)]),
    (4, ["service:billing", "virtual", "db:postgresql/shop@pg"], &[("p50", 10.0)]),
    (5, ["service:billing", "virtual", "external:pay.example"], &[("p50", 40.0)]),
    (6, ["service:billing", "send", "queue:kafka/paid"], &[("p50", 5.0)]),
    (8, ["service:gateway", "call", "service:identity"], &[("p50", 30.0), ("client_p95", 60.0)]),
    (9, ["service:identity", "virtual", "db:postgresql/shop@pg"], &[("p50", 3.0)]),
    (10, ["service:identity", "virtual", "cache:redis@cache"], &[("p50", 1.0)]),
    (
        11,
        ["queue:kafka/paid", "receive", "service:notices"],
        &[("p50", 20.0), ("queue_p50", 400.0), ("queue_p95", 400.0)],
    ),
];

/// How far a quantile of windows may be from the truth (sixteen steps for each doubling).
const NEAR: f64 = 0.05;

fn span(part: &Part, trace: u128, failing: bool, from: u64) -> Span {
    let says = part.says.iter().map(|(key, value)| attribute(key, value));
    let start = from + part.start_ms * 1_000_000;
    Span {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: part.id.to_be_bytes().to_vec(),
        parent_span_id: if part.parent == 0 { Vec::new() } else { part.parent.to_be_bytes().to_vec() },
        name: "work".to_owned(),
        kind: part.kind,
        start_time_unix_nano: start,
        end_time_unix_nano: start + part.ms * 1_000_000,
        attributes: says.collect(),
        status: failing.then(|| Status { code: 2, ..Status::default() }),
        ..Span::default()
    }
}

/// Sends the traces of an environment, with errors on one span, service by service.
async fn send(platform: &Platform, environment: &str, number: u128, failing: u64) {
    let from = unix_nanos() - 2_000_000_000;
    for service in ["gateway", "billing", "identity", "notices"] {
        let of_service = TRACE.iter().filter(|part| part.service == service);
        let traces = (0..TRACES).flat_map(|n| of_service.clone().map(move |part| (n, part)));
        let spans = traces.map(|(n, part)| {
            span(part, (number << 64) + u128::from(n) + 1, part.id == failing && n < FAILING, from)
        });
        let resource: Vec<KeyValue> =
            vec![attribute("service.name", service), attribute("deployment.environment.name", environment)];
        let body = spans::request_of(resource, spans.collect());
        assert_eq!(spans::send(&platform.traces_url(), body, None).await.unwrap(), 200);
    }
}

fn assert_near(edge: &Shown, told: &Told) {
    for (name, ms) in told.2 {
        let got = edge.seconds.get(name).unwrap_or_else(|| panic!("{:?} has no {name}", told.1));
        assert!((got * 1e3 - ms).abs() <= ms * NEAR, "{:?}: {name} is {got} s, sent {ms} ms", told.1);
    }
}

#[tokio::test]
async fn an_error_on_one_edge_moves_only_that_edge() {
    let platform = Platform::start();
    let client = platform.client();
    let name = |at: usize| format!("fault-{at}");
    for (at, (failing, ..)) in EDGES.iter().enumerate() {
        send(&platform, &name(at), at as u128 + 1, *failing).await;
    }
    for (at, (_, failing, _)) in EDGES.iter().enumerate() {
        let environment = name(at);
        let parameters = [("from", "now-15m"), ("environment", &*environment)];
        // Until its last span is joined an edge may be another one.
        let want: BTreeMap<_, _> = EDGES
            .iter()
            .map(|(_, ends, _)| {
                let errors = if ends == failing { FAILING } else { 0 };
                (ends.map(str::to_owned).into(), Count { requests: TRACES, errors })
            })
            .collect();
        let counts = |frame: &_| {
            shown(frame).into_iter().map(|(ends, edge)| (ends, edge.count)).collect::<BTreeMap<_, _>>()
        };
        let frame = map_when(&client, &parameters, |frame| counts(frame) == want).await;
        let edges = shown(&frame);
        for told in EDGES {
            assert_near(&edges[&told.1.map(str::to_owned).into()], told);
        }
        println!(
            "{environment}: {failing:?} {FAILING}/{TRACES}, the other {} edges 0/{TRACES}",
            want.len() - 1
        );
        if at == 0 {
            edges.iter().for_each(|(ends, edge)| println!("{ends:?} {:?}", edge.seconds));
        }
    }
}
