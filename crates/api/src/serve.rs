//! Serves the router on a socket, with limits against clients that are slow, greedy or broken.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use sightline_runtime::{Scope, Stop};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::head::HeadWatch;
use crate::slow::Patient;

/// Limits of the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// Connections at a time; more wait in the system's queue.
    pub connections_max: usize,
    /// Longest time to send the head of a request, from its first byte on (HTTP/1).
    pub header_timeout: Duration,
    /// Longest time to stay idle between two requests (HTTP/1). Longer than the 90 s for which the clients of Go and Rust
    /// keep a connection: who closes first loses nothing, a request that meets our close fails.
    pub idle_timeout: Duration,
    /// Longest time for which a client may take no byte of its answer.
    pub write_timeout: Duration,
    /// Largest head of a request, in bytes.
    pub header_bytes_max: u32,
    /// Most headers of a request.
    pub headers_max: usize,
    /// How long open requests may take when the server stops.
    pub drain: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            header_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(30),
            header_bytes_max: 32 << 10,
            headers_max: 100,
            drain: Duration::from_secs(5),
        }
    }
}

/// Pause after an accept that failed, for instance because no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the scope closes, then lets open requests end.
pub fn serve(listener: TcpListener, router: Router, scope: &Scope, limits: ServeLimits) {
    scope.spawn("api-serve", move |stop| accept(listener, router, stop, limits));
}

async fn accept(listener: TcpListener, router: Router, stop: Stop, limits: ServeLimits) {
    let connections = Scope::new();
    let builder = Arc::new(builder(&limits));
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(limits.connections_max));
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.ok()?;
            Some((permit, listener.accept().await))
        };
        let Some(Some((permit, accepted))) = stop.run_until_cancelled(next).await else { break };
        match accepted {
            Ok((stream, peer)) => {
                let connection = Connection { stream, peer, permit };
                let (builder, router) = (Arc::clone(&builder), router.clone());
                let watcher = graceful.watcher();
                connections
                    .spawn("api-connection", move |_| connection.run(builder, router, watcher, limits));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("open requests were cut off when stopping");
    }
}

/// HTTP/2 figures: promise.md 2.5.
fn builder(limits: &ServeLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let bytes = usize::try_from(limits.header_bytes_max).unwrap_or(usize::MAX);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        .max_headers(limits.headers_max)
        .max_buf_size(bytes.max(8192))
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(limits.header_bytes_max)
        .max_concurrent_streams(128)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .max_send_buf_size(256 << 10)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(
        self,
        builder: Arc<Builder<TokioExecutor>>,
        router: Router,
        watcher: hyper_util::server::graceful::Watcher,
        limits: ServeLimits,
    ) {
        let Self { stream, peer, permit } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps small packets back");
        }
        let head = HeadWatch::default();
        let watch = head.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            watch.begun();
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = tower::ServiceExt::oneshot(router.clone(), request.map(axum::body::Body::new));
            let watch = watch.clone();
            async move { answer.await.map(|response| response.map(|body| watch.watch(body))) }
        });
        let io = TokioIo::new(Patient::new(stream, limits.write_timeout, head, limits.header_timeout));
        let connection = builder.serve_connection_with_upgrades(io, service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
        drop(permit);
    }
}
