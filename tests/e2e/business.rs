//! The business in numbers: what the services counted, asked of the platform, equals the ledger per tenant.

use std::collections::{BTreeMap, BTreeSet};

use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::business::Business;
use test_kit::demo::SERVICES;
use test_kit::ledger::Ledger;

use crate::answers::{column, frame_when, sum};

/// Names of the ledger's business, the metric that counts it, and which of its series.
const COUNTED: &[(&str, &str, &str)] = &[
    ("logins.ok", "dotmac.identity.logins", "dotmac.outcome = ok"),
    ("logins.failed", "dotmac.identity.logins", "dotmac.outcome = failed"),
    ("invoices", "dotmac.billing.transactions", "dotmac.billing.type = invoice"),
    (
        "payments.ok",
        "dotmac.billing.transactions",
        "dotmac.billing.type = payment AND dotmac.billing.outcome = ok",
    ),
    (
        "payments.failed",
        "dotmac.billing.transactions",
        "dotmac.billing.type = payment AND dotmac.billing.outcome = failed",
    ),
    // The name that Prometheus gives it finds it as well.
    ("revenue", "dotmac_billing_revenue_total", "service = billing"),
    ("provisioned", "dotmac.network.provisionings", "dotmac.outcome = ok"),
    ("retries", "dotmac.job.retries", ""),
    ("facts", "dotmac.analytics.facts", ""),
    ("quotes", "dotmac.services.quotes", ""),
    ("changes", "dotmac.platform.settings_changes", ""),
];

/// Beginnings of names with more in them.
const FAMILIES: &[&str] = &["published ", "consumed ", "jobs.ok ", "jobs.failed "];

/// The metric that counts a name of a family, and which of its series.
fn of_family(name: &str) -> Option<(&'static str, String)> {
    let words: Vec<&str> = name.split(' ').collect();
    let done = |job: &str, outcome: &str| {
        let filter = format!("dotmac.job.name = '{job}' AND dotmac.job.outcome = {outcome}");
        Some(("dotmac.job.runs", filter))
    };
    match words[..] {
        ["published", topic] => {
            let filter = format!("messaging.destination.name = '{topic}' AND error.type NOT EXISTS");
            Some(("messaging.client.sent.messages", filter))
        }
        ["consumed", group, topic] => {
            let filter = format!(
                "messaging.destination.name = '{topic}' AND messaging.consumer.group.name = '{group}'"
            );
            Some(("messaging.client.consumed.messages", filter))
        }
        ["jobs.ok", job] => done(job, "ok"),
        ["jobs.failed", job] => done(job, "failed"),
        _ => None,
    }
}

/// The last value of each line, by tenant; zeros are left out, as in the ledger.
fn last(frame: &Frame) -> BTreeMap<String, i64> {
    let Body::Series { series, .. } = &frame.body else { panic!("not a series: {:?}", frame.body) };
    let lines = series.iter().filter_map(|line| {
        let tenant = line.labels["tenant"].as_str().unwrap().to_owned();
        let n = line.values.iter().rev().find_map(serde_json::Value::as_f64).map(whole)?;
        Some((tenant, n)).filter(|(_, n)| *n != 0)
    });
    lines.collect()
}

#[expect(clippy::cast_possible_truncation, reason = "counts of a test are small and whole")]
fn whole(value: f64) -> i64 {
    assert!(value.fract() == 0.0, "{value}");
    value as i64
}

/// Compares a number of the business with the ledger, tenant by tenant.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
async fn compare(client: &Client, business: &Business, (name, metric, filter): (&str, &str, &str)) {
    let own = business.iter().filter(|((of, _), _)| of == name);
    let want: BTreeMap<String, i64> = own.map(|((_, tenant), n)| (tenant.clone(), *n)).collect();
    let parameters = [
        ("from", "now-1h"),
        ("bin", "1h"),
        ("by", "tenant"),
        ("time_fn", "last"),
        ("agg", "sum"),
        ("filter", filter),
    ];
    let path = format!("/metrics/{metric}/query");
    let frame = frame_when(client, &path, &parameters, |frame| last(frame) == want).await;
    let (got, told): (i64, i64) = (last(&frame).values().sum(), want.values().sum());
    println!("{name}: {got}, ledger {told}, {} tenants", want.len());
}

/// Compares every number of the business with the ledger.
pub(crate) async fn check(client: &Client, ledger: &Ledger) {
    let business = ledger.business();
    for each in COUNTED {
        assert!(business.keys().any(|(name, _)| name == each.0), "nothing of `{}` was done", each.0);
        compare(client, &business, *each).await;
    }
    devices(client, &business).await;
    for family in FAMILIES {
        let names: BTreeSet<&str> =
            business.keys().map(|(name, _)| name.as_str()).filter(|name| name.starts_with(family)).collect();
        assert!(!names.is_empty(), "nothing of `{family}` was done");
        for name in names {
            let (metric, filter) = of_family(name).unwrap();
            compare(client, &business, (name, metric, &filter)).await;
        }
    }
    jobs(client, &business).await;
    tenants(client, ledger).await;
}

