//! The platform's answers against the ledger of the generator: trees of traces, and counts and errors exactly, over the
//! whole range and by windows of ten seconds; the business and the edges of the map with them.
//!
//! What is truth for the windows: the ledger alone, for every action that began and ended in one window. Of an action
//! across a boundary the ledger knows only that its spans start within it; there the stored start says which of the two
//! windows it is, after it was held against the ledger's times. So for those few (their number is shown) the test
//! compares what was counted with what was stored, and only the sum of the two windows with the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::demo::SERVICES;
use test_kit::ledger::{Count, Entry, Injection, Ledger};
use test_kit::plan::Plan;
use test_kit::windows::{Cell, WINDOW_NS, window_of};

use crate::answers::{column, frame_when, sum, tree};
use crate::business;
use crate::demo::{self, Demo};
use crate::edges;
use crate::platform::Platform;
use crate::{quantiles, usage};

/// Flows of the acceptance without faults, and under each.
const FLOWS: usize = 100;
const UNDER_FAULT: usize = 40;
/// Time between two flows: all of them together reach over several windows.
const PACE: Duration = Duration::from_millis(100);

/// The bus also serves what nobody waits for (acknowledgements), several times in a trace: no action tells its window.
const LATER: &str = "core-events";

/// Drives flows, with faults for part of them, and returns what was done.
async fn drive(demo: &Demo) -> Ledger {
    let driver = demo.driver();
    let mut ledger = Ledger::default();
    let mut plan = Plan::new(20_261_125);
    let mut pace = tokio::time::interval(PACE);
    let mut some = async |n: usize| {
        let mut entries = Vec::new();
        for step in plan.by_ref().take(n) {
            pace.tick().await;
            entries.extend(driver.perform(&step).await.unwrap());
        }
        entries
    };
    ledger.entries.extend(some(FLOWS).await);
    let injection = |id: &str, service: &str, route: &str, error_share, latency_ms| Injection {
        id: id.to_owned(),
        service: service.to_owned(),
        route: route.to_owned(),
        tenant: None,
        error_share,
        latency_ms,
        started: 0,
        ended: 0,
    };
    for fault in [
        injection("failing", "billing", "POST /invoices/{id}/pay", 0.5, 0),
        injection("provider", "billing", "provider", 1.0, 0),
        injection("slow", "billing", "GET /invoices/{id}", 0.0, 20),
        injection("quotes", "services", "POST /quotes", 0.5, 0),
        injection("jobs", "core-ops", "POST /jobs", 1.0, 0),
        injection("attempts", "core-ops", "job device.provision", 0.75, 0),
    ] {
        let url = demo.url(&fault.service);
        let work = async {
            let entries = some(UNDER_FAULT).await;
            // The fault of a job must stand until its attempts are over.
            demo.settle().await;
            entries
        };
        let (injection, entries) = driver.with_fault(&url, fault, work).await.unwrap();
        ledger.injections.push(injection);
        ledger.entries.extend(entries);
    }
    ledger
}

fn counts(frame: &Frame, tenant: &str, service: &str) -> BTreeMap<(String, String, String), Count> {
    let number = |name: &str, row: usize| sum(&column(frame, name)[row..=row]);
    (0..column(frame, "endpoint").len())
        .filter(|row| column(frame, "class")[*row] == "serve")
        .map(|row| {
            let endpoint = column(frame, "endpoint")[row].as_str().unwrap().to_owned();
            let count = Count { requests: number("count", row), errors: number("errors", row) };
            ((service.to_owned(), endpoint, tenant.to_owned()), count)
        })
        .collect()
}

/// Returns when each SERVER span starts, as stored, by trace, service and name.
async fn stored_starts(client: &Client) -> BTreeMap<(String, String, String), u64> {
    let parameters = [("from", "now-1h"), ("limit", "10000"), ("filter", "kind = server")];
    let frame = client.frame("/spans", &parameters).await.unwrap();
    assert!(frame.meta.complete && frame.meta.next_cursor.is_none(), "{:?}", frame.meta);
    let text = |name: &str, row: usize| column(&frame, name)[row].as_str().unwrap().to_owned();
    (0..column(&frame, "start").len())
        .map(|row| {
            let key = (text("trace_id", row), text("service", row), text("name", row));
            (key, text("start", row).parse().unwrap())
        })
        .collect()
}

/// Reads the chart of a service and tenant, cell by cell.
async fn chart(client: &Client, service: &str, tenant: &str, range: (u64, u64)) -> BTreeMap<Cell, Count> {
    let (from, to) = (range.0.to_string(), range.1.to_string());
    let parameters = [("from", &*from), ("to", &*to), ("tenant", tenant), ("bin", "10s"), ("by", "endpoint")];
    let frame = client.frame(&format!("/services/{service}/red"), &parameters).await.unwrap();
    let Body::Series { x, bin_ms, series, .. } = &frame.body else { panic!("{:?}", frame.body) };
    assert_eq!(*bin_ms, WINDOW_NS / 1_000_000, "{:?}", frame.meta);
    let mut cells: BTreeMap<Cell, Count> = BTreeMap::new();
    for line in series.iter().filter(|line| matches!(line.column.as_str(), "count" | "errors")) {
        let endpoint = line.labels["endpoint"].as_str().unwrap();
        for (at_ms, value) in x.iter().zip(&line.values).filter(|(_, value)| !value.is_null()) {
            let window = u64::try_from(*at_ms).unwrap() * 1_000_000;
            let key = (service.to_owned(), endpoint.to_owned(), tenant.to_owned(), window);
            let (cell, n) = (cells.entry(key).or_default(), sum(std::slice::from_ref(value)));
            *(if line.column == "count" { &mut cell.requests } else { &mut cell.errors }) += n;
        }
    }
    cells.retain(|_, count| *count != Count::default());
    cells
}

