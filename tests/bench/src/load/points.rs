//! Samples of 20,000 series: 250 instances of ten services, each with 64 counters (16 routes, 4 status codes) and 16
//! gauges. Every step has one sample of each.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::attributes::text;
use super::spans::{SERVICES, resource};

/// Name of the counters, as OpenTelemetry has it.
pub(crate) const COUNTER: &str = "http.server.requests";
/// Name of the gauges.
pub(crate) const GAUGE: &str = "process.pool.usage";
/// Series of all instances.
pub(crate) const SERIES: usize = SERVICES.len() * INSTANCES * (ROUTES * STATUS.len() + POOLS);
/// Samples of one request: those of one service.
pub(crate) const PER_REQUEST: usize = SERIES / SERVICES.len();
/// Status codes; one of them chooses a fifth of all series.
pub(crate) const STATUS: [&str; 4] = ["200", "404", "422", "500"];

const INSTANCES: usize = 25;
const ROUTES: usize = 16;
const POOLS: usize = 16;

/// One sample, with what names its series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Index into the services.
    pub(crate) service: usize,
    pub(crate) instance: usize,
    /// Route and status of a counter; pool of a gauge.
    pub(crate) kind: Kind,
    pub(crate) value: u32,
}

/// Which series of an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Counter { route: usize, status: usize },
    Gauge { pool: usize },
}

/// The values of all series, step by step.
pub(crate) struct Points {
    rng: StdRng,
    values: Vec<u32>,
    /// The start of all counters, Unix nanoseconds.
    start: u64,
    next_service: usize,
}

impl Points {
    pub(crate) fn new(seed: u64, start: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed ^ 0x3a3), values: vec![0; SERIES], start, next_service: 0 }
    }

    /// Advances the series of the next service and returns their samples; after ten calls every series had one.
    pub(crate) fn next(&mut self) -> Vec<Sample> {
        let service = self.next_service;
        self.next_service = (service + 1) % SERVICES.len();
        let mut samples = Vec::with_capacity(PER_REQUEST);
        for at in 0..PER_REQUEST {
            let (instance, series) =
                (at / (ROUTES * STATUS.len() + POOLS), at % (ROUTES * STATUS.len() + POOLS));
            let value = &mut self.values[service * PER_REQUEST + at];
            let kind = if series < ROUTES * STATUS.len() {
                let status = series % STATUS.len();
                // What succeeds is frequent, what fails is rare.
                *value += if status == 0 {
                    self.rng.random_range(0..60)
                } else {
                    u32::from(self.rng.random_range(0..20) == 0)
                };
                Kind::Counter { route: series / STATUS.len(), status }
            } else {
                *value = (*value + self.rng.random_range(0..5)).saturating_sub(2).min(64);
                Kind::Gauge { pool: series - ROUTES * STATUS.len() }
            };
            samples.push(Sample { service, instance, kind, value: *value });
        }
        samples
    }

    /// Makes the next request of OTLP, all of its points at one time (Unix nanoseconds).
    pub(crate) fn request(&mut self, time: u64) -> ExportMetricsServiceRequest {
        let samples = self.next();
        let instances = samples.chunk_by(|a, b| a.instance == b.instance);
        let resource_metrics = instances.map(|of_one| {
            let (counters, gauges): (Vec<_>, Vec<_>) =
                of_one.iter().partition(|s| matches!(s.kind, Kind::Counter { .. }));
            let points = |samples: Vec<&Sample>| samples.into_iter().map(|s| self.point(s, time)).collect();
            let sum = Sum { data_points: points(counters), aggregation_temporality: 2, is_monotonic: true };
            let metrics = vec![
                metric(COUNTER, "{request}", Data::Sum(sum)),
                metric(GAUGE, "{connection}", Data::Gauge(Gauge { data_points: points(gauges) })),
            ];
            let scope = InstrumentationScope { name: "bench".to_owned(), ..Default::default() };
            let (service, instance) =
                (SERVICES[of_one[0].service], u32::try_from(of_one[0].instance).unwrap_or(0));
            ResourceMetrics {
                resource: Some(resource(service, instance)),
                scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }],
                schema_url: String::new(),
            }
        });
        ExportMetricsServiceRequest { resource_metrics: resource_metrics.collect() }
    }

    fn point(&self, sample: &Sample, time: u64) -> NumberDataPoint {
        let attributes = labels(sample).into_iter().map(|(key, value)| text(key, value)).collect();
        NumberDataPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: time,
            value: Some(Value::AsInt(i64::from(sample.value))),
            ..NumberDataPoint::default()
        }
    }
}

/// Returns the attributes of a point.
pub(crate) fn labels(sample: &Sample) -> Vec<(&'static str, String)> {
    match sample.kind {
        Kind::Counter { route, status } => vec![
            ("http.route", format!("/api/v1/resource-{route:02}/{{id}}")),
            ("http.response.status_code", STATUS[status].to_owned()),
        ],
        Kind::Gauge { pool } => vec![("db.client.connection.pool.name", format!("pool-{pool:02}"))],
    }
}

fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ten_requests_have_a_sample_of_each_series_and_counters_never_fall() {
        let mut points = Points::new(7, 1);
        let mut before = Vec::new();
        for step in 0..3 {
            let samples: Vec<Sample> = (0..SERVICES.len()).flat_map(|_| points.next()).collect();
            let names: BTreeSet<_> = samples.iter().map(|s| (s.service, s.instance, labels(s))).collect();
            assert_eq!((samples.len(), names.len()), (SERIES, SERIES), "step {step}");
            for (old, new) in before.iter().zip(&samples) {
                let (old, new): (&Sample, &Sample) = (old, new);
                assert!(matches!(new.kind, Kind::Gauge { .. }) || new.value >= old.value);
            }
            before = samples;
        }
        assert_eq!(SERIES, 20_000);
    }
}
