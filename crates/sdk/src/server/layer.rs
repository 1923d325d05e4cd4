//! The layer and the service that it makes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use http::{HeaderMap, Request, Response};
use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{KeyValue, global};
use tower::{Layer, Service};

use super::describe;
use crate::exchange::{Call, Side, Tracked, note};
use crate::metrics::{Histogram, UpDownCounter};
use crate::propagation::{self, headers};

static HTTP_DURATION: Histogram =
    Histogram::new("http.server.request.duration", "s", "Duration of HTTP server requests");
static RPC_DURATION: Histogram =
    Histogram::new("rpc.server.call.duration", "s", "Duration of calls of remote procedures served");
static ACTIVE: UpDownCounter =
    UpDownCounter::new("http.server.active_requests", "{request}", "HTTP requests that are being served");

/// Returns the layer for a service that is called by services of the same platform.
#[must_use]
pub const fn layer() -> ServerLayer {
    ServerLayer { trusted: true }
}

/// Returns the layer for a door to the outside: the caller's tenant is not believed. Set the real one after
/// authentication with [`tenant::scope`](crate::tenant::scope); the request's metrics learn it from there.
#[must_use]
pub const fn edge_layer() -> ServerLayer {
    ServerLayer { trusted: false }
}

/// See [`layer`] and [`edge_layer`].
#[derive(Debug, Clone, Copy)]
pub struct ServerLayer {
    trusted: bool,
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ServerService { inner, trusted: self.trusted }
    }
}

/// The service that [`ServerLayer`] makes.
#[derive(Debug, Clone)]
pub struct ServerService<S> {
    inner: S,
    trusted: bool,
}

impl<S, B, R> Service<Request<B>> for ServerService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: std::fmt::Display,
{
    type Response = Response<Tracked<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Poller<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let grpc = is_grpc(request.headers()).then_some(Side::Server);
        let call = open(&request, self.trusted, grpc.is_some());
        let response = {
            // A service may do its work in `call` already.
            let _current = call.context().clone().attach();
            self.inner.call(request)
        };
        let work = response.with_context(call.context().clone());
        Box::pin(async move { finish(work.await, grpc, call) })
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(http::header::CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
    content_type.starts_with(b"application/grpc")
}

fn open<B>(request: &Request<B>, trusted: bool, is_grpc: bool) -> Call {
    let parent = propagation::extract(&headers::Read(request.headers()), trusted);
    let said = if is_grpc { describe::grpc(request) } else { describe::http(request) };
    let tracer = global::tracer("sightline-sdk/server");
    let builder = tracer.span_builder(said.name).with_kind(SpanKind::Server);
    let span = builder.with_attributes(said.attributes).start_with_context(&tracer, &parent);
    let context = parent.with_span(span);
    if is_grpc {
        return Call::new(&context, &RPC_DURATION, said.labels);
    }
    Call::new(&context, &HTTP_DURATION, said.labels).counted_in(&ACTIVE, said.active_labels)
}

fn finish<R, E: std::fmt::Display>(
    result: Result<Response<R>, E>,
    grpc: Option<Side>,
    mut call: Call,
) -> Result<Response<Tracked<R>>, E> {
    let response = result.inspect_err(|error| call.fail("service".to_owned(), error.to_string()))?;
    if let Some(side) = grpc {
        note(&mut call, side, response.headers());
    } else {
        let status = response.status();
        call.note(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            call.fail(status.as_str().to_owned(), String::new());
        }
    }
    Ok(response.map(|body| Tracked::new(body, call, grpc)))
}
