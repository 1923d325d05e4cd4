//! Listens, and serves HTTP connections within the limits of promise.md 2.5.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use sightline_runtime::{Scope, Stop};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::Receiver;
use super::watch::{Timings, Watch};
use crate::Error;
use crate::config::{Connections, ms};
use crate::names;

/// Bytes that one stream and one connection may send before we have taken them.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;
/// Largest HTTP/2 frame: fewer frames per body than with the protocol's 16 KiB.
const FRAME_BYTES_MAX: u32 = 64 << 10;
/// Pause after a failed accept: nearly always there are no file descriptors left, and waiting lets some be closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long requests that are being answered may go on after the stop.
const GRACE: Duration = Duration::from_secs(2);

/// A bound port, not served yet.
pub(crate) struct Listening {
    listener: TcpListener,
    /// The address, with the port that the system chose.
    pub(crate) addr: SocketAddr,
    receiver: &'static Receiver,
}

impl Listening {
    /// Binds the port.
    pub(crate) async fn bind(receiver: &'static Receiver, addr: SocketAddr) -> Result<Self, Error> {
        let failed = |cause| Error::Bind { addr, receiver: receiver.name, setting: receiver.setting, cause };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, addr, receiver })
    }
}

/// Runs the tasks of a connection in the scope, so that closing it waits for them.
#[derive(Clone)]
struct InScope(Scope);

impl<F> hyper::rt::Executor<F> for InScope
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn("stream", |_stop| future);
    }
}

struct Server {
    app: Router,
    http: auto::Builder<InScope>,
    timings: Timings,
    receiver: &'static str,
}

/// Serves a port until the scope closes; then no connection is accepted any more and those that are open end as soon
/// as their requests are answered.
pub(crate) async fn serve(listening: Listening, settings: Connections, app: Router, scope: Scope) {
    let Listening { listener, receiver, .. } = listening;
    let stop = scope.stop();
    let slots = Arc::new(Semaphore::new(settings.open_max.min(Semaphore::MAX_PERMITS)));
    let server = Arc::new(Server {
        app,
        http: http_builder(&settings, receiver.http2_only, &scope),
        timings: Timings { header: ms(settings.header_timeout_ms), write: ms(settings.write_timeout_ms) },
        receiver: receiver.name,
    });
    loop {
        // The slot comes before the connection: what is too much waits in the kernel and costs us nothing.
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            Some((slot, listener.accept().await))
        };
        let Some(Some((slot, accepted))) = stop.run_until_cancelled(next).await else { return };
        let (tcp, peer) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, receiver = receiver.name, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        names::connections(receiver.name, "accepted").add(1);
        let server = Arc::clone(&server);
        scope.spawn("connection", move |stop| async move {
            server.connection(tcp, peer, stop).await;
            drop(slot);
        });
    }
}

fn http_builder(settings: &Connections, http2_only: bool, scope: &Scope) -> auto::Builder<InScope> {
    let mut builder = auto::Builder::new(InScope(scope.clone()));
    builder
        .http1()
        .timer(TokioTimer::new())
        // Hyper's timer also runs between two requests; a header that has begun is timed by `Watch`.
        .header_read_timeout(ms(settings.idle_timeout_ms))
        .max_headers(settings.headers_max)
        .max_buf_size(usize::try_from(settings.header_bytes_max).unwrap_or(usize::MAX));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(settings.header_bytes_max)
        .max_concurrent_streams(settings.streams_max)
        .max_pending_accept_reset_streams(settings.pending_resets_max)
        .max_local_error_reset_streams(settings.error_resets_max)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_BYTES_MAX)
        .keep_alive_interval(ms(settings.ping_interval_ms))
        .keep_alive_timeout(ms(settings.ping_timeout_ms));
    if http2_only { builder.http2_only() } else { builder }
}

impl Server {
    async fn connection(&self, tcp: TcpStream, peer: SocketAddr, stop: Stop) {
        // Acknowledgements are small and must not wait for more to send; a socket that is gone already ends below.
        drop(tcp.set_nodelay(true));
        let watch = Watch::new(tcp, self.timings);
        let activity = watch.activity();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let busy = activity.enter();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = self.app.clone().oneshot(request);
            async move {
                let answer: Result<_, Infallible> = answer.await;
                drop(busy);
                answer
            }
        });
        let mut connection = std::pin::pin!(self.http.serve_connection(TokioIo::new(watch), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(GRACE, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            names::connections(self.receiver, "failed").add(1);
            tracing::debug!(%error, %peer, receiver = self.receiver, "a connection ended");
        }
    }
}
