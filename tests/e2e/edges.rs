//! The service map against the generator's ledger: calls and errors of every edge, over all tenants and for each, and of
//! the part around each service.

use std::collections::{BTreeMap, BTreeSet};

use sightline_client::Client;
use sightline_model::{Body, Frame, Grid};
use test_kit::demo::SERVICES;
use test_kit::edges::{Edge, Edges};
use test_kit::ledger::{Count, Ledger};

use crate::answers::{ON_MAP, column, frame_within, sum};

/// An edge as the answer has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) count: Count,
    /// Seconds; what the answer does not know is none.
    pub(crate) seconds: BTreeMap<&'static str, f64>,
}

/// Reads the edges of a map, by source, kind and target.
pub(crate) fn shown(frame: &Frame) -> BTreeMap<(String, String, String), Shown> {
    let Body::Graph { edges, .. } = &frame.body else { panic!("not a graph: {:?}", frame.body) };
    let text = |name: &str, row: usize| values(edges, name)[row].as_str().unwrap().to_owned();
    let edge = |row: usize| {
        let number = |name: &str| sum(&values(edges, name)[row..=row]);
        let known = |name: &'static str| Some((name, values(edges, name)[row].as_f64()?));
        let quantiles = ["p50", "p95", "p99", "client_p95", "queue_p50", "queue_p95"];
        let shown = Shown {
            count: Count { requests: number("calls"), errors: number("errors") },
            seconds: quantiles.into_iter().filter_map(known).collect(),
        };
        ((text("source", row), text("kind", row), text("target", row)), shown)
    };
    (0..usize::try_from(edges.rows).unwrap()).map(edge).collect()
}

fn values<'a>(grid: &'a Grid, name: &str) -> &'a [serde_json::Value] {
    let found = grid.columns.iter().find(|column| column.name == name);
    &found.unwrap_or_else(|| panic!("no column `{name}`")).values
}

/// Asks for a map until it is whole, and compares what it tells.
pub(crate) async fn map_when(
    client: &Client,
    parameters: &[(&str, &str)],
    is_whole: impl Fn(&Frame) -> bool,
) -> Frame {
    let frame = frame_within(ON_MAP, client, "/service_map", parameters, is_whole).await;
    assert!(frame.meta.complete, "{:?}", frame.meta);
    frame
}

/// Edges in the words of the ledger: without the names, hosts and ports that a run chooses. Two that become one are added.
fn as_in_ledger(frame: &Frame) -> Edges {
    let mut edges = Edges::new();
    for ((source, kind, target), edge) in shown(frame) {
        let kind = KINDS.iter().find(|known| **known == kind).unwrap_or_else(|| panic!("kind `{kind}`"));
        let chosen = ["db:", "cache:", "external:"].into_iter().find(|prefix| target.starts_with(prefix));
        let target = chosen.map_or(target, str::to_owned);
        let count: &mut Count = edges.entry((source, *kind, target)).or_default();
        count.requests += edge.count.requests;
        count.errors += edge.count.errors;
    }
    edges
}

const KINDS: &[&str] = &["call", "virtual", "entry", "send", "receive"];

/// The edges of one service, and those on the other side of the queues that it sends into or receives from.
fn around(edges: &Edges, own: &str) -> Edges {
    let queues: BTreeSet<(&str, &str)> = edges
        .keys()
        .filter_map(|(source, kind, target)| match *kind {
            "send" if source == own => Some(("receive", target.as_str())),
            "receive" if target == own => Some(("send", source.as_str())),
            _ => None,
        })
        .collect();
    let is_near = |(source, kind, target): &Edge| {
        let is_own = source == own || target == own;
        is_own || queues.contains(&(*kind, source)) || queues.contains(&(*kind, target))
    };
    edges.iter().filter(|(edge, _)| is_near(edge)).map(|(edge, count)| (edge.clone(), *count)).collect()
}

/// Counts the queries of scheduled tasks, which are in no trace of the ledger and of no tenant.
async fn scheduled(client: &Client, ledger: &Ledger) -> u64 {
    let filter = "service = 'core-ops' AND kind = client AND db.system.name EXISTS";
    let parameters = [("from", "now-1h"), ("limit", "10000"), ("filter", filter)];
    let frame = client.frame("/spans", &parameters).await.unwrap();
    assert!(frame.meta.complete && frame.meta.next_cursor.is_none(), "{:?}", frame.meta);
    let told: BTreeSet<&str> = ledger.entries.iter().map(|entry| &*entry.trace_id).collect();
    let is_told = |trace: &serde_json::Value| told.contains(trace.as_str().unwrap());
    column(&frame, "trace_id").iter().filter(|trace| !is_told(trace)).count() as u64
}

/// Waits until the map has every call of the ledger: what comes after that changes nothing of it.
pub(crate) async fn all_walked(client: &Client, ledger: &Ledger) {
    let want = ledger.edges(None);
    let has_all = |got: &Edges| {
        want.iter().all(|(edge, count)| got.get(edge).is_some_and(|got| got.requests >= count.requests))
    };
    map_when(client, &[("from", "now-1h")], |frame| has_all(&as_in_ledger(frame))).await;
}

/// Compares every edge with the ledger, of all tenants together and of each.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
pub(crate) async fn check(client: &Client, ledger: &Ledger) {
    let mut want = ledger.edges(None);
    let scheduled = scheduled(client, ledger).await;
    let queries = ("service:core-ops".to_owned(), "virtual", "db:".to_owned());
    want.entry(queries).or_default().requests += scheduled;
    let calls = |edges: &Edges| edges.values().map(|count| count.requests).sum::<u64>();
    let is_whole = |frame: &Frame| calls(&as_in_ledger(frame)) >= calls(&want);
    let frame = map_when(client, &[("from", "now-1h")], is_whole).await;
    let got = as_in_ledger(&frame);
    for ((source, kind, target), Count { requests, errors }) in &got {
        let told = want.get(&(source.clone(), kind, target.clone())).copied().unwrap_or_default();
        println!("{source} {kind} {target}: {requests}/{errors}, ledger {}/{}", told.requests, told.errors);
    }
    assert_eq!(got, want, "edges of all tenants");
    for kind in KINDS {
        assert!(want.keys().any(|(_, of, _)| of == kind), "no edge of kind `{kind}` was walked");
    }
    for (service, _) in SERVICES {
        let path = format!("/services/{service}/dependencies");
        let frame = client.frame(&path, &[("from", "now-1h")]).await.unwrap();
        assert_eq!(as_in_ledger(&frame), around(&want, &format!("service:{service}")), "edges of {service}");
    }
    let mut tenants = 0;
    for tenant in ledger.entries.iter().map(|entry| &*entry.tenant).collect::<BTreeSet<_>>() {
        let frame = map_when(client, &[("from", "now-1h"), ("tenant", tenant)], |_| true).await;
        assert_eq!(as_in_ledger(&frame), ledger.edges(Some(tenant)), "edges of {tenant}");
        tenants += 1;
    }
    println!("{} edges, {} calls, {scheduled} of them scheduled, {tenants} tenants", got.len(), calls(&got));
}
