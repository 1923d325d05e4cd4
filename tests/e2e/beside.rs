//! A log line and a metric point beside each span of a load, and their books.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sightline_model::{Body, Frame};
use test_kit::driver::unix_nanos;

use crate::answers::{frame_when, sum};
use crate::load::Delivery;
use crate::platform::Platform;

/// How the points are added up.
const INCREASE: &[(&str, &str)] =
    &[("from", "now-1h"), ("filter", "service = load"), ("time_fn", "increase"), ("agg", "sum")];

/// Sends a line and a point that carry the number, each until it is acknowledged.
pub(crate) async fn deliver(http: &reqwest::Client, traces_url: &str, id: u64, refused: &AtomicU64) {
    let time = unix_nanos();
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"load"}}]}"#;
    let line = format!(r#"{{"timeUnixNano":"{time}","body":{{"stringValue":"load {id}"}}}}"#);
    let logs = format!(r#"{{"resourceLogs":[{{{resource},"scopeLogs":[{{"logRecords":[{line}]}}]}}]}}"#);
    // A series of its own for each point: readers take two rows of one series and instant as one.
    let label = format!(r#"{{"key":"number","value":{{"stringValue":"{id}"}}}}"#);
    let point = format!(r#"{{"timeUnixNano":"{time}","asInt":"1","attributes":[{label}]}}"#);
    let sum = format!(r#""sum":{{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{point}]}}"#);
    let metric = format!(r#"{{"name":"load.sent",{sum}}}"#);
    let metrics =
        format!(r#"{{"resourceMetrics":[{{{resource},"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#);
    for (path, body) in [("/v1/logs", logs), ("/v1/metrics", metrics)] {
        let url = traces_url.replace("/v1/traces", path);
        while !is_taken(http, &url, &body).await {
            refused.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn is_taken(http: &reqwest::Client, url: &str, body: &str) -> bool {
    let request = http.post(url).header("content-type", "application/json").body(body.to_owned());
    request.send().await.is_ok_and(|answer| answer.status().as_u16() == 200)
}

/// Everything acknowledged beside the spans is stored: each line once, and the points add up.
pub(crate) async fn check_books(platform: &Platform, deliveries: &[Delivery]) {
    let found = lines(platform).await;
    let lost: Vec<_> = deliveries.iter().map(Delivery::id).filter(|id| !found.contains_key(id)).collect();
    let doubled: Vec<_> = found.iter().filter(|(_, n)| **n > 1).collect();
    assert!(
        lost.is_empty() && doubled.is_empty(),
        "lines lost {lost:?}, double {doubled:?}\n{}",
        platform.log()
    );
    let goal = found.len() as u64;
    let all = |frame: &Frame| total(frame) >= goal;
    let frame = frame_when(&platform.client(), "/metrics/load.sent/query", INCREASE, all).await;
    assert_eq!(total(&frame), goal, "each point counts once");
}

/// Adds up every bin of every line.
fn total(frame: &Frame) -> u64 {
    let Body::Series { series, .. } = &frame.body else { panic!("no series: {:?}", frame.body) };
    let values = series.iter().flat_map(|line| &line.values).filter(|value| !value.is_null());
    sum(&values.cloned().collect::<Vec<_>>())
}

/// Asks what the points add up to; 0 while there are none.
pub(crate) async fn points(platform: &Platform) -> u64 {
    let frame = platform.client().frame("/metrics/load.sent/query", INCREASE).await;
    frame.map_or(0, |frame| total(&frame))
}

/// Reads the number of every stored line, page by page.
pub(crate) async fn lines(platform: &Platform) -> BTreeMap<u64, u32> {
    let client = platform.client();
    let (mut found, mut cursor) = (BTreeMap::new(), None::<String>);
    loop {
        let mut parameters = vec![("filter", "service = load"), ("from", "now-1h"), ("limit", "1000")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let frame = client.frame("/logs", &parameters).await.unwrap();
        let Body::Logs { columns, .. } = &frame.body else { panic!("no lines: {:?}", frame.body) };
        let bodies = columns.iter().find(|column| column.name == "body").unwrap();
        for body in &bodies.values {
            let number = body.as_str().and_then(|text| text.strip_prefix("load ")).unwrap();
            *found.entry(number.parse().unwrap()).or_default() += 1;
        }
        cursor = frame.meta.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}
