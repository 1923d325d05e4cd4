//! The counted windows equal a recount of the spans that were sent.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use prost::Message;

use crate::kit::{config, fresh_org, start};
use crate::store::{select, writer};
use crate::{http1, spans};

/// Window, class, endpoint, status class, tenant.
type Key = (u64, u64, String, u64, String);

#[derive(Debug, Default, Clone, PartialEq)]
struct Count {
    n: f64,
    errors: f64,
    sum_ns: f64,
    min_ns: u64,
    max_ns: u64,
    buckets: BTreeMap<i64, f64>,
}

impl Count {
    fn add(&mut self, duration_ns: u64, is_error: bool) {
        self.min_ns = if self.n == 0.0 { duration_ns } else { self.min_ns.min(duration_ns) };
        self.n += 1.0;
        self.errors += f64::from(u8::from(is_error));
        self.sum_ns += duration_ns as f64;
        self.max_ns = self.max_ns.max(duration_ns);
        *self.buckets.entry(bucket(duration_ns)).or_default() += 1.0;
    }
}

/// The bucket by its definition: the smallest whose upper bound is not exceeded.
fn bucket(duration_ns: u64) -> i64 {
    let seconds = duration_ns as f64 / 1e9;
    (-600..600).find(|index| seconds <= 2_f64.powf((*index + 1) as f64 / 16.0)).unwrap()
}

/// A server span of the `n`-th kind, and what it counts as.
fn made(n: u64) -> (Span, Option<(u64, String, u64, String)>) {
    let mut span = spans::span(n);
    // Spread over windows and durations; neither is a bound of a bucket.
    span.start_time_unix_nano -= n % 50 * 1_000_000_000;
    span.end_time_unix_nano = span.start_time_unix_nano + (n % 37 + 1) * 1_234_567;
    let status = [200, 204, 404, 500, 503][usize::try_from(n % 5).unwrap()];
    let route = format!("/r{}", n % 7);
    let tenant = ["", "tenant-001", "tenant-002"][usize::try_from(n % 3).unwrap()];
    span.attributes = vec![
        spans::text("http.request.method", "GET"),
        spans::text("http.route", &route),
        spans::int("http.response.status_code", status),
    ];
    if !tenant.is_empty() {
        span.attributes.push(spans::text("tenant.id", tenant));
    }
    let mut class = 1;
    let mut endpoint = format!("GET {route}");
    match n % 11 {
        // A probe counts nowhere.
        3 => {
            span.attributes[1] = spans::text("http.route", "/healthz");
            return (span, None);
        }
        // A span inside a service neither.
        5 => {
            span.kind = 1;
            span.parent_span_id = vec![9; 8];
            return (span, None);
        }
        // A dependency.
        7 => {
            span.kind = 3;
            class = 5;
            span.attributes.push(spans::text("server.address", "api.example"));
            endpoint = "GET api.example".to_owned();
        }
        9 => span.status = Some(Status { code: 2, ..Status::default() }),
        _ => {}
    }
    let status_class = u64::try_from(status).unwrap() / 100;
    (span, Some((class, endpoint, status_class, tenant.to_owned())))
}

fn is_error(span: &Span, class: u64, status_class: u64) -> bool {
    let said = span.status.as_ref().is_some_and(|status| status.code == 2);
    said || status_class == 5 || (class == 5 && status_class == 4)
}

async fn stored(org: u32) -> BTreeMap<Key, Count> {
    let sql = "SELECT w, c, e, s, t, count, bad, total, low, high, toString(m.1) AS buckets, toString(m.2) AS counts FROM \
        (SELECT toUInt64(toUnixTimestamp(ts)) AS w, toUInt64(class) AS c, toString(endpoint) AS e, \
        toUInt64(status_class) AS s, toString(tenant) AS t, sum(n) AS count, sum(errors) AS bad, sum(sum_ns) AS total, \
        min(min_ns) AS low, max(max_ns) AS high, sumMap(lat_idx, lat_n) AS m \
        FROM sightline.red_10s WHERE {scope:red_10s} GROUP BY w, c, e, s, t)";
    let rows = select(org, sql).await;
    let unsigned = |name: &str| rows.column(name).unwrap().unsigned().unwrap().to_vec();
    let floats = |name: &str| rows.column(name).unwrap().floats().unwrap().to_vec();
    let text = |name: &str, row: usize| rows.column(name).unwrap().strings().unwrap().text(row).into_owned();
    let (w, c, s, low, high) =
        (unsigned("w"), unsigned("c"), unsigned("s"), unsigned("low"), unsigned("high"));
    let (count, bad, total) = (floats("count"), floats("bad"), floats("total"));
    let mut out = BTreeMap::new();
    for row in 0..w.len() {
        let buckets: Vec<i64> = serde_json::from_str(&text("buckets", row)).unwrap();
        let counts: Vec<f64> = serde_json::from_str(&text("counts", row)).unwrap();
        let value = Count {
            n: count[row],
            errors: bad[row],
            sum_ns: total[row],
            min_ns: low[row],
            max_ns: high[row],
            buckets: buckets.into_iter().zip(counts).collect(),
        };
        out.insert((w[row], c[row], text("e", row), s[row], text("t", row)), value);
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counted_windows_equal_a_recount_of_the_spans() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    let mut expected: BTreeMap<Key, Count> = BTreeMap::new();
    for request in 0..20 {
        let all: Vec<_> = (request * 100..request * 100 + 100).map(made).collect();
        for (span, label) in &all {
            let Some((class, endpoint, status_class, tenant)) = label.clone() else { continue };
            let window = span.start_time_unix_nano / 10_000_000_000 * 10;
            let duration = span.end_time_unix_nano - span.start_time_unix_nano;
            let error = is_error(span, class, status_class);
            expected.entry((window, class, endpoint, status_class, tenant)).or_default().add(duration, error);
        }
        let body = spans::request("shop", all.into_iter().map(|(span, _)| span).collect()).encode_to_vec();
        let answer = http1::send(pipeline.http, &http1::request("POST", "/v1/traces", &headers, &body)).await;
        assert_eq!(answer.unwrap().status, 200);
    }
    pipeline.stop().await;
    let stored = stored(org).await;
    assert_eq!(stored.len(), expected.len());
    for (key, count) in &expected {
        assert_eq!(stored.get(key), Some(count), "{key:?}");
    }
}
