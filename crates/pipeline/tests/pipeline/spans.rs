//! Requests of OTLP, made with the structs of `opentelemetry-proto`.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use sightline_runtime::{Clock, SystemClock};

/// Now, nanoseconds since the epoch.
pub(crate) fn now() -> u64 {
    u64::try_from(SystemClock.unix_nanos()).unwrap()
}

/// A text attribute.
pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, any_value::Value::StringValue(value.to_owned()))
}

/// A whole-number attribute.
pub(crate) fn int(key: &str, value: i64) -> KeyValue {
    attribute(key, any_value::Value::IntValue(value))
}

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// A span of a server that took 5 ms; the number makes its ids.
pub(crate) fn span(number: u64) -> Span {
    let mut trace_id = [0xA5; 16];
    trace_id[..8].copy_from_slice(&(number / 4 + 1).to_be_bytes());
    let start = now() - 60_000_000_000;
    Span {
        trace_id: trace_id.to_vec(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: "GET /things".to_owned(),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 5_000_000,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", "/things"),
            int("http.response.status_code", 200),
        ],
        status: Some(Status::default()),
        ..Span::default()
    }
}

/// A request of one service.
pub(crate) fn request(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let resource = Resource {
        attributes: vec![text("service.name", service), text("deployment.environment.name", "test")],
        ..Resource::default()
    };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans =
        vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

/// The bytes of a request of so many spans whose ids start at `first`.
pub(crate) fn bytes(service: &str, first: u64, count: u64) -> Vec<u8> {
    request(service, (first..first + count).map(span).collect()).encode_to_vec()
}

/// Lengthens a request to exactly so many bytes by a field that nobody knows.
pub(crate) fn padded(mut request: Vec<u8>, bytes: usize) -> Vec<u8> {
    // Field 1000, length-delimited: two bytes of tag; then a length of three bytes.
    let room = bytes - request.len() - 5;
    request.extend_from_slice(&[0xC2, 0x3E]);
    request.extend_from_slice(&[
        u8::try_from(room & 0x7F).unwrap() | 0x80,
        u8::try_from(room >> 7 & 0x7F).unwrap() | 0x80,
        u8::try_from(room >> 14).unwrap(),
    ]);
    request.resize(bytes, 0);
    request
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Detail {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}
