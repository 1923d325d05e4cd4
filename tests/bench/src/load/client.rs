//! Sends requests over gRPC: two connections with three requests in flight on each, as cheaply as can be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use indicatif::ProgressBar;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Body;
use crate::Error;

/// Connections of the load.
const CONNECTIONS: usize = 2;
/// Requests in flight on one connection.
const IN_FLIGHT: usize = 3;
/// Windows of the client: answers are small, so the protocol's defaults would do as well.
const WINDOW: u32 = 1 << 20;

/// Whether requests are repeated byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// The same bytes again and again; what deduplicates drops them after it has read them.
    Repeated,
    /// Every request has ids of its own.
    Fresh,
}

/// Sends a load to one address.
pub(crate) struct Sender {
    connections: Vec<SendRequest<Full<Bytes>>>,
    /// Host and port for the URI.
    address: SocketAddr,
    bodies: Arc<Vec<Body>>,
    freshness: Freshness,
    /// Grows over all runs, so that fresh requests stay fresh.
    nonce: Arc<AtomicU64>,
}

impl Sender {
    /// Connects.
    pub(crate) async fn connect(
        address: SocketAddr,
        bodies: Arc<Vec<Body>>,
        freshness: Freshness,
    ) -> Result<Self, Error> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let tcp = TcpStream::connect(address).await.map_err(Error::io(format!("`{address}`")))?;
            tcp.set_nodelay(true).map_err(Error::io("nodelay"))?;
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.initial_stream_window_size(WINDOW).initial_connection_window_size(WINDOW);
            let failed = |e: hyper::Error| Error::Refused(format!("no HTTP/2 at `{address}`: {e}"));
            let (send, connection) = builder.handshake(TokioIo::new(tcp)).await.map_err(failed)?;
            // Ends with the process, or when the subject closes it; a failure shows in the requests.
            drop(tokio::task::spawn(connection));
            connections.push(send);
        }
        Ok(Self { connections, address, bodies, freshness, nonce: Arc::default() })
    }

    /// Sends at least so many spans and returns how many; every answer said that all were taken.
    pub(crate) async fn send(&self, spans: u64, progress: &ProgressBar) -> Result<u64, Error> {
        let per_request = self.bodies.first().map_or(1, |body| body.spans);
        let requests = usize::try_from(spans.div_ceil(per_request)).unwrap_or(usize::MAX);
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for connection in &self.connections {
            for _ in 0..IN_FLIGHT {
                let worker = Worker {
                    connection: connection.clone(),
                    uri: uri(self.address),
                    bodies: Arc::clone(&self.bodies),
                    freshness: self.freshness,
                    nonce: Arc::clone(&self.nonce),
                    next: Arc::clone(&next),
                    progress: progress.clone(),
                };
                tasks.spawn(worker.run(requests));
            }
        }
        let mut sent = 0;
        while let Some(ended) = tasks.join_next().await {
            sent += ended.map_err(|e| Error::Refused(format!("the client broke: {e}")))??;
        }
        Ok(sent)
    }
}

fn uri(address: SocketAddr) -> String {
    format!("http://{address}/opentelemetry.proto.collector.trace.v1.TraceService/Export")
}

/// Keeps one request in flight.
struct Worker {
    connection: SendRequest<Full<Bytes>>,
    uri: String,
    bodies: Arc<Vec<Body>>,
    freshness: Freshness,
    nonce: Arc<AtomicU64>,
    next: Arc<AtomicUsize>,
    progress: ProgressBar,
}

impl Worker {
    async fn run(mut self, requests: usize) -> Result<u64, Error> {
        let mut sent = 0;
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= requests {
                return Ok(sent);
            }
            let body = &self.bodies[at % self.bodies.len()];
            let bytes = match self.freshness {
                Freshness::Repeated => body.repeated(),
                Freshness::Fresh => body.fresh(self.nonce.fetch_add(1, Ordering::Relaxed)),
            };
            let spans = body.spans;
            self.request(bytes).await?;
            self.progress.inc(spans);
            sent += spans;
        }
    }

    async fn request(&mut self, body: Bytes) -> Result<(), Error> {
        let refused = |what: &dyn std::fmt::Display| Error::Refused(what.to_string());
        let mut request = Request::post(&self.uri).body(Full::new(body)).map_err(|e| refused(&e))?;
        let headers = request.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(http::header::TE, HeaderValue::from_static("trailers"));
        self.connection.ready().await.map_err(|e| refused(&e))?;
        let answer = self.connection.send_request(request).await.map_err(|e| refused(&e))?;
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
