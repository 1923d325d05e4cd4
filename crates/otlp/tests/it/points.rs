//! Metric points in a few words.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use sightline_model::TenantBinding;
use sightline_otlp::{
    Accepted, AppendContext, Appended, Limits, MetricBatch, PointSlice, Tenancy, accept_metrics,
};

use crate::build::{NOW, ORG, SECOND, attributes, door};

/// The time of every point that does not say otherwise: a second ago.
pub(crate) fn time() -> u64 {
    nanos(NOW - SECOND)
}

pub(crate) fn nanos(time: i64) -> u64 {
    u64::try_from(time).unwrap()
}

pub(crate) fn number(list: &str, value: f64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(list),
        time_unix_nano: time(),
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// A histogram with bounds 1, 2, 3 and these buckets.
pub(crate) fn histogram(counts: &[u64]) -> HistogramDataPoint {
    HistogramDataPoint {
        time_unix_nano: time(),
        count: counts.iter().sum(),
        sum: Some(10.0),
        bucket_counts: counts.to_vec(),
        explicit_bounds: [1.0, 2.0, 3.0][..counts.len().saturating_sub(1)].to_vec(),
        ..HistogramDataPoint::default()
    }
}

/// An exponential histogram with two zeros, buckets from 3 on, and one negative value.
pub(crate) fn exp_histogram(counts: &[u64]) -> ExponentialHistogramDataPoint {
    ExponentialHistogramDataPoint {
        time_unix_nano: time(),
        count: counts.iter().sum::<u64>() + 3,
        sum: Some(-1.5),
        scale: 4,
        zero_count: 2,
        zero_threshold: 0.001,
        positive: Some(Buckets { offset: 3, bucket_counts: counts.to_vec() }),
        negative: Some(Buckets { offset: -7, bucket_counts: vec![1] }),
        ..ExponentialHistogramDataPoint::default()
    }
}

pub(crate) fn summary(quantiles: &[(f64, f64)]) -> SummaryDataPoint {
    let quantile = |(quantile, value): &(f64, f64)| ValueAtQuantile { quantile: *quantile, value: *value };
    SummaryDataPoint {
        time_unix_nano: time(),
        count: 5,
        sum: 2.5,
        quantile_values: quantiles.iter().map(quantile).collect(),
        ..SummaryDataPoint::default()
    }
}

pub(crate) fn exemplar(time: u64, value: f64) -> Exemplar {
    Exemplar {
        time_unix_nano: time,
        value: Some(exemplar::Value::AsDouble(value)),
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        ..Exemplar::default()
    }
}

pub(crate) fn gauge(data_points: Vec<NumberDataPoint>) -> metric::Data {
    metric::Data::Gauge(Gauge { data_points })
}

/// A sum; 1 is delta, 2 cumulative.
pub(crate) fn sum(data_points: Vec<NumberDataPoint>, temporality: i32, is_monotonic: bool) -> metric::Data {
    metric::Data::Sum(Sum { data_points, aggregation_temporality: temporality, is_monotonic })
}

pub(crate) fn histograms(data_points: Vec<HistogramDataPoint>) -> metric::Data {
    metric::Data::Histogram(Histogram { data_points, aggregation_temporality: 2 })
}

pub(crate) fn exp_histograms(data_points: Vec<ExponentialHistogramDataPoint>) -> metric::Data {
    metric::Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality: 1 })
}

pub(crate) fn summaries(data_points: Vec<SummaryDataPoint>) -> metric::Data {
    metric::Data::Summary(Summary { data_points })
}

pub(crate) fn metric(name: &str, data: metric::Data) -> Metric {
    Metric {
        name: name.to_owned(),
        description: "what it counts".to_owned(),
        unit: "1".to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

pub(crate) fn resource(list: &str, metrics: Vec<Metric>) -> ResourceMetrics {
    ResourceMetrics {
        resource: Some(Resource { attributes: attributes(list), ..Resource::default() }),
        scope_metrics: vec![ScopeMetrics {
            scope: Some(InstrumentationScope {
                name: "meter".to_owned(),
                version: "1.0".to_owned(),
                ..InstrumentationScope::default()
            }),
            metrics,
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    }
}

/// A request of service `svc`.
pub(crate) fn request(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest { resource_metrics: vec![resource("service.name=svc", metrics)] }
}

pub(crate) fn accept(request: &ExportMetricsServiceRequest, limits: &Limits) -> Accepted<PointSlice> {
    accept_metrics(Bytes::from(request.encode_to_vec()), &door(limits)).unwrap()
}

pub(crate) fn append_to(
    batch: &mut MetricBatch,
    request: &ExportMetricsServiceRequest,
    binding: &TenantBinding,
    limits: &Limits,
) -> Appended {
    let cx = AppendContext { org: ORG, binding, tenancy: &Tenancy::default(), limits, received_at: NOW };
    let appended = batch.append(&request.encode_to_vec(), &cx).unwrap();
    assert!(batch.is_even());
    appended
}

pub(crate) fn append(
    request: &ExportMetricsServiceRequest,
    binding: &TenantBinding,
    limits: &Limits,
) -> (MetricBatch, Appended) {
    let mut batch = MetricBatch::new();
    let appended = append_to(&mut batch, request, binding, limits);
    let rows = appended.records + appended.starts_added - appended.points_without_value;
    assert_eq!(batch.len(), rows as usize, "every point has a row, but those that the counters name");
    (batch, appended)
}

/// The rows of a request that the door takes whole.
pub(crate) fn rows(request: &ExportMetricsServiceRequest) -> (MetricBatch, Appended) {
    let accepted = accept(request, &Limits::default());
    assert_eq!((accepted.rejected, accepted.attributes_cut), (vec![], 0));
    append(request, &TenantBinding::Trusted, &Limits::default())
}
