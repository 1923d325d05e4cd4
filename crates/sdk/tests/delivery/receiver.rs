//! A real OTLP/gRPC receiver on a port and a runtime of its own.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

#[derive(Debug, Default)]
struct Seen {
    spans: Vec<Span>,
    keys: Vec<String>,
    refuse: u32,
}

/// Collects spans until it is dropped.
pub(crate) struct Receiver {
    seen: Arc<Mutex<Seen>>,
    port: u16,
    _runtime: tokio::runtime::Runtime,
}

struct Service(Arc<Mutex<Seen>>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut seen = self.0.lock().unwrap();
        let key = request.metadata().get("x-batch-id").map(|v| v.to_str().unwrap().to_owned());
        seen.keys.extend(key);
        if seen.refuse > 0 {
            seen.refuse -= 1;
            return Err(Status::unavailable("restarting"));
        }
        let scopes = request.into_inner().resource_spans.into_iter().flat_map(|r| r.scope_spans);
        seen.spans.extend(scopes.flat_map(|s| s.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let service =
            TraceServiceServer::new(Service(Arc::clone(&seen))).accept_compressed(CompressionEncoding::Gzip);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = tonic::transport::Server::builder().add_service(service);
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

    pub(crate) fn batch_keys(&self) -> Vec<String> {
        self.seen.lock().unwrap().keys.clone()
    }
}

/// Returns an attribute as text.
pub(crate) fn attribute(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|kv| kv.key == key)?.value.as_ref()?.value.as_ref()?;
    Some(match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(n) => n.to_string(),
        other => format!("{other:?}"),
    })
}
