//! A real OTLP/gRPC receiver on a port and a runtime of its own.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

#[derive(Debug, Default)]
struct Seen {
    spans: Vec<Span>,
    logs: Vec<ScopeLogs>,
    metrics: Vec<Metric>,
    resources: Vec<Resource>,
    keys: Vec<String>,
    parents: Vec<String>,
    refuse: u32,
}

impl Seen {
    /// Notes an attempt, and refuses it when it is to be refused.
    fn admit<T>(&mut self, request: &Request<T>) -> Result<(), Status> {
        let text = |key: &str| request.metadata().get(key).map(|v| v.to_str().unwrap().to_owned());
        self.keys.extend(text("x-batch-id"));
        self.parents.extend(text("traceparent"));
        if self.refuse > 0 {
            self.refuse -= 1;
            return Err(Status::unavailable("restarting"));
        }
        Ok(())
    }
}

/// Collects what arrives until it is dropped.
pub(crate) struct Receiver {
    seen: Arc<Mutex<Seen>>,
    port: u16,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Clone)]
struct Service(Arc<Mutex<Seen>>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap();
        seen.admit(&request)?;
        for resource in request.into_inner().resource_spans {
            seen.resources.extend(resource.resource);
            seen.spans.extend(resource.scope_spans.into_iter().flat_map(|s| s.spans));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap();
        seen.admit(&request)?;
        for resource in request.into_inner().resource_logs {
            seen.resources.extend(resource.resource);
            seen.logs.extend(resource.scope_logs);
        }
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Service {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap();
        seen.admit(&request)?;
        for resource in request.into_inner().resource_metrics {
            seen.resources.extend(resource.resource);
            seen.metrics.extend(resource.scope_metrics.into_iter().flat_map(|s| s.metrics));
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let service = Service(Arc::clone(&seen));
        let gzip = CompressionEncoding::Gzip;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(service.clone()).accept_compressed(gzip))
            .add_service(LogsServiceServer::new(service.clone()).accept_compressed(gzip))
            .add_service(MetricsServiceServer::new(service).accept_compressed(gzip));
        runtime.spawn(serve.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { seen, port, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn refuse_next(&self, n: u32) {
        self.seen.lock().unwrap().refuse = n;
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        self.seen.lock().unwrap().spans.clone()
    }

    /// All log records with the names of their scopes.
    pub(crate) fn logs(&self) -> Vec<(String, LogRecord)> {
        let seen = self.seen.lock().unwrap();
        let named = |scope: &ScopeLogs| {
            let name = scope.scope.clone().unwrap_or_default().name;
            scope.log_records.iter().map(|record| (name.clone(), record.clone())).collect::<Vec<_>>()
        };
        seen.logs.iter().flat_map(named).collect()
    }

    /// The latest export of a metric.
    pub(crate) fn metric(&self, name: &str) -> Option<Metric> {
        self.seen.lock().unwrap().metrics.iter().rev().find(|metric| metric.name == name).cloned()
    }

    pub(crate) fn metric_names(&self) -> std::collections::BTreeSet<String> {
        self.seen.lock().unwrap().metrics.iter().map(|metric| metric.name.clone()).collect()
    }

    pub(crate) fn resources(&self) -> Vec<Resource> {
        self.seen.lock().unwrap().resources.clone()
    }

    /// The `traceparent` of calls that had one.
    pub(crate) fn parents(&self) -> Vec<String> {
        self.seen.lock().unwrap().parents.clone()
    }

    /// The keys of all attempts, refused ones too.
    pub(crate) fn batch_keys(&self) -> Vec<String> {
        self.seen.lock().unwrap().keys.clone()
    }
}
