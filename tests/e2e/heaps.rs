//! Requests of logs and metrics that are too much, as attackers send them (faults 51, 53 and 56 of promise.md).

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    number_data_point,
};
use prost::Message;
use test_kit::driver::unix_nanos;

use crate::spans::attribute;

/// Bytes of a long line.
const LINE: usize = 10 << 20;

fn logs(log_records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

fn metrics(name: &str, data: Data) -> Vec<u8> {
    let metrics = vec![Metric { name: name.to_owned(), data: Some(data), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

/// A record with a text as its body.
fn line(body: String) -> LogRecord {
    let body = Some(AnyValue { value: Some(Value::StringValue(body)) });
    LogRecord { time_unix_nano: unix_nanos(), body, ..LogRecord::default() }
}

/// Letters that shrink by about four times.
fn letters(mut state: u64) -> String {
    let letter = |_| {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ['a', 'b', 'c', 'd'][usize::from(state.to_le_bytes()[0] & 3)]
    };
    (0..LINE).map(letter).collect()
}

/// Requests of a line of 10 MiB: as text, and as a line of JSON.
pub(crate) fn long_lines() -> Vec<Vec<u8>> {
    let json = format!(r#"{{"message":"{}","level":"INFO"}}"#, letters(2));
    vec![logs(vec![line(letters(1))]), logs(vec![line(json)])]
}

/// A record that is too much in every way: attributes, texts, members of its line, brackets.
pub(crate) fn record(at: u64) -> Vec<u8> {
    let members: String = (0..10_000).map(|n| format!(r#""k{at}.{n}":{n},"#)).collect();
    let mut record = line(format!(r#"{{"message":"m","level":"INFO",{members}"a":{}"#, "[".repeat(100_000)));
    record.attributes.extend((0..10_000).map(|n| attribute(&format!("heap.{at}.{n}"), "x")));
    record.attributes.push(attribute("heap.long", &"x".repeat(1 << 20)));
    record.event_name = "e".repeat(1 << 20);
    record.severity_text = "s".repeat(1 << 20);
    let closed = line(format!(r#"{{"message":"m","level":"INFO",{members}"z":1}}"#));
    logs(vec![record, closed])
}

/// So many values of one label; the first is `from`.
pub(crate) fn series(from: u64, count: u64) -> Vec<u8> {
    let time_unix_nano = unix_nanos();
    let point = |n: u64| NumberDataPoint {
        attributes: vec![attribute("id", &n.to_string())],
        time_unix_nano,
        value: Some(number_data_point::Value::AsDouble(1.0)),
        ..NumberDataPoint::default()
    };
    metrics("heap.values", Data::Gauge(Gauge { data_points: (from..from + count).map(point).collect() }))
}

/// Twenty histograms of 10,000 buckets, one of which has a bucket too few.
pub(crate) fn buckets(at: u64) -> Vec<u8> {
    let time_unix_nano = unix_nanos();
    let point = |n: u64| HistogramDataPoint {
        attributes: vec![attribute("id", &format!("{at}.{n}"))],
        time_unix_nano,
        count: 10_000,
        bucket_counts: vec![1; 10_000],
        explicit_bounds: (1..10_000 - u32::from(n == 0)).map(f64::from).collect(),
        ..HistogramDataPoint::default()
    };
    let histogram = Histogram { data_points: (0..20).map(point).collect(), aggregation_temporality: 2 };
    metrics("heap.buckets", Data::Histogram(histogram))
}
