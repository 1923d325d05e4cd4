//! What tenants use against the spans that are stored of each.

use std::collections::BTreeMap;

use sightline_client::Client;

use crate::answers::{column, sum};

/// Compares the records of traces with the list of all spans, tenant by tenant; the sums with what each signal stored.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
pub(crate) async fn check(client: &Client) {
    let range = [("from", "now-1h")];
    let frame = client.frame("/spans", &[("from", "now-1h"), ("limit", "10000")]).await.unwrap();
    assert!(frame.meta.next_cursor.is_none(), "{:?}", frame.meta);
    let mut want: BTreeMap<&str, u64> = BTreeMap::new();
    for tenant in column(&frame, "tenant") {
        *want.entry(tenant.as_str().unwrap()).or_default() += 1;
    }
    let usage = client.frame("/usage", &range).await.unwrap();
    let of = |signal: &str| -> BTreeMap<&str, u64> {
        let tenants = column(&usage, "tenant").iter().zip(column(&usage, "signal"));
        let rows = tenants.zip(column(&usage, "records")).filter(|((_, own), _)| *own == signal);
        rows.map(|((tenant, _), n)| (tenant.as_str().unwrap(), sum(std::slice::from_ref(n)))).collect()
    };
    assert_eq!(of("traces"), want, "spans of each tenant");
    let total = |signal: &str| of(signal).values().sum::<u64>();
    assert!(total("metrics") > 0 && total("logs") > 0);
    println!("usage: {} spans, {} log records, {} points", total("traces"), total("logs"), total("metrics"));
}
