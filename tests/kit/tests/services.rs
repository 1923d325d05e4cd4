//! The ten services against the ledger, without a platform: what they know themselves is what the ledger says they must.
#![expect(clippy::unwrap_used, reason = "a test")]

use serde_json::Value;
use test_kit::business::Business;
use test_kit::demo::{Demo, SERVICES};
use test_kit::driver::Driver;
use test_kit::ledger::{Injection, Ledger};
use test_kit::plan::{Action, Plan};

/// Actions without faults, and under each fault.
const ACTIONS: usize = 120;
const ACTIONS_UNDER_FAULT: usize = 40;

fn start(folder: &std::path::Path) -> Demo {
    Demo::start("http://127.0.0.1:4317", folder, |_, command| {
        for signal in ["TRACES", "METRICS", "LOGS"] {
            command.env(format!("OTEL_{signal}_EXPORTER"), "none");
        }
    })
}

fn fault(service: &str, route: &str, error_share: f64) -> Injection {
    Injection {
        id: route.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        service: service.to_owned(),
        route: route.to_owned(),
        tenant: None,
        error_share,
        latency_ms: 0,
        started: 0,
        ended: 0,
    }
}

async fn drive(demo: &Demo, driver: &Driver) -> Ledger {
    let (mut ledger, mut plan) = (Ledger::default(), Plan::new(20_261_125));
    let mut some = async |n: usize| {
        let mut entries = Vec::new();
        for step in plan.by_ref().take(n) {
            entries.extend(driver.perform(&step).await.unwrap());
        }
        demo.settle().await;
        entries
    };
    ledger.entries.extend(some(ACTIONS).await);
    for fault in [
        fault("core-ops", "job device.provision", 0.5),
        fault("billing", "provider", 0.5),
        fault("services", "POST /quotes", 0.5),
        fault("core-ops", "POST /jobs", 0.5),
    ] {
        let work = some(ACTIONS_UNDER_FAULT);
        let (injection, entries) = driver.with_fault(&demo.url(&fault.service), fault, work).await.unwrap();
        ledger.injections.push(injection);
        ledger.entries.extend(entries);
    }
    ledger
}

async fn get(url: &str, tenant: Option<&str>) -> Value {
    let mut request = reqwest::Client::new().get(url);
    if let Some(tenant) = tenant {
        request = request.header("baggage", format!("tenant.id={tenant}"));
    }
    request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// Sums over all tenants.
fn total(business: &Business, name: &str) -> i64 {
    business.iter().filter(|((of, _), _)| of == name).map(|(_, n)| n).sum()
}

#[tokio::test]
async fn what_the_services_know_is_what_the_ledger_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = start(folder.path());
    for (name, _) in SERVICES {
        let health = get(&format!("{}/health", demo.url(name)), None).await;
        assert_eq!(health["status"], "ok", "{name}");
    }
    let cache = get(&format!("{}/health", demo.url("identity")), None).await["details"]["cache"].to_string();
    assert!(cache.contains("stand-in"), "{cache}");

    let ledger = drive(&demo, &demo.driver()).await;
    let unexplained = ledger.entries.iter().filter(|e| e.status >= 500 && e.fault.is_none()).count();
    assert_eq!(unexplained, 0, "failures that nobody injected");
    let has = |action: Action| ledger.entries.iter().any(|e| e.action == action);
    assert!(has(Action::Retire) && has(Action::Change) && has(Action::Report));
    let business = ledger.business();
    assert!(total(&business, "jobs.failed device.provision") > 0, "no attempt failed");

    let topics = get(&format!("{}/topics", demo.url("core-events")), None).await;
    for topic in topics.as_array().unwrap() {
        let name = topic["name"].as_str().unwrap();
        assert_eq!(topic["published"], total(&business, &format!("published {name}")), "{name}");
    }
    let queue = get(&format!("{}/queue", demo.url("core-ops")), None).await;
    let done = total(&business, "jobs.ok device.provision") + total(&business, "jobs.ok device.retire");
    assert_eq!(queue["done"], done, "{queue}");

    let tenants: std::collections::BTreeSet<&String> = business.keys().map(|(_, tenant)| tenant).collect();
    for tenant in tenants {
        let count = |name: &str| business.get(&(name.to_owned(), tenant.clone())).copied().unwrap_or(0);
        let facts = get(&format!("{}/reports/summary", demo.url("analytics")), Some(tenant)).await;
        let fact = |kind: &str, what: &str| facts[kind][what].as_i64().unwrap_or(0);
        assert_eq!(fact("invoice.paid", "count"), count("consumed analytics invoices"), "{tenant}");
        assert_eq!(fact("invoice.paid", "amount"), count("revenue"), "{tenant}");
        assert_eq!(fact("usage.rated", "count"), count("consumed analytics usage"), "{tenant}");
        let devices = get(&format!("{}/devices", demo.url("networking")), Some(tenant)).await;
        let state = |name: &str| {
            devices.as_array().unwrap().iter().filter(|device| device["state"] == name).count() as i64
        };
        for name in ["provisioning", "active", "retiring"] {
            assert_eq!(state(name), count(&format!("devices.{name}")), "{tenant}: {name}: {devices}");
        }
    }
    demo.stop();
}
