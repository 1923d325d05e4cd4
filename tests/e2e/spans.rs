//! OTLP requests made by hand with the reference implementation (prost).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use test_kit::driver::unix_nanos;

/// Returns a text attribute.
pub(crate) fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// Returns a root SERVER span of ten milliseconds that ends now.
pub(crate) fn server_span(trace: u128, span: u64, tenant: &str) -> Span {
    let end = unix_nanos();
    Span {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: span.to_be_bytes().to_vec(),
        name: "GET /hello".to_owned(),
        kind: 2,
        start_time_unix_nano: end - 10_000_000,
        end_time_unix_nano: end,
        attributes: vec![
            attribute("http.request.method", "GET"),
            attribute("http.route", "/hello"),
            attribute("tenant.id", tenant),
        ],
        ..Span::default()
    }
}

/// Encodes a request of one service.
pub(crate) fn request(service: &str, spans: Vec<Span>) -> Vec<u8> {
    request_of(vec![attribute("service.name", service)], spans)
}

/// Encodes a request of one resource.
pub(crate) fn request_of(resource: Vec<KeyValue>, spans: Vec<Span>) -> Vec<u8> {
    let resource = Some(Resource { attributes: resource, ..Resource::default() });
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// Sends a request over OTLP/HTTP and returns the status.
pub(crate) async fn send(url: &str, body: Vec<u8>, key: Option<&str>) -> reqwest::Result<u16> {
    send_by(&sender(), url, body, key).await
}

/// Makes a client that opens a connection for each request; what is dear, its TLS, is made once.
pub(crate) fn sender() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

/// Sends a request with a client that sends many.
pub(crate) async fn send_by(
    http: &reqwest::Client,
    url: &str,
    body: Vec<u8>,
    key: Option<&str>,
) -> reqwest::Result<u16> {
    let mut request = http.post(url).header("content-type", "application/x-protobuf").body(body);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    Ok(request.send().await?.status().as_u16())
}
