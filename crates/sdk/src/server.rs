//! A tower layer for servers: one SERVER span per request, HTTP and gRPC alike, and the caller's trace and tenant.
//!
//! Put it outside the routes with `Router::layer`, so that the route template is known; a handler needs no tracing code.
//! Span names and attributes: semantic conventions, HTTP server spans and RPC spans.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Poller, Poll, ready};

use bytes::Buf;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use tower::{Layer, Service};

use crate::propagation::{self, headers};

/// Returns the layer for a service that is called by services of the same platform.
#[must_use]
pub const fn layer() -> ServerLayer {
    ServerLayer { trusted: true }
}

/// Returns the layer for a door to the outside: the caller's tenant is not believed. Set the real one after
/// authentication with [`tenant::scope`](crate::tenant::scope).
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
        let protocol = Protocol::of(request.headers());
        let context = start(&request, self.trusted, protocol);
        let open = Open { context: context.clone(), ended: false };
        let response = {
            // A service may do its work in `call` already.
            let _current = context.clone().attach();
            self.inner.call(request)
        };
        let work = response.with_context(context);
        Box::pin(async move { finish(work.await, protocol, open) })
    }
}

/// What a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http,
    Grpc,
}

impl Protocol {
    fn of(headers: &HeaderMap) -> Self {
        let content_type = headers.get(http::header::CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
        if content_type.starts_with(b"application/grpc") { Self::Grpc } else { Self::Http }
    }
}

fn start<B>(request: &Request<B>, trusted: bool, protocol: Protocol) -> Context {
    let parent = propagation::extract(&headers::Read(request.headers()), trusted);
    let (name, attributes) = match protocol {
        Protocol::Http => describe_http(request),
        Protocol::Grpc => describe_grpc(request),
    };
    let tracer = global::tracer("sightline-sdk/server");
    let builder = tracer.span_builder(name).with_kind(SpanKind::Server).with_attributes(attributes);
    let span = builder.start_with_context(&tracer, &parent);
    parent.with_span(span)
}

fn describe_http<B>(request: &Request<B>) -> (String, Vec<KeyValue>) {
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "CONNECT" | "TRACE"
        | "QUERY") => known,
        _ => "_OTHER",
    };
    let header =
        |name: http::HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let mut attributes = vec![
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("url.path", request.uri().path().to_owned()),
        KeyValue::new("url.scheme", request.uri().scheme_str().unwrap_or("http").to_owned()),
    ];
    attributes.extend(request.uri().query().map(|q| KeyValue::new("url.query", q.to_owned())));
    attributes
        .extend(header(http::header::USER_AGENT).map(|agent| KeyValue::new("user_agent.original", agent)));
    if let Some(host) = header(http::header::HOST) {
        let (address, port) = host.rsplit_once(':').unwrap_or((&host, ""));
        attributes.push(KeyValue::new("server.address", address.to_owned()));
        attributes.extend(port.parse::<i64>().ok().map(|port| KeyValue::new("server.port", port)));
    }
    let shown = if method == "_OTHER" { "HTTP" } else { method };
    let Some(route) = route(request) else { return (shown.to_owned(), attributes) };
    let name = format!("{shown} {route}");
    attributes.push(KeyValue::new("http.route", route));
    (name, attributes)
}

#[cfg(feature = "axum")]
fn route<B>(request: &Request<B>) -> Option<String> {
    request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned())
}

#[cfg(not(feature = "axum"))]
fn route<B>(_request: &Request<B>) -> Option<String> {
    None
}

/// The path of a gRPC request is `/package.Service/Method`.
fn describe_grpc<B>(request: &Request<B>) -> (String, Vec<KeyValue>) {
    let method = request.uri().path().trim_start_matches('/').to_owned();
    let attributes =
        vec![KeyValue::new("rpc.system.name", "grpc"), KeyValue::new("rpc.method", method.clone())];
    (method, attributes)
}

/// An open span; when it is dropped unfinished (the caller went away) the span ends as it is.
#[derive(Debug)]
struct Open {
    context: Context,
    ended: bool,
}

impl Open {
    fn end(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.context.span().end();
        }
    }

    fn fail(&self, error_type: String, message: String) {
        self.context.span().set_attribute(KeyValue::new("error.type", error_type));
        self.context.span().set_status(Status::error(message));
    }

    /// Notes `grpc-status` from headers (an answer without a body) or trailers.
    fn note_grpc(&self, headers: &HeaderMap) {
        let Some(code) = headers.get("grpc-status").and_then(|v| v.to_str().ok()) else { return };
        let name = grpc_code_name(code);
        self.context.span().set_attribute(KeyValue::new("rpc.response.status_code", name));
        // Semantic conventions, gRPC: these codes are errors of the server.
        if matches!(
            name,
            "UNKNOWN" | "DEADLINE_EXCEEDED" | "UNIMPLEMENTED" | "INTERNAL" | "UNAVAILABLE" | "DATA_LOSS"
        ) {
            self.fail(name.to_owned(), String::new());
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end();
    }
}

fn grpc_code_name(code: &str) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    code.parse::<usize>().ok().and_then(|code| NAMES.get(code)).copied().unwrap_or("UNKNOWN")
}

fn finish<R, E: std::fmt::Display>(
    result: Result<Response<R>, E>,
    protocol: Protocol,
    open: Open,
) -> Result<Response<Tracked<R>>, E> {
    let response = result.inspect_err(|error| open.fail("service".to_owned(), error.to_string()))?;
    match protocol {
        Protocol::Grpc => open.note_grpc(response.headers()),
        Protocol::Http => {
            let status = response.status();
            open.context
                .span()
                .set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
            if status.is_server_error() {
                open.fail(status.as_str().to_owned(), String::new());
            }
        }
    }
    Ok(response.map(|body| Tracked { body, open, protocol }))
}

pin_project_lite::pin_project! {
    /// A response body that ends the span when it was sent or given up.
    #[derive(Debug)]
    pub struct Tracked<R> {
        #[pin]
        body: R,
        open: Open,
        protocol: Protocol,
    }
}

impl<R: Body> Body for Tracked<R>
where
    R::Data: Buf,
{
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Poller<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let (Protocol::Grpc, Some(trailers)) = (*this.protocol, frame.trailers_ref()) {
                    this.open.note_grpc(trailers);
                }
            }
            Some(Err(_)) => this.open.fail("body".to_owned(), "the response body failed".to_owned()),
            None => this.open.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
