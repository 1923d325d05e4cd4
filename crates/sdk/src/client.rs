//! Calls to other services with `reqwest`: a CLIENT span, a measurement, and the trace and tenant in the headers.
//!
//! ```no_run
//! # async fn call() -> reqwest::Result<()> {
//! let http = reqwest::Client::new();
//! let request = http.get("http://billing:8002/invoices/7");
//! let invoice = sightline_sdk::client::send(&http, request, "/invoices/{id}").await?;
//! # drop(invoice);
//! # Ok(())
//! # }
//! ```

use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};

use crate::exchange::Call;
use crate::metrics::Histogram;
use crate::propagation::{self, headers};

static DURATION: Histogram =
    Histogram::new("http.client.request.duration", "s", "Duration of HTTP client requests");

/// Sends a request. `template` is the route with placeholders (`/invoices/{id}`), for a name of low cardinality; empty
/// when there is none. Span names, attributes and `http.client.request.duration`: semantic conventions, HTTP client. The
/// duration ends with the headers of the answer.
///
/// # Errors
/// Those of `reqwest`.
pub async fn send(
    client: &reqwest::Client,
    request: reqwest::RequestBuilder,
    template: &'static str,
) -> reqwest::Result<reqwest::Response> {
    let mut request = request.build()?;
    let mut call = open(&request, template);
    let inside = propagation::is_inside(request.url().host_str().unwrap_or_default());
    propagation::inject(call.context(), &mut headers::Write(request.headers_mut()), inside);
    let result = client.execute(request).with_context(call.context().clone()).await;
    note(&mut call, &result);
    result
}

fn open(request: &reqwest::Request, template: &'static str) -> Call {
    let (method, url) = (request.method().as_str().to_owned(), request.url());
    let name = if template.is_empty() { method.clone() } else { format!("{method} {template}") };
    let mut labels = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("server.address", url.host_str().unwrap_or_default().to_owned()),
    ];
    labels.extend(url.port_or_known_default().map(|port| KeyValue::new("server.port", i64::from(port))));
    if !template.is_empty() {
        labels.push(KeyValue::new("url.template", template));
    }
    let mut full = url.clone();
    // User information is never recorded (semantic conventions, `url.full`); a URL without a host has none.
    if full.set_username("").is_ok() {
        full.set_password(None).unwrap_or_default();
    }
    let mut attributes = labels.clone();
    attributes.push(KeyValue::new("url.full", full.to_string()));
    let tracer = global::tracer("sightline-sdk/client");
    let span =
        tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes(attributes).start(&tracer);
    Call::new(&Context::current_with_span(span), &DURATION, labels)
}

fn note(call: &mut Call, result: &reqwest::Result<reqwest::Response>) {
    match result {
        Ok(response) => {
            let status = response.status();
            call.note(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
            if status.is_client_error() || status.is_server_error() {
                call.fail(status.as_str().to_owned(), String::new());
            }
        }
        Err(error) => {
            let kind = if error.is_timeout() {
                "timeout"
            } else if error.is_connect() {
                "connect"
            } else {
                "request"
            };
            call.fail(kind.to_owned(), error.to_string());
        }
    }
}