/// Compares counts and errors of every service, endpoint, tenant and window.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
async fn check_windows(client: &Client, ledger: &Ledger, tenants: &BTreeSet<String>) {
    let starts = stored_starts(client).await;
    let start = |entry: &Entry, node: &test_kit::expect::Node| {
        starts[&(entry.trace_id.clone(), node.service.clone(), node.name.clone())]
    };
    let mut want = ledger.red_by_window(start);
    want.retain(|(service, ..), _| service != LATER);
    let first = ledger.entries.iter().map(|entry| entry.started).min().unwrap();
    let last = ledger.entries.iter().map(|entry| entry.ended).max().unwrap();
    let range = (window_of(first), window_of(last) + WINDOW_NS);
    let mut got = BTreeMap::new();
    for tenant in tenants {
        for (service, _) in SERVICES.iter().filter(|(service, _)| *service != LATER) {
            got.extend(chart(client, service, tenant, range).await);
        }
    }
    // The chart of a tenant for whom a service only consumes is one of consuming.
    let served: BTreeSet<_> =
        ledger.red().into_keys().map(|(service, endpoint, _)| (service, endpoint)).collect();
    got.retain(|(service, endpoint, ..), _| served.contains(&(service.clone(), endpoint.clone())));
    assert_eq!(got, want, "per service, endpoint, tenant and window");
    let windows: BTreeSet<u64> = want.keys().map(|(.., window)| *window).collect();
    let across = ledger.entries.iter().filter(|entry| entry.window().is_none()).count();
    let all = ledger.entries.len();
    println!(
        "{} cells in {} windows; {across} of {all} actions across a boundary",
        want.len(),
        windows.len()
    );
    assert!(windows.len() >= 3, "{windows:?}");
    // How many depends on how fast the machine is; half of them is enough to find a wrong window.
    assert!(across * 2 <= all, "{across} of {all} actions lie across a boundary: the ledger decides too few");
    // The starts of all the others lie within their actions too.
    for entry in &ledger.entries {
        entry.tree.visit(&mut |node| {
            let is_in = |at| (entry.started..=entry.ended).contains(&at);
            let is_told = node.kind == "server" && node.service != LATER;
            assert!(!is_told || is_in(start(entry, node)), "{} {}", entry.trace_id, node.name);
        });
    }
}

#[tokio::test]
async fn traces_and_counts_equal_the_ledger() {
    let platform = Platform::start();
    let mut demo = demo::start(&platform);
    let ledger = drive(&demo).await;
    demo.settle().await;
    demo.stop();
    assert!(ledger.entries.len() >= FLOWS, "{}", ledger.entries.len());
    let struck: BTreeSet<&str> = ledger.entries.iter().filter_map(|e| e.fault.as_deref()).collect();
    let at_doors = [
        "billing POST /invoices/{id}/pay",
        "billing provider",
        "core-ops POST /jobs",
        "services POST /quotes",
    ];
    assert_eq!(struck.into_iter().collect::<Vec<_>>(), at_doors, "faults that struck");
    let failed_attempts =
        ledger.business().keys().filter(|(name, _)| name == "jobs.failed device.provision").count();
    assert!(failed_attempts > 0, "no attempt at a job failed");
    let client = platform.client();

    for entry in &ledger.entries {
        let spans = {
            let mut n = 0;
            entry.visit(&mut |_| n += 1);
            n
        };
        let whole = |frame: &Frame| matches!(&frame.body, Body::Trace { rows, .. } if *rows >= spans);
        let frame = frame_when(&client, &format!("/traces/{}", entry.trace_id), &[], whole).await;
        assert_eq!(tree(&frame).sorted(), entry.whole().sorted(), "{:?} {}", entry.action, entry.trace_id);
    }

    let want = ledger.red();
    let requests: u64 = want.values().map(|c| c.requests).sum();
    let all = |frame: &Frame| sum(column(frame, "count")) >= requests;
    let services = frame_when(&client, "/services", &[("from", "now-1h")], all).await;
    assert_eq!(sum(column(&services, "count")), requests);
    let mut got = BTreeMap::new();
    let tenants: BTreeSet<_> = want.keys().map(|(_, _, tenant)| tenant.clone()).collect();
    for tenant in &tenants {
        for (service, _) in SERVICES {
            let parameters = [("from", "now-1h"), ("tenant", tenant.as_str())];
            let frame = client.frame(&format!("/services/{service}/operations"), &parameters).await.unwrap();
            got.extend(counts(&frame, tenant, service));
        }
    }
    assert_eq!(got, want);
    check_windows(&client, &ledger, &tenants).await;
    quantiles::check(&client).await;
    usage::check(&client).await;
    business::check(&client, &ledger).await;
    edges::check(&client, &ledger).await;
}