/// Devices by state; one that changes its state is counted once. Not by a filter of the state: where the states that
/// follow are left out, the end of the one before is not known.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
async fn devices(client: &Client, business: &Business) {
    let state = |name: &str| name.strip_prefix("devices.").map(str::to_owned);
    let own = business.iter().filter_map(|((name, tenant), n)| Some(((state(name)?, tenant.clone()), *n)));
    let want: BTreeMap<(String, String), i64> = own.collect();
    assert!(!want.is_empty(), "no device stands");
    let parameters = [
        ("from", "now-1h"),
        ("bin", "1h"),
        ("by", "tenant,dotmac.device.state"),
        ("time_fn", "last"),
        ("agg", "sum"),
    ];
    let by_state = |frame: &Frame| {
        let Body::Series { series, .. } = &frame.body else { panic!("not a series: {:?}", frame.body) };
        let label = |line: &sightline_model::Series, key: &str| line.labels[key].as_str().unwrap().to_owned();
        let lines = series.iter().filter_map(|line| {
            let n = line.values.iter().rev().find_map(serde_json::Value::as_f64).map(whole)?;
            Some(((label(line, "dotmac.device.state"), label(line, "tenant")), n)).filter(|(_, n)| *n != 0)
        });
        lines.collect::<BTreeMap<_, _>>()
    };
    let path = "/metrics/dotmac.network.device.count/query";
    let got = by_state(&frame_when(client, path, &parameters, |frame| by_state(frame) == want).await);
    println!("devices by state and tenant: {got:?}, ledger {want:?}");
}

/// The attempts at jobs are counted as jobs are, and nothing else is.
async fn jobs(client: &Client, business: &Business) {
    let of = |prefix: &str| -> u64 {
        let own = business.iter().filter(|((name, _), _)| name.starts_with(prefix));
        own.map(|(_, n)| u64::try_from(*n).unwrap()).sum()
    };
    let rows = |frame: &Frame| -> Vec<usize> {
        let is_job = |row: &usize| column(frame, "endpoint")[*row].as_str().unwrap().starts_with("device.");
        (0..column(frame, "endpoint").len()).filter(is_job).collect()
    };
    let total = |frame: &Frame, name: &str| -> u64 {
        rows(frame).into_iter().map(|row| sum(&column(frame, name)[row..=row])).sum()
    };
    let (path, want) = ("/services/core-ops/operations", (of("jobs."), of("jobs.failed ")));
    let is_whole = |frame: &Frame| total(frame, "count") >= want.0;
    let frame = frame_when(client, path, &[("from", "now-1h")], is_whole).await;
    assert!(rows(&frame).iter().all(|row| column(&frame, "class")[*row] == "job"), "{frame:?}");
    let got = (total(&frame, "count"), total(&frame, "errors"));
    assert_eq!(got, want, "attempts at jobs, and those that failed");
}

/// How many tenants the list of services says each has served.
async fn active(client: &Client) -> BTreeMap<String, u64> {
    let frame = client.frame("/services", &[("from", "now-1h"), ("include", "tenants")]).await.unwrap();
    let rows = column(&frame, "service").iter().zip(column(&frame, "class")).zip(column(&frame, "tenants"));
    let serving = rows.filter(|((_, class), _)| *class == "serve");
    serving.map(|((name, _), n)| (name.as_str().unwrap().to_owned(), sum(std::slice::from_ref(n)))).collect()
}

/// Each service has served the tenants of the ledger and no others, and the list of services says how many.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
async fn tenants(client: &Client, ledger: &Ledger) {
    let red = ledger.red();
    let active = active(client).await;
    for (service, _) in SERVICES {
        let served = red.keys().filter(|(of, ..)| of == service);
        let want: BTreeSet<&str> = served.map(|(_, _, tenant)| tenant.as_str()).collect();
        let filter = format!("service = '{service}' AND sightline.class = serve");
        let parameters = [("from", "now-1h"), ("bin", "1h"), ("by", "tenant"), ("time_fn", "increase")];
        let parameters = [&parameters[..], &[("filter", filter.as_str())]].concat();
        let frame = client.frame("/metrics/sightline.red.duration/query", &parameters).await.unwrap();
        let Body::Series { series, .. } = &frame.body else { panic!("{:?}", frame.body) };
        let got: BTreeSet<&str> = series.iter().map(|line| line.labels["tenant"].as_str().unwrap()).collect();
        assert_eq!(got, want, "tenants of {service}");
        let number = active.get(*service).copied().unwrap_or(0);
        assert_eq!(number, u64::try_from(want.len()).unwrap(), "active tenants of {service}");
        println!("{service}: {} tenants, ledger {}", got.len(), want.len());
    }
}
