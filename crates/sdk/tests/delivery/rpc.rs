//! gRPC with tonic: the client's layer and the server's.

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sightline_sdk::{grpc, server, tenant};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::read::{attribute, histogram};
use crate::receiver::Receiver;
use crate::{start, workers};

/// Any service will do; this one refuses whoever has no tenant.
struct Service;

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        _request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        match tenant::current() {
            Some(_) => Ok(Response::new(ExportTraceServiceResponse::default())),
            None => Err(Status::permission_denied("no tenant")),
        }
    }
}

async fn call_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = tonic::transport::Server::builder()
        .layer(server::layer())
        .add_service(TraceServiceServer::new(Service))
        .serve_with_incoming(TcpListenerStream::new(listener));
    #[expect(clippy::disallowed_methods, reason = "the host is not ours: it spawns as it likes")]
    tokio::spawn(serve);
    let channel = tonic::transport::Channel::from_shared(url).unwrap().connect_lazy();
    let channel = tower::ServiceBuilder::new().layer(grpc::layer("127.0.0.1")).service(channel);
    let mut client = TraceServiceClient::new(channel);
    let mut call = async || client.export(ExportTraceServiceRequest::default()).await;
    assert!(tenant::scope("tenant-001", call()).await.is_ok());
    assert!(call().await.is_err());
}

pub(crate) fn a_grpc_call_is_one_trace_on_both_ends() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    workers(2, call_twice());
    guard.shutdown();
    assert_eq!(receiver.parents(), Vec::<String>::new(), "the exporter's own calls are no spans");
    let method = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let spans = receiver.spans();
    let of_kind = |kind: SpanKind| spans.iter().filter(move |span| span.kind == kind as i32);
    assert_eq!(spans.len(), 4, "{spans:?}");
    for client in of_kind(SpanKind::Client) {
        let server =
            of_kind(SpanKind::Server).find(|server| server.parent_span_id == client.span_id).unwrap();
        assert_eq!((client.name.as_str(), server.name.as_str()), (method, method));
        let code = attribute(client, "rpc.response.status_code").unwrap();
        assert_eq!(attribute(server, "rpc.response.status_code").as_ref(), Some(&code));
        // The code is an error of the caller, not of the service.
        let status = |span: &opentelemetry_proto::tonic::trace::v1::Span| span.status.clone().map(|s| s.code);
        assert_eq!(status(client) == Some(2), code == "PERMISSION_DENIED");
        assert_ne!(status(server), Some(2));
    }
    for metric in ["rpc.client.call.duration", "rpc.server.call.duration"] {
        let exported = receiver.metric(metric).unwrap();
        for (code, tenant) in [("OK", Some(("tenant.id", "tenant-001"))), ("PERMISSION_DENIED", None)] {
            let mut with = vec![("rpc.method", method), ("rpc.response.status_code", code)];
            with.extend(tenant);
            assert_eq!(histogram(&exported, &with).map(|p| p.count), Some(1), "{metric} {code}");
        }
    }
}
