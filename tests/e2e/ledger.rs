//! The platform's answers against the ledger of the generator: trees of traces, and counts and errors exactly.

use std::collections::BTreeMap;

use sightline_model::{Body, Frame};
use test_kit::ledger::{Count, Injection, Ledger};
use test_kit::plan::Plan;

use crate::answers::{column, frame_when, sum, tree};
use crate::demo::Demo;
use crate::platform::Platform;

/// Flows of the acceptance.
const FLOWS: usize = 100;

/// Drives flows, with faults at billing for part of them, and returns what was done.
async fn drive(demo: &Demo) -> Ledger {
    let driver = demo.driver();
    let mut ledger = Ledger::default();
    let mut plan = Plan::new(20_261_125);
    let mut some = async |n: usize| {
        let mut entries = Vec::new();
        for step in plan.by_ref().take(n) {
            entries.extend(driver.perform(&step).await.unwrap());
        }
        entries
    };
    ledger.entries.extend(some(FLOWS / 2).await);
    let injection = |id: &str, route: &str, error_share, latency_ms| Injection {
        id: id.to_owned(),
        service: "billing".to_owned(),
        route: route.to_owned(),
        tenant: None,
        error_share,
        latency_ms,
        started: 0,
        ended: 0,
    };
    for fault in [
        injection("failing", "POST /invoices/{id}/pay", 0.5, 0),
        injection("provider", "provider", 1.0, 0),
        injection("slow", "GET /invoices/{id}", 0.0, 20),
    ] {
        let (injection, entries) = driver.with_fault(&demo.billing, fault, some(FLOWS / 5)).await.unwrap();
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

#[tokio::test]
async fn traces_and_counts_equal_the_ledger() {
    let platform = Platform::start();
    let mut demo = Demo::start(&platform);
    let ledger = drive(&demo).await;
    demo.stop();
    assert!(ledger.entries.len() >= FLOWS, "{}", ledger.entries.len());
    assert!(ledger.entries.iter().any(|e| e.fault.is_some()), "no fault struck");
    let client = platform.client();

    for entry in &ledger.entries {
        let spans = {
            let mut n = 0;
            entry.tree.visit(&mut |_| n += 1);
            n
        };
        let whole = |frame: &Frame| matches!(&frame.body, Body::Trace { rows, .. } if *rows >= spans);
        let frame = frame_when(&client, &format!("/traces/{}", entry.trace_id), &[], whole).await;
        assert_eq!(
            tree(&frame).sorted(),
            entry.tree.clone().sorted(),
            "{:?} {}",
            entry.action,
            entry.trace_id
        );
    }

    let want = ledger.red();
    let requests: u64 = want.values().map(|c| c.requests).sum();
    let all = |frame: &Frame| sum(column(frame, "count")) >= requests;
    let services = frame_when(&client, "/services", &[("from", "now-1h")], all).await;
    assert_eq!(sum(column(&services, "count")), requests);
    let mut got = BTreeMap::new();
    let tenants: std::collections::BTreeSet<_> = want.keys().map(|(_, _, tenant)| tenant.clone()).collect();
    for tenant in &tenants {
        for service in ["api-gateway", "identity", "billing"] {
            let parameters = [("from", "now-1h"), ("tenant", tenant.as_str())];
            let frame = client.frame(&format!("/services/{service}/operations"), &parameters).await.unwrap();
            got.extend(counts(&frame, tenant, service));
        }
    }
    assert_eq!(got, want);
}
