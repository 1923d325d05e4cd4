//! Requests of metric points, made with the structs of `opentelemetry-proto`.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::spans;

/// A minute ago.
fn time() -> u64 {
    spans::now() - 60_000_000_000
}

/// A value of a gauge; the number is its label and its value.
pub(crate) fn gauge(number: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: vec![spans::text("queue", &format!("q-{number}"))],
        time_unix_nano: time(),
        value: Some(number_data_point::Value::AsInt(i64::try_from(number).unwrap())),
        ..NumberDataPoint::default()
    }
}

/// A count that began ten minutes ago, so that no zero is added.
pub(crate) fn total(number: u64) -> NumberDataPoint {
    NumberDataPoint { start_time_unix_nano: time() - 600_000_000_000, ..gauge(number) }
}

/// A histogram of three values with an exemplar.
pub(crate) fn histogram(number: u64) -> HistogramDataPoint {
    HistogramDataPoint {
        attributes: vec![spans::text("queue", &format!("q-{number}"))],
        start_time_unix_nano: time() - 600_000_000_000,
        time_unix_nano: time(),
        count: 3,
        sum: Some(6.5),
        min: Some(0.5),
        bucket_counts: vec![1, 0, 2],
        explicit_bounds: vec![1.0, 2.5],
        exemplars: vec![Exemplar {
            time_unix_nano: time(),
            trace_id: vec![0x5A; 16],
            span_id: (number + 1).to_be_bytes().to_vec(),
            value: Some(exemplar::Value::AsDouble(3.0)),
            ..Exemplar::default()
        }],
        ..HistogramDataPoint::default()
    }
}

fn exp_histogram(number: u64) -> ExponentialHistogramDataPoint {
    ExponentialHistogramDataPoint {
        attributes: vec![spans::text("queue", &format!("q-{number}"))],
        time_unix_nano: time(),
        count: 6,
        sum: Some(9.0),
        scale: 3,
        zero_count: 1,
        positive: Some(Buckets { offset: -2, bucket_counts: vec![2, 3] }),
        ..ExponentialHistogramDataPoint::default()
    }
}

pub(crate) fn summary(number: u64) -> SummaryDataPoint {
    SummaryDataPoint {
        attributes: vec![spans::text("queue", &format!("q-{number}"))],
        time_unix_nano: time(),
        count: 4,
        sum: 8.0,
        quantile_values: vec![ValueAtQuantile { quantile: 0.5, value: 2.0 }],
        ..SummaryDataPoint::default()
    }
}

/// A metric of some kind.
pub(crate) fn metric(name: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), unit: "1".to_owned(), data: Some(data), ..Metric::default() }
}

pub(crate) fn gauges(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, Data::Gauge(Gauge { data_points }))
}

pub(crate) fn totals(name: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, Data::Sum(Sum { data_points, aggregation_temporality: 2, is_monotonic: true }))
}

pub(crate) fn histograms(name: &str, data_points: Vec<HistogramDataPoint>) -> Metric {
    metric(name, Data::Histogram(Histogram { data_points, aggregation_temporality: 2 }))
}

pub(crate) fn summaries(name: &str, data_points: Vec<SummaryDataPoint>) -> Metric {
    metric(name, Data::Summary(Summary { data_points }))
}

/// A request of one service.
pub(crate) fn request(service: &str, metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let resource = Resource {
        attributes: vec![
            spans::text("service.name", service),
            spans::text("deployment.environment.name", "test"),
        ],
        ..Resource::default()
    };
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics =
        vec![ResourceMetrics { resource: Some(resource), scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}

/// `count` points of each of the five kinds; the numbers from `first` on make their series.
pub(crate) fn of_every_kind(service: &str, first: u64, count: u64) -> ExportMetricsServiceRequest {
    let numbers = first..first + count;
    let exp = numbers.clone().map(exp_histogram).collect();
    let exp = ExponentialHistogram { data_points: exp, aggregation_temporality: 2 };
    request(
        service,
        vec![
            gauges("queue.depth", numbers.clone().map(gauge).collect()),
            totals("jobs.done", numbers.clone().map(total).collect()),
            histograms("job.duration", numbers.clone().map(histogram).collect()),
            metric("job.size", Data::ExponentialHistogram(exp)),
            summaries("job.wait", numbers.map(summary).collect()),
        ],
    )
}

/// The same, encoded.
pub(crate) fn bytes(service: &str, first: u64, count: u64) -> Vec<u8> {
    of_every_kind(service, first, count).encode_to_vec()
}
