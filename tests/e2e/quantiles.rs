//! Quantiles of services against the durations of their spans.

use std::collections::BTreeMap;

use sightline_client::Client;

use crate::answers::column;

/// How far a sketch may be off: it names a duration in the bucket of the right one, of sixteen for each doubling.
const SKETCH_OFF: f64 = 0.045;

/// The columns, and which part of the durations lies at or below each.
const QUANTILES: [(&str, usize); 3] = [("p50", 50), ("p95", 95), ("p99", 99)];

/// The durations of all requests by service, in seconds, shortest first.
async fn durations(client: &Client) -> BTreeMap<String, Vec<f64>> {
    let parameters = [("from", "now-1h"), ("limit", "10000"), ("filter", "req_class = serve")];
    let frame = client.frame("/spans", &parameters).await.unwrap();
    assert!(frame.meta.complete && frame.meta.next_cursor.is_none(), "{:?}", frame.meta);
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (service, ns) in column(&frame, "service").iter().zip(column(&frame, "duration")) {
        let seconds = ns.as_f64().unwrap() / 1e9;
        found.entry(service.as_str().unwrap().to_owned()).or_default().push(seconds);
    }
    found.values_mut().for_each(|all| all.sort_by(f64::total_cmp));
    found
}

/// Compares what the list of services says, exactly and from sketches, with every span.
#[expect(clippy::print_stdout, reason = "says what was compared, shown with --nocapture")]
pub(crate) async fn check(client: &Client) {
    let truth = durations(client).await;
    for (source, off) in [("exact", 1e-9), ("sketch", SKETCH_OFF)] {
        let parameters = [("from", "now-1h"), ("quantiles", source)];
        let frame = client.frame("/services", &parameters).await.unwrap();
        let mut compared = 0;
        for (row, service) in column(&frame, "service").iter().enumerate() {
            if column(&frame, "class")[row] != "serve" {
                continue;
            }
            let own = &truth[service.as_str().unwrap()];
            for (name, percent) in QUANTILES {
                let want = own[(own.len() * percent).div_ceil(100).max(1) - 1];
                let got = column(&frame, name)[row].as_f64().unwrap();
                println!("{service} {name} {source}: {got}, spans {want}");
                assert!((got - want).abs() <= want * off, "{service} {name} {source}: {got}, {want}");
                compared += 1;
            }
        }
        assert_eq!(compared, truth.len() * QUANTILES.len());
    }
}
