//! A tower layer for gRPC clients made with tonic: one CLIENT span and one measurement per call, and the trace and tenant
//! in the metadata.
//!
//! ```
//! # async fn call() -> Result<(), tonic::transport::Error> {
//! let channel = tonic::transport::Channel::from_static("http://identity:9001").connect_lazy();
//! let channel = tower::ServiceBuilder::new().layer(sightline_sdk::grpc::layer("identity")).service(channel);
//! // let client = IdentityClient::new(channel);
//! # drop(channel);
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use http::{Request, Response};
use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use tower::{Layer, Service};

use crate::exchange::{Call, Side, Tracked, note};
use crate::metrics::Histogram;
use crate::propagation::{self, headers};

static DURATION: Histogram =
    Histogram::new("rpc.client.call.duration", "s", "Duration of calls of remote procedures made");

/// Returns the layer for calls to a host. The tenant goes along when the host is inside
/// ([`propagation::is_inside`](crate::propagation::is_inside)).
#[must_use]
pub fn layer(host: &str) -> ClientLayer {
    ClientLayer { host: host.into() }
}

/// See [`layer`].
#[derive(Debug, Clone)]
pub struct ClientLayer {
    host: std::sync::Arc<str>,
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClientService { inner, host: std::sync::Arc::clone(&self.host) }
    }
}

/// The service that [`ClientLayer`] makes.
#[derive(Debug, Clone)]
pub struct ClientService<S> {
    inner: S,
    host: std::sync::Arc<str>,
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let call = open(request.uri().path(), &self.host);
        let baggage = propagation::is_inside(&self.host);
        propagation::inject(call.context(), &mut headers::Write(request.headers_mut()), baggage);
        let work = self.inner.call(request).with_context(call.context().clone());
        Box::pin(async move { finish(work.await, call) })
    }
}

/// The path is `/package.Service/Method`; a client's own methods are few, so they are labels.
fn open(path: &str, host: &str) -> Call {
    let method = path.trim_start_matches('/').to_owned();
    let attributes = vec![
        KeyValue::new("rpc.system.name", "grpc"),
        KeyValue::new("rpc.method", method.clone()),
        KeyValue::new("server.address", host.to_owned()),
    ];
    let tracer = global::tracer("sightline-sdk/grpc");
    let builder = tracer.span_builder(method).with_kind(SpanKind::Client);
    let span = builder.with_attributes(attributes.clone()).start(&tracer);
    Call::new(&Context::current_with_span(span), &DURATION, attributes)
}

fn finish<R, E: std::fmt::Display>(
    result: Result<Response<R>, E>,
    mut call: Call,
) -> Result<Response<Tracked<R>>, E> {
    let response = result.inspect_err(|error| call.fail("transport".to_owned(), error.to_string()))?;
    note(&mut call, Side::Client, response.headers());
    Ok(response.map(|body| Tracked::new(body, call, Some(Side::Client))))
}
