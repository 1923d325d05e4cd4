//! From a collection of metrics to the queue: exemplars are added, and a big collection is split.
//!
//! The stock periodic reader collects; handing over never waits for the network.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

use super::{MetricsPart, Queue};
use crate::metrics::exemplar;

/// Points in one request, about: a metric is not split.
const POINTS_PER_REQUEST: u64 = 4_096;

/// Puts collections into the queue.
#[derive(Debug)]
pub(crate) struct MetricsExporter {
    queue: Arc<Queue<MetricsPart>>,
}

impl MetricsExporter {
    pub(crate) fn new(queue: Arc<Queue<MetricsPart>>) -> Self {
        Self { queue }
    }
}

impl PushMetricExporter for MetricsExporter {
    async fn export(&self, metrics: &opentelemetry_sdk::metrics::data::ResourceMetrics) -> OTelSdkResult {
        let mut request = ExportMetricsServiceRequest::from(metrics);
        let scopes = request.resource_metrics.iter_mut().flat_map(|r| &mut r.scope_metrics);
        exemplar::attach(scopes.flat_map(|scope| &mut scope.metrics));
        for part in split(request, POINTS_PER_REQUEST) {
            self.queue.push(part);
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    /// A lost request of cumulative points loses resolution, not counts.
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn points(metric: &Metric) -> u64 {
    let n = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    };
    n as u64
}

/// Splits between metrics; every part has the resource and the scopes of its metrics.
fn split(request: ExportMetricsServiceRequest, points_max: u64) -> Vec<MetricsPart> {
    let mut parts: Vec<MetricsPart> = Vec::new();
    for resource in request.resource_metrics {
        let frame = ResourceMetrics { scope_metrics: Vec::new(), ..resource.clone() };
        for scope in resource.scope_metrics {
            let empty = ScopeMetrics { metrics: Vec::new(), ..scope.clone() };
            let mut open: Option<(ScopeMetrics, u64)> = None;
            for metric in scope.metrics {
                let count = points(&metric);
                if let Some(full) = open.take_if(|(_, points)| *points > 0 && *points + count > points_max) {
                    parts.push(part(&frame, full));
                }
                let (current, points) = open.get_or_insert_with(|| (empty.clone(), 0));
                current.metrics.push(metric);
                *points += count;
            }
            parts.extend(open.map(|last| part(&frame, last)));
        }
    }
    parts.retain(|part| part.points > 0);
    parts
}

fn part(frame: &ResourceMetrics, (scope, points): (ScopeMetrics, u64)) -> MetricsPart {
    let resource = ResourceMetrics { scope_metrics: vec![scope], ..frame.clone() };
    MetricsPart { request: ExportMetricsServiceRequest { resource_metrics: vec![resource] }, points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, NumberDataPoint};

    fn gauge(name: &str, points: usize) -> Metric {
        let data = Data::Gauge(Gauge { data_points: vec![NumberDataPoint::default(); points] });
        Metric { name: name.to_owned(), data: Some(data), ..Default::default() }
    }

    #[test]
    fn a_big_collection_is_split_between_metrics_and_nothing_is_lost() {
        let check = |sizes: &[usize], want: &[u64]| {
            let metrics = sizes.iter().map(|n| gauge(&format!("m{n}"), *n)).collect();
            let scope = ScopeMetrics { metrics, ..Default::default() };
            let resource = ResourceMetrics { scope_metrics: vec![scope], ..Default::default() };
            let parts = split(ExportMetricsServiceRequest { resource_metrics: vec![resource] }, 10);
            let points: Vec<u64> = parts.iter().map(|part| part.points).collect();
            assert_eq!(points, want, "{sizes:?}");
        };
        check(&[3, 4, 5], &[7, 5]);
        check(&[30, 1], &[30, 1]);
        check(&[10], &[10]);
        check(&[0], &[]);
        check(&[], &[]);
    }
}
