//! Seeded requests of metric points: histograms of requests with four attributes, or counters with three.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric,
    number_data_point,
};

use crate::seeded::{NOW, RECORDS, Random, int, resource, text};

/// Points of one metric.
const POINTS: usize = 50;

/// The bounds that the conventions advise for durations in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// A request of counters.
pub(crate) fn sums(random: &mut Random) -> ExportMetricsServiceRequest {
    of(random, |random| {
        let data_points = (0..POINTS).map(|at| counter(random, at)).collect();
        metric::Data::Sum(Sum { data_points, aggregation_temporality: 2, is_monotonic: true })
    })
}

/// A request of histograms.
pub(crate) fn histograms(random: &mut Random) -> ExportMetricsServiceRequest {
    of(random, |random| {
        let data_points = (0..POINTS).map(|at| histogram(random, at)).collect();
        metric::Data::Histogram(Histogram { data_points, aggregation_temporality: 2 })
    })
}

fn of(random: &mut Random, data: fn(&mut Random) -> metric::Data) -> ExportMetricsServiceRequest {
    let metric = |random: &mut Random, at: usize| Metric {
        name: format!("shop.operation.{at}"),
        description: "How often the operation was asked for.".to_owned(),
        unit: "{operation}".to_owned(),
        data: Some(data(random)),
        ..Metric::default()
    };
    let metrics = (0..RECORDS / POINTS).map(|at| metric(random, at)).collect();
    let scope = InstrumentationScope { name: "shop".to_owned(), ..InstrumentationScope::default() };
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }];
    let resource = Some(resource(random));
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { resource, scope_metrics, schema_url: String::new() }],
    }
}

fn attributes(at: usize) -> Vec<KeyValue> {
    vec![
        text("http.request.method", ["GET", "POST"][at % 2]),
        text("http.route", format!("/api/v1/resource{}/{{id}}", at / 2)),
        int("http.response.status_code", 200),
    ]
}

fn counter(random: &mut Random, at: usize) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(at),
        start_time_unix_nano: NOW - 3_600_000_000_000,
        time_unix_nano: NOW,
        value: Some(number_data_point::Value::AsInt(random.below(1 << 40).cast_signed())),
        ..NumberDataPoint::default()
    }
}

fn histogram(random: &mut Random, at: usize) -> HistogramDataPoint {
    let bucket_counts: Vec<u64> = (0..=BOUNDS.len()).map(|_| random.below(1000)).collect();
    let mut attributes = attributes(at);
    attributes.push(text("url.scheme", "https"));
    HistogramDataPoint {
        attributes,
        start_time_unix_nano: NOW - 3_600_000_000_000,
        time_unix_nano: NOW,
        count: bucket_counts.iter().sum(),
        sum: Some(random.below(1 << 30) as f64 / 1000.0),
        bucket_counts,
        explicit_bounds: BOUNDS.to_vec(),
        min: Some(0.001),
        max: Some(9.5),
        ..HistogramDataPoint::default()
    }
}
