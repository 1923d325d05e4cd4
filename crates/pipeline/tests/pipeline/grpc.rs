//! A client of gRPC that sends whatever message it is told to.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// The same for log records.
pub(crate) const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// The same for metric points.
pub(crate) const EXPORT_METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http: u16,
    /// `grpc-status`, from the headers or the trailers.
    pub(crate) code: Option<i32>,
    pub(crate) details: Option<Vec<u8>>,
    pub(crate) message: Vec<u8>,
}

/// Puts a message into a frame.
pub(crate) fn frame(message: &[u8], is_compressed: bool) -> Vec<u8> {
    let mut out = vec![u8::from(is_compressed)];
    out.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    out.extend_from_slice(message);
    out
}

/// Calls a method on a connection of its own.
pub(crate) async fn call(
    to: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer, hyper::Error> {
    let stream = TcpStream::connect(to).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http2::Builder::new(TokioExecutor::new()).handshake(io).await?;
    let mut request = http::Request::post(format!("http://{to}{path}"));
    if headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let answering = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let collected = body.collect().await?;
        let trailers = collected.trailers().cloned().unwrap_or_default();
        let field = |name: &str| head.headers.get(name).or_else(|| trailers.get(name)).cloned();
        let code = field("grpc-status").and_then(|value| value.to_str().ok()?.parse().ok());
        let details = field("grpc-status-details-bin").map(|value| decode_base64(value.as_bytes()));
        let message = collected.to_bytes();
        let message = message.get(5..).unwrap_or_default().to_vec();
        Ok(Answer { http: head.status.as_u16(), code, details, message })
    };
    tokio::select! {
        answer = answering => answer,
        ended = connection => Err(ended.expect_err("the connection ended before the answer")),
    }
}

fn decode_base64(text: &[u8]) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(text).unwrap()
}
