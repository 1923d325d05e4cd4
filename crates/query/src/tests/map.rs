//! The map of services against rows of edges written as ingest writes them.

use serde_json::{Value, json};
use sightline_model::{Body, Frame, Grid, TimeRange};

use super::world::{BASE, HOUR, SECOND, World};
use crate::{Ask, MapQuery};

/// An edge in a few words: client, server, kind, how many, how many failed, milliseconds, tenant, second after `BASE`.
type Spec = (&'static str, &'static str, u8, u32, u32, u64, &'static str, i64);

const GATEWAY: &str = "service:gateway";
const BILLING: &str = "service:billing";
const NOTICES: &str = "service:notices";
const DB: &str = "db:postgresql/billing@pg";
const QUEUE: &str = "queue:kafka/invoices";

/// What the tests of one map are about: a request from outside, a call, a query, a message.
const EDGES: [Spec; 9] = [
    ("(user)", GATEWAY, 4, 10, 1, 40, "a", 5),
    (GATEWAY, BILLING, 1, 6, 2, 20, "a", 5),
    (GATEWAY, BILLING, 1, 4, 0, 20, "b", 75),
    (GATEWAY, BILLING, 2, 10, 2, 30, "a", 5),
    (BILLING, DB, 3, 20, 0, 2, "a", 5),
    (BILLING, QUEUE, 5, 5, 0, 1, "a", 5),
    (QUEUE, NOTICES, 6, 5, 1, 8, "a", 25),
    (BILLING, NOTICES, 7, 5, 0, 500, "a", 25),
    (BILLING, "service:other", 9, 5, 0, 1, "a", 25),
];

/// An edge as the rollup has it: of each tenant (0) or of all (1).
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small test data")]
fn row(org: u32, spec: &Spec, level: u8) -> Value {
    let (client, server, kind, n, errors, ms, tenant, at) = *spec;
    let ns = ms * 1_000_000;
    let index = ((ns as f64 / 1e9).log2() * 16.0).ceil() as i16 - 1;
    let window = (BASE / SECOND + at).div_euclid(60) * 60;
    json!({"org": org, "ret": 15, "level": level, "window": window, "row_version": 1,
        "tenant": if level == 1 { "*" } else { tenant }, "environment": "prod",
        "client": client, "server": server, "edge_kind": kind, "system": if kind == 3 { "postgresql" } else { "http" },
        "n": n, "errors": errors, "sum_ns": f64::from(n) * ns as f64, "max_ns": ns, "lat_idx": [index], "lat_n": [n]})
}

fn rows(org: u32, specs: &[Spec]) -> Vec<Value> {
    specs.iter().flat_map(|spec| [row(org, spec, 0), row(org, spec, 1)]).collect()
}

fn grids(frame: &Frame) -> (&Grid, &Grid) {
    let Body::Graph { nodes, edges } = &frame.body else { panic!("not a graph") };
    (nodes, edges)
}

fn cells<'a>(grid: &'a Grid, name: &str) -> Vec<&'a Value> {
    grid.columns.iter().find(|column| column.name == name).unwrap().values.iter().collect()
}

/// `source kind target calls/errors`, in the order of the answer.
pub(super) fn lines(frame: &Frame) -> Vec<String> {
    let (_, edges) = grids(frame);
    let text = |name: &str, row: usize| cells(edges, name)[row].as_str().unwrap();
    let number = |name: &str, row: usize| cells(edges, name)[row].as_f64().unwrap();
    let line = |row: usize| {
        let (source, target, kind) = (text("source", row), text("target", row), text("kind", row));
        format!("{source} {kind} {target} {}/{}", number("calls", row), number("errors", row))
    };
    (0..usize::try_from(edges.rows).unwrap()).map(line).collect()
}

pub(super) fn query(from: i64, to: i64, service: Option<&str>) -> MapQuery {
    let ask = Ask::over(TimeRange::new(BASE + from, BASE + to).unwrap());
    MapQuery { ask, service: service.map(str::to_owned) }
}

