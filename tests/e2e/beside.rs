//! A log line and a metric point beside each span of a load, and their books.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sightline_client::Error;
use sightline_model::{Body, Frame};
use test_kit::driver::unix_nanos;

use crate::answers::{APPEARS, frame_when, sum};
use crate::load::Delivery;
use crate::platform::Platform;

/// Points that one question adds up; each is a series, and a question reads 10,000 of them.
const PART: u64 = 5_000;

/// Sends a line and a point that carry the number, each until it is acknowledged.
pub(crate) async fn deliver(http: &reqwest::Client, traces_url: &str, id: u64, refused: &AtomicU64) {
    let time = unix_nanos();
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"load"}}]}"#;
    let line = format!(r#"{{"timeUnixNano":"{time}","body":{{"stringValue":"load {id}"}}}}"#);
    let logs = format!(r#"{{"resourceLogs":[{{{resource},"scopeLogs":[{{"logRecords":[{line}]}}]}}]}}"#);
    // A series of its own for each point: readers take two rows of one series and instant as one.
    let label = |key, value| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let labels = [label("number", id), label("part", id / PART)].join(",");
    let point = format!(r#"{{"timeUnixNano":"{time}","asInt":"1","attributes":[{labels}]}}"#);
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

/// Everything acknowledged beside the spans is stored: each line once, and the points add up. Lines are written apart from
/// the spans, so they are waited for by themselves.
pub(crate) async fn check_books(platform: &Platform, deliveries: &[Delivery]) {
    let lost_of = |found: &BTreeMap<u64, u32>| -> Vec<u64> {
        deliveries.iter().map(Delivery::id).filter(|id| !found.contains_key(id)).collect()
    };
    let arrived = async {
        while !lines(platform).await.is_ok_and(|found| lost_of(&found).is_empty()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let _late = tokio::time::timeout(APPEARS, arrived).await;
    let found = lines(platform).await.unwrap();
    let lost = lost_of(&found);
    let doubled: Vec<_> = found.iter().filter(|(_, n)| **n > 1).collect();
    assert!(
        lost.is_empty() && doubled.is_empty(),
        "lines lost {lost:?}, double {doubled:?}\n{}",
        platform.log()
    );
    let mut parts = BTreeMap::<u64, u64>::new();
    found.keys().for_each(|id| *parts.entry(id / PART).or_default() += 1);
    for (part, goal) in parts {
        let all = |frame: &Frame| total(frame) >= goal;
        let filter = of_part(part);
        let frame = frame_when(&platform.client(), QUERY, &increase(&filter), all).await;
        assert_eq!(total(&frame), goal, "each point of part {part} counts once");
    }
}

/// Asks what the points of the first part add up to; 0 while there are none.
pub(crate) async fn points(platform: &Platform) -> u64 {
    let frame = platform.client().frame(QUERY, &increase(&of_part(0))).await;
    frame.map_or(0, |frame| total(&frame))
}

/// Where the points are asked.
const QUERY: &str = "/metrics/load.sent/query";

fn of_part(part: u64) -> String {
    format!("service = load AND part = \"{part}\"")
}

/// How points are added up.
fn increase(filter: &str) -> [(&'static str, &str); 4] {
    [("from", "now-1h"), ("filter", filter), ("time_fn", "increase"), ("agg", "sum")]
}

/// Adds up every bin of every line.
pub(crate) fn total(frame: &Frame) -> u64 {
    let Body::Series { series, .. } = &frame.body else { panic!("no series: {:?}", frame.body) };
    let values = series.iter().flat_map(|line| &line.values).filter(|value| !value.is_null());
    sum(&values.cloned().collect::<Vec<_>>())
}

/// Reads the number of every stored line, page by page; fails while questions are not answered.
pub(crate) async fn lines(platform: &Platform) -> Result<BTreeMap<u64, u32>, Error> {
    let client = platform.client();
    let (mut found, mut cursor) = (BTreeMap::new(), None::<String>);
    loop {
        let mut parameters = vec![("filter", "service = load"), ("from", "now-1h"), ("limit", "1000")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let frame = client.frame("/logs", &parameters).await?;
        let Body::Logs { columns, .. } = &frame.body else { panic!("no lines: {:?}", frame.body) };
        let bodies = columns.iter().find(|column| column.name == "body").unwrap();
        for body in &bodies.values {
            let number = body.as_str().and_then(|text| text.strip_prefix("load ")).unwrap();
            *found.entry(number.parse().unwrap()).or_default() += 1;
        }
        cursor = frame.meta.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}
