//! One HTTP/2 connection that exports over gRPC, as cheaply as can be.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::Error;

/// Windows of the client: answers are small, so the protocol's defaults would do as well.
const WINDOW: u32 = 1 << 20;

/// What is exported, hence to which service of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Export {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Points of metrics.
    Metrics,
}

impl Export {
    /// Returns the label `signal` of the server's counters.
    pub(crate) const fn signal(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }

    const fn service(self) -> &'static str {
        match self {
            Self::Traces => "trace.v1.TraceService",
            Self::Logs => "logs.v1.LogsService",
            Self::Metrics => "metrics.v1.MetricsService",
        }
    }
}

/// A connection; clones share it, one request in flight each.
#[derive(Clone)]
pub(crate) struct Connection {
    send: SendRequest<Full<Bytes>>,
    uri: String,
}

impl Connection {
    /// Connects to where OTLP is received over gRPC.
    pub(crate) async fn open(address: SocketAddr, export: Export) -> Result<Self, Error> {
        let tcp = TcpStream::connect(address).await.map_err(Error::io(format!("`{address}`")))?;
        tcp.set_nodelay(true).map_err(Error::io("nodelay"))?;
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
        let failed = |e: hyper::Error| Error::Refused(format!("no HTTP/2 at `{address}`: {e}"));
        let (send, connection) = builder.handshake(TokioIo::new(tcp)).await.map_err(failed)?;
        // Ends with the process, or when the subject closes it; a failure shows in the requests.
        drop(tokio::task::spawn(connection));
        let service = export.service();
        Ok(Self { send, uri: format!("http://{address}/opentelemetry.proto.collector.{service}/Export") })
    }

    /// Sends a framed request; the answer said that all was taken.
    pub(crate) async fn export(&mut self, framed: Bytes) -> Result<(), Error> {
        let refused = |what: &dyn std::fmt::Display| Error::Refused(what.to_string());
        let mut request = Request::post(&self.uri).body(Full::new(framed)).map_err(|e| refused(&e))?;
        let headers = request.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(http::header::TE, HeaderValue::from_static("trailers"));
        self.send.ready().await.map_err(|e| refused(&e))?;
        let answer = self.send.send_request(request).await.map_err(|e| refused(&e))?;
        let early = answer.headers().get("grpc-status").cloned();
        let answer = answer.into_body().collect().await.map_err(|e| refused(&e))?;
        let late = answer.trailers().and_then(|trailers| trailers.get("grpc-status")).cloned();
        let status = early.or(late);
        if status.as_ref().is_none_or(|status| status != "0") {
            let message = answer.trailers().and_then(|t| t.get("grpc-message")).cloned();
            return Err(refused(&format!("grpc-status {status:?} {message:?}")));
        }
        took_all(&answer.to_bytes()).map_err(|text| refused(&text))
    }
}

/// An answer without `partial_success` (or with an empty one) took everything.
fn took_all(answer: &[u8]) -> Result<(), String> {
    match answer {
        [_, 0, 0, 0, 0] | [_, 0, 0, 0, 2, 0x0a, 0] => Ok(()),
        other => Err(format!("the answer says more than `taken`: {other:?}")),
    }
}
