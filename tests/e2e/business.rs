//! The business in numbers: what the services counted, asked of the platform, equals the ledger per tenant.

use std::collections::BTreeMap;

use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::ledger::Ledger;

use crate::answers::frame_when;

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
    // By state and type: a device that changes its state is counted once.
    ("devices", "dotmac.network.device.count", ""),
    // The name that Prometheus gives it finds it as well.
    ("revenue", "dotmac_billing_revenue_total", "service = billing"),
];

/// The last value of each line, by tenant; zeros are left out, as in the ledger.
#[expect(clippy::cast_possible_truncation, reason = "counts of a test are small and whole")]
fn last(frame: &Frame) -> BTreeMap<String, i64> {
    let Body::Series { series, .. } = &frame.body else { panic!("not a series: {:?}", frame.body) };
    let lines = series.iter().filter_map(|line| {
        let tenant = line.labels["tenant"].as_str().unwrap().to_owned();
        let value = line.values.iter().rev().find_map(serde_json::Value::as_f64)?;
        assert!(value.fract() == 0.0, "{tenant}: {value}");
        Some((tenant, value as i64)).filter(|(_, n)| *n != 0)
    });
    lines.collect()
}

/// Compares every number of the business with the ledger, tenant by tenant.
pub(crate) async fn check(client: &Client, ledger: &Ledger) {
    let business = ledger.business();
    for (name, metric, filter) in COUNTED {
        let want: BTreeMap<String, i64> = business
            .iter()
            .filter(|((of, _), _)| of == name)
            .map(|((_, tenant), n)| (tenant.clone(), *n))
            .collect();
        assert!(!want.is_empty(), "nothing of `{name}` was done");
        let parameters = [
            ("from", "now-1h"),
            ("bin", "1h"),
            ("by", "tenant"),
            ("time_fn", "last"),
            ("agg", "sum"),
            ("filter", filter),
        ];
        let path = format!("/metrics/{metric}/query");
        frame_when(client, &path, &parameters, |frame| last(frame) == want).await;
    }
}