#[tokio::test]
async fn a_call_is_counted_once_with_what_the_caller_saw_and_what_waited_beside_it() {
    let world = World::of(181).await;
    world.insert_json("edges_1m", rows(181, &EDGES)).await;
    let frame = world.service.service_map(&world.scope, &query(0, HOUR, None)).await.unwrap();
    let expected = [
        format!("{BILLING} virtual {DB} 20/0"),
        format!("(user) entry {GATEWAY} 10/1"),
        format!("{GATEWAY} call {BILLING} 10/2"),
        format!("{QUEUE} receive {NOTICES} 5/1"),
        format!("{BILLING} send {QUEUE} 5/0"),
    ];
    let mut got = lines(&frame);
    let mut wanted = expected.to_vec();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted);
    let (nodes, edges) = grids(&frame);
    let row_of = |grid: &Grid, name: &str, value: &str| {
        cells(grid, name).iter().position(|cell| *cell == value).unwrap()
    };
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < expected * 0.05;
    let call = row_of(edges, "kind", "call");
    assert!(near(cells(edges, "p95")[call], 0.02) && near(cells(edges, "client_p95")[call], 0.03));
    let receive = row_of(edges, "kind", "receive");
    assert!(near(cells(edges, "queue_p50")[receive], 0.5) && near(cells(edges, "p95")[receive], 0.008));
    assert!(cells(edges, "queue_p95")[call].is_null() && cells(edges, "client_p95")[receive].is_null());
    let database = row_of(nodes, "id", DB);
    assert_eq!(
        (cells(nodes, "kind")[database], cells(nodes, "system")[database]),
        (&json!("database"), &json!("postgresql"))
    );
    let user = row_of(nodes, "id", "(user)");
    assert_eq!((cells(nodes, "calls")[user], cells(nodes, "p50")[user]), (&json!(0.0), &Value::Null));
    assert!(cells(nodes, "id").iter().all(|id| *id != "service:other"), "an unknown kind is no edge");
    assert_eq!(frame.meta.stats.tier, "edges_1m");
}

#[tokio::test]
async fn one_service_has_its_callers_what_it_calls_and_the_other_side_of_its_queues() {
    let world = World::of(182).await;
    world.insert_json("edges_1m", rows(182, &EDGES)).await;
    for (service, expected) in [("notices", 2), ("gateway", 2), ("billing", 4), ("nobody", 0)] {
        let frame = world.service.service_map(&world.scope, &query(0, HOUR, Some(service))).await.unwrap();
        assert_eq!(lines(&frame).len(), expected, "{service}: {:?}", lines(&frame));
        assert!(frame.meta.complete);
    }
    let mut elsewhere = query(0, HOUR, None);
    elsewhere.ask.environment = Some("staging".to_owned());
    let frame = world.service.service_map(&world.scope, &elsewhere).await.unwrap();
    assert!(lines(&frame).is_empty());
}

#[tokio::test]
async fn a_reader_of_some_tenants_sees_their_edges() {
    let world = World::of(183).await;
    let call = |n, tenant, at| (GATEWAY, BILLING, 1, n, 0, 10, tenant, at);
    let edges = [call(3, "a", -4 * 3600), call(5, "b", -4 * 3600), call(7, "a", 3500), call(9, "b", 3500)];
    let all = [call(8, "*", -4 * 3600), call(16, "*", 3500)];
    let of_tenants = edges.iter().map(|spec| row(183, spec, 0));
    world.insert_json("edges_1m", of_tenants.chain(all.iter().map(|spec| row(183, spec, 1))).collect()).await;
    for (scope, expected) in
        [(world.scope.clone(), 24), (world.limited_to(&["a"]), 10), (world.limited_to(&["c"]), 0)]
    {
        let frame = world.service.service_map(&scope, &query(-5 * HOUR, HOUR, None)).await.unwrap();
        let wanted: Vec<String> =
            if expected == 0 { vec![] } else { vec![format!("{GATEWAY} call {BILLING} {expected}/0")] };
        assert_eq!(lines(&frame), wanted);
    }
}
