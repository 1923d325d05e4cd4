//! Calls to other services with `reqwest`: a CLIENT span, and the trace and tenant in the headers.

use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};

use crate::propagation::{self, headers};

/// Sends a request. `template` is the route with placeholders (`/invoices/{id}`), for a name of low cardinality; empty
/// when there is none. Span names and attributes: semantic conventions, HTTP client spans.
///
/// # Errors
/// Those of `reqwest`.
pub async fn send(
    client: &reqwest::Client,
    request: reqwest::RequestBuilder,
    template: &'static str,
) -> reqwest::Result<reqwest::Response> {
    let mut request = request.build()?;
    let context = start(&request, template);
    let host = request.url().host_str().unwrap_or_default().to_owned();
    propagation::inject(&context, &mut headers::Write(request.headers_mut()), propagation::is_inside(&host));
    let result = client.execute(request).with_context(context.clone()).await;
    end(&context, &result);
    result
}

fn start(request: &reqwest::Request, template: &'static str) -> Context {
    let (method, url) = (request.method().as_str().to_owned(), request.url());
    let name = if template.is_empty() { method.clone() } else { format!("{method} {template}") };
    let mut full = url.clone();
    // User information is never recorded (semantic conventions, `url.full`); a URL without a host has none.
    if full.set_username("").is_ok() {
        full.set_password(None).unwrap_or_default();
    }
    let mut attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.full", full.to_string()),
        KeyValue::new("server.address", url.host_str().unwrap_or_default().to_owned()),
    ];
    attributes.extend(url.port_or_known_default().map(|port| KeyValue::new("server.port", i64::from(port))));
    if !template.is_empty() {
        attributes.push(KeyValue::new("url.template", template));
    }
    let tracer = global::tracer("sightline-sdk/client");
    let span =
        tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes(attributes).start(&tracer);
    Context::current_with_span(span)
}

fn end(context: &Context, result: &reqwest::Result<reqwest::Response>) {
    let span = context.span();
    match result {
        Ok(response) => {
            let status = response.status();
            span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
            if status.is_client_error() || status.is_server_error() {
                span.set_attribute(KeyValue::new("error.type", status.as_str().to_owned()));
                span.set_status(Status::error(""));
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
            span.set_attribute(KeyValue::new("error.type", kind));
            span.set_status(Status::error(error.to_string()));
        }
    }
    span.end();
}
