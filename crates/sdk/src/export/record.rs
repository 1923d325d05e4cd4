//! What waits in a queue, signal by signal, and how a batch of it becomes an OTLP request.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use serde::Serialize;

/// A piece of a signal.
pub(crate) trait Record: Send + 'static {
    /// The export request of the signal.
    type Request: Message + Serialize;
    /// The method that takes it.
    const PATH: &'static str;

    /// Spans, log records or points in it.
    fn count(&self) -> u64 {
        1
    }

    /// About how much memory it holds.
    fn bytes(&self) -> usize;

    /// Makes the request of a batch.
    fn request(batch: Vec<Self>, resource: &ResourceAttributesWithSchema) -> Self::Request
    where
        Self: Sized;
}

impl Record for SpanData {
    type Request = ExportTraceServiceRequest;
    const PATH: &'static str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    fn bytes(&self) -> usize {
        let texts = |attributes: &[opentelemetry::KeyValue]| -> usize {
            attributes.iter().map(|kv| kv.key.as_str().len() + kv.value.as_str().len() + 40).sum()
        };
        let events = self.events.iter().map(|e| e.name.len() + texts(&e.attributes)).sum::<usize>();
        size_of::<Self>() + self.name.len() + texts(&self.attributes) + events + self.links.len() * 64
    }

    fn request(batch: Vec<Self>, resource: &ResourceAttributesWithSchema) -> Self::Request {
        ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(batch, resource) }
    }
}

/// A log record and where in the program it comes from.
#[derive(Debug)]
pub(crate) struct LogItem {
    /// The `tracing` target; the scope's name.
    pub(crate) target: &'static str,
    /// The record.
    pub(crate) record: LogRecord,
}

impl Record for LogItem {
    type Request = ExportLogsServiceRequest;
    const PATH: &'static str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.record.encoded_len()
    }

    fn request(batch: Vec<Self>, resource: &ResourceAttributesWithSchema) -> Self::Request {
        let mut scopes: BTreeMap<&'static str, Vec<LogRecord>> = BTreeMap::new();
        for item in batch {
            scopes.entry(item.target).or_default().push(item.record);
        }
        let scope = |name: &str| InstrumentationScope { name: name.to_owned(), ..Default::default() };
        let scope_logs = scopes.into_iter().map(|(target, log_records)| ScopeLogs {
            scope: Some(scope(target)),
            log_records,
            ..Default::default()
        });
        let resource_logs = ResourceLogs {
            resource: Some(Resource { attributes: resource.attributes.0.clone(), ..Default::default() }),
            scope_logs: scope_logs.collect(),
            schema_url: resource.schema_url.clone().unwrap_or_default(),
        };
        ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
    }
}

/// One collection of metrics, or a part of a big one.
#[derive(Debug)]
pub(crate) struct MetricsPart {
    /// With resource and scopes already.
    pub(crate) request: ExportMetricsServiceRequest,
    /// Points in it.
    pub(crate) points: u64,
}

impl Record for MetricsPart {
    type Request = ExportMetricsServiceRequest;
    const PATH: &'static str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    fn count(&self) -> u64 {
        self.points
    }

    fn bytes(&self) -> usize {
        self.request.encoded_len()
    }

    fn request(batch: Vec<Self>, _resource: &ResourceAttributesWithSchema) -> Self::Request {
        let resource_metrics = batch.into_iter().flat_map(|part| part.request.resource_metrics).collect();
        ExportMetricsServiceRequest { resource_metrics }
    }
}
