//! Requests in a few words.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use sightline_model::{OrgId, TenantBinding};
use sightline_otlp::{Accepted, AppendContext, Appended, Door, Limits, SpanBatch, Tenancy, accept_traces};

/// Now, in every test of this crate.
pub(crate) const NOW: i64 = 1_764_000_000_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// The org of every test that does not say otherwise.
pub(crate) const ORG: OrgId = OrgId(7);

pub(crate) fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

pub(crate) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), ..KeyValue::default() }
}

/// `key=text`; a text of digits behind `#` is an integer, `!true` a bool, `[a` a list of one text.
pub(crate) fn attributes(list: &str) -> Vec<KeyValue> {
    let value = |text: &str| match text.split_at_checked(1) {
        Some(("#", number)) => Value::IntValue(number.parse().unwrap()),
        Some(("!", flag)) => Value::BoolValue(flag == "true"),
        Some(("[", item)) => {
            Value::ArrayValue(ArrayValue { values: vec![any(Value::StringValue(item.to_owned()))] })
        }
        _ => Value::StringValue(text.to_owned()),
    };
    list.split(" | ")
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, text) = pair.split_once('=').unwrap();
            attribute(key, value(text))
        })
        .collect()
}

/// Kind as in OTLP.
pub(crate) fn kind(word: &str) -> i32 {
    ["unspecified", "internal", "server", "client", "producer", "consumer"]
        .iter()
        .position(|known| *known == word)
        .and_then(|at| i32::try_from(at).ok())
        .unwrap()
}

pub(crate) fn status(word: &str) -> Option<Status> {
    let code = ["unset", "ok", "error"].iter().position(|known| *known == word).unwrap();
    Some(Status { code: i32::try_from(code).unwrap(), message: String::new() })
}

/// A span of trace 1 that started a second ago and took a millisecond.
pub(crate) fn span(id: u8, parent: u8) -> Span {
    let start = u64::try_from(NOW - SECOND).unwrap();
    Span {
        trace_id: vec![1; 16],
        span_id: vec![id; 8],
        parent_span_id: if parent == 0 { Vec::new() } else { vec![parent; 8] },
        name: format!("span {id}"),
        kind: 1,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_000_000,
        ..Span::default()
    }
}

pub(crate) fn resource(list: &str, spans: Vec<Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: attributes(list), ..Resource::default() }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope { name: "scope".to_owned(), ..InstrumentationScope::default() }),
            spans,
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    }
}

pub(crate) fn request(resource_spans: Vec<ResourceSpans>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest { resource_spans }
}

pub(crate) fn encode(request: &ExportTraceServiceRequest) -> Bytes {
    Bytes::from(request.encode_to_vec())
}

pub(crate) fn door(limits: &Limits) -> Door<'_> {
    Door {
        limits,
        oldest: NOW - 7 * DAY,
        newest: NOW + 600 * SECOND,
        severity_min: 0,
        series: None,
        is_platform: false,
    }
}

pub(crate) fn accept(request: &ExportTraceServiceRequest, limits: &Limits) -> Accepted {
    accept_traces(encode(request), &door(limits)).unwrap()
}

pub(crate) fn append(
    request: &ExportTraceServiceRequest,
    binding: &TenantBinding,
    limits: &Limits,
) -> (SpanBatch, Appended) {
    append_with(request, binding, &Tenancy::default(), limits)
}

pub(crate) fn append_with(
    request: &ExportTraceServiceRequest,
    binding: &TenantBinding,
    tenancy: &Tenancy,
    limits: &Limits,
) -> (SpanBatch, Appended) {
    let mut batch = SpanBatch::new();
    let cx = AppendContext { org: ORG, binding, tenancy, limits, received_at: NOW };
    let appended = batch.append(&encode(request), &cx).unwrap();
    assert!(batch.is_even());
    (batch, appended)
}

/// The row of one span of service `svc`.
pub(crate) fn row(span: Span) -> SpanBatch {
    let request = request(vec![resource("service.name=svc", vec![span])]);
    append(&request, &TenantBinding::Trusted, &Limits::default()).0
}

/// A text of a column.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
