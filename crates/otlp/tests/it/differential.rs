//! Random requests, encoded by prost, walked by us: every column compared with what prost says.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use proptest::prelude::*;
use serde_json::json;
use sightline_model::{RejectReason, TenantBinding};
use sightline_otlp::semconv::normalise_service;
use sightline_otlp::{Limits, SpanBatch};

use crate::build::{DAY, NOW, ORG, accept, append, text};
use crate::read::{self, Sent, entries};

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "http.request.method",
    "http.method",
    "http.route",
    "http.response.status_code",
    "http.status_code",
    "db.system.name",
    "db.system",
    "messaging.system",
    "rpc.system.name",
    "service.peer.name",
    "peer.service",
    "tenant.id",
    "tenant",
    "url.full",
    "rpc.method",
    "celery.task_name",
    "dotmac.job.name",
];

pub(crate) fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            &["", "GET", "get", "true", "false", "17", "redis", "mssql", "/users/1", "dotmac_x", "t1"][..]
        )
        .prop_map(str::to_owned),
        "[ -~]{0,12}",
        "\\PC{0,8}",
    ]
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        texts().prop_map(Value::StringValue),
        any::<bool>().prop_map(Value::BoolValue),
        any::<i64>().prop_map(Value::IntValue),
        (0..600_i64).prop_map(Value::IntValue),
        // Few digits, because the oracle's JSON reader is an ulp off where there are many.
        any::<i16>().prop_map(|n| Value::DoubleValue(f64::from(n) / 8.0)),
        (-5..5_i32).prop_map(|x| Value::DoubleValue(f64::from(x))),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::BytesValue),
    ]
}

pub(crate) fn values() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(3, 12, 3, |inner| {
        let any = inner.prop_map(|value| AnyValue { value: Some(value) });
        let member = (texts(), any.clone()).prop_map(|(key, value)| KeyValue {
            key,
            value: Some(value),
            ..KeyValue::default()
        });
        prop_oneof![
            prop::collection::vec(any, 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            prop::collection::vec(member, 0..3)
                .prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
    })
}

/// Attributes with distinct keys, as the specification demands.
pub(crate) fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let keys = prop_oneof![4 => prop::sample::select(KEYS).prop_map(str::to_owned), 1 => texts()];
    prop::collection::btree_map(keys, values(), 0..8).prop_map(|map| {
        map.into_iter()
            .map(|(key, value)| KeyValue {
                key,
                value: Some(AnyValue { value: Some(value) }),
                ..KeyValue::default()
            })
            .collect()
    })
}

pub(crate) fn ids(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => prop::collection::vec(1..4_u8, 1).prop_map(move |byte| byte.repeat(len)),
        1 => Just(vec![0; len]),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

fn parents() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), ids(8)]
}

fn times() -> impl Strategy<Value = u64> {
    let near = u64::try_from(NOW - DAY).unwrap()..u64::try_from(NOW).unwrap();
    prop_oneof![12 => near, 1 => any::<u64>(), 1 => Just(0)]
}

fn events() -> impl Strategy<Value = span::Event> {
    (times(), texts(), attributes(), any::<u32>()).prop_map(|(time, name, attributes, dropped)| span::Event {
        time_unix_nano: time,
        name,
        attributes,
        dropped_attributes_count: dropped,
    })
}

fn links() -> impl Strategy<Value = span::Link> {
    (1..9_u8, texts(), attributes(), any::<u32>()).prop_map(|(id, trace_state, attributes, flags)| {
        span::Link {
            trace_id: vec![id; 16],
            span_id: vec![id; 8],
            trace_state,
            attributes,
            flags,
            ..span::Link::default()
        }
    })
}

prop_compose! {
    fn spans()(
        (trace_id, span_id, parent_span_id) in (ids(16), ids(8), parents()),
        (trace_state, name, message) in (texts(), texts(), texts()),
        (kind, code, flags) in (-1..8_i32, -1..5_i32, any::<u32>()),
        (start, end) in (times(), times()),
        (a, b, c) in (0..9_u32, 0..9_u32, prop_oneof![0..9_u32, any::<u32>()]),
        attributes in attributes(),
        events in prop::collection::vec(events(), 0..3),
        links in prop::collection::vec(links(), 0..3),
        has_status in any::<bool>(),
    ) -> Span {
        Span {
            trace_id, span_id, parent_span_id, trace_state, name, kind, flags, attributes, events, links,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            dropped_attributes_count: a,
            dropped_events_count: b,
            dropped_links_count: c,
            status: has_status.then_some(Status { message, code }),
        }
    }
}

fn scopes() -> impl Strategy<Value = ScopeSpans> {
    let scope = (texts(), texts(), attributes()).prop_map(|(name, version, attributes)| {
        InstrumentationScope { name, version, attributes, ..InstrumentationScope::default() }
    });
    (prop::option::of(scope), prop::collection::vec(spans(), 0..5), texts())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url })
}

fn resources() -> impl Strategy<Value = ResourceSpans> {
    let names = prop_oneof![Just("dotmac_a".to_owned()), texts()];
    let resource = (attributes(), names).prop_map(|(mut attributes, name)| {
        attributes.push(crate::build::attribute("service.name", Value::StringValue(name)));
        Resource { attributes, ..Resource::default() }
    });
    (prop::option::of(resource), prop::collection::vec(scopes(), 0..3), texts())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url })
}

/// Random requests; some of their spans have bad ids or times.
pub(crate) fn requests() -> impl Strategy<Value = ExportTraceServiceRequest> {
    prop::collection::vec(resources(), 0..3)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn json_of(value: Option<&AnyValue>) -> serde_json::Value {
    match value.and_then(|any| any.value.as_ref()) {
        None => serde_json::Value::Null,
        Some(Value::StringValue(text)) => json!(text),
        Some(Value::BoolValue(flag)) => json!(flag),
        Some(Value::IntValue(number)) => json!(number),
        Some(Value::DoubleValue(number)) => json!(number),
        Some(Value::BytesValue(bytes)) => json!(STANDARD.encode(bytes)),
        Some(Value::ArrayValue(array)) => array.values.iter().map(|v| json_of(Some(v))).collect(),
        Some(Value::KvlistValue(list)) => {
            let member = |kv: &KeyValue| (kv.key.clone(), json_of(kv.value.as_ref()));
            serde_json::Value::Object(list.values.iter().map(member).collect())
        }
        Some(other) => panic!("{other:?} is not generated"),
    }
}

fn parsed(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// What a typed reader must see of an attribute.
pub(crate) fn expected(value: &Value) -> Sent {
    let any = AnyValue { value: Some(value.clone()) };
    match value {
        Value::StringValue(text) => Sent::Text(text.clone()),
        Value::BoolValue(flag) => Sent::Bool(*flag),
        Value::IntValue(number) => Sent::Int(*number),
        Value::DoubleValue(number) => Sent::Double(*number),
        Value::BytesValue(bytes) => Sent::Bytes(STANDARD.encode(bytes)),
        _ => Sent::Json(json_of(Some(&any)).to_string()),
    }
}

/// What a text map must hold of an attribute.
pub(crate) fn as_text(kv: &KeyValue) -> (String, String) {
    let json = json_of(kv.value.as_ref());
    (kv.key.clone(), json.as_str().map_or_else(|| json.to_string(), str::to_owned))
}

/// Objects in JSON text may name a key twice and keep their order; compared is what they say.
pub(crate) fn normal(sent: Sent) -> Sent {
    match sent {
        Sent::Json(text) => Sent::Json(parsed(&text).to_string()),
        other => other,
    }
}

pub(crate) fn normal_text((key, text): (String, String)) -> (String, String) {
    let is_json = text.starts_with(['[', '{']);
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(json) if is_json => (key, json.to_string()),
        _ => (key, text),
    }
}

fn reason(span: &Span) -> Option<RejectReason> {
    let zero = |id: &[u8]| id.iter().all(|b| *b == 0);
    let is_bad = span.trace_id.len() != 16
        || zero(&span.trace_id)
        || span.span_id.len() != 8
        || zero(&span.span_id)
        || !matches!(span.parent_span_id.len(), 0 | 8);
    let limit = u64::try_from(NOW + 600 * 1_000_000_000).unwrap();
    let oldest = u64::try_from(NOW - 7 * DAY).unwrap();
    if is_bad {
        Some(RejectReason::BadId)
    } else if span.start_time_unix_nano > limit || span.end_time_unix_nano > limit {
        Some(RejectReason::TooNew)
    } else if span.start_time_unix_nano < oldest {
        Some(RejectReason::TooOld)
    } else {
        None
    }
}

/// Takes the spans out that must be rejected, with the scopes and resources that lose their last span.
fn expect_accepted(
    request: &ExportTraceServiceRequest,
) -> (ExportTraceServiceRequest, BTreeMap<RejectReason, u32>) {
    let mut kept = request.clone();
    let mut counts = BTreeMap::new();
    kept.resource_spans.retain_mut(|resource| {
        let before = resource.scope_spans.len();
        resource.scope_spans.retain_mut(|scope| {
            let before = scope.spans.len();
            scope.spans.retain(|span| match reason(span) {
                None => true,
                Some(reason) => {
                    *counts.entry(reason).or_insert(0) += 1;
                    false
                }
            });
            before == 0 || !scope.spans.is_empty() || scope.spans.len() == before
        });
        before == 0 || !resource.scope_spans.is_empty() || resource.scope_spans.len() == before
    });
    (kept, counts)
}

fn check_fields(batch: &SpanBatch, row: usize, sent: &Span) {
    let id = |bytes: &[u8]| <[u8; 8]>::try_from(bytes).unwrap_or([0; 8]);
    assert_eq!(batch.org[row], ORG.0);
    assert_eq!(batch.trace_id[row].as_slice(), sent.trace_id);
    assert_eq!(batch.span_id[row].as_slice(), sent.span_id);
    assert_eq!(batch.parent_span_id[row], id(&sent.parent_span_id));
    assert_eq!(batch.is_root[row], id(&sent.parent_span_id) == [0; 8]);
    assert_eq!(u64::try_from(batch.ts[row]).unwrap(), sent.start_time_unix_nano);
    let duration = sent.end_time_unix_nano.saturating_sub(sent.start_time_unix_nano);
    assert_eq!(batch.duration_ns[row], duration);
    assert_eq!(text(batch.name.get(row)), sent.name);
    assert_eq!(text(batch.trace_state.get(row)), sent.trace_state);
    assert_eq!(i32::from(batch.kind[row]), if (0..=5).contains(&sent.kind) { sent.kind } else { 0 });
    let status = sent.status.clone().unwrap_or_default();
    assert_eq!(i32::from(batch.status[row]), if (0..=2).contains(&status.code) { status.code } else { 0 });
    assert_eq!(text(batch.status_message.get(row)), status.message);
    assert_eq!(batch.flags[row], sent.flags);
    let dropped = sent
        .dropped_attributes_count
        .saturating_add(sent.dropped_events_count)
        .saturating_add(sent.dropped_links_count);
    assert_eq!(batch.dropped[row], dropped);
}

fn check_attributes(batch: &SpanBatch, row: usize, sent: &Span) {
    compare_attributes(read::attributes(batch, row), &sent.attributes);
}

/// Compares attributes as they are read back with those that were sent.
pub(crate) fn compare_attributes(ours: BTreeMap<String, Sent>, sent: &[KeyValue]) {
    let ours: BTreeMap<String, Sent> = ours.into_iter().map(|(key, value)| (key, normal(value))).collect();
    let theirs: BTreeMap<String, Sent> = sent
        .iter()
        .map(|kv| (kv.key.clone(), expected(kv.value.as_ref().unwrap().value.as_ref().unwrap())))
        .collect();
    assert_eq!(ours, theirs);
}

fn range(ends: &[u64], row: usize) -> std::ops::Range<usize> {
    let end = |at: usize| usize::try_from(ends[at]).unwrap();
    (if row == 0 { 0 } else { end(row - 1) })..end(row)
}

fn check_nested(batch: &SpanBatch, row: usize, sent: &Span) {
    let events = range(&batch.ev_ends, row);
    assert_eq!(events.len(), sent.events.len());
    for (at, event) in events.zip(&sent.events) {
        let time = i64::try_from(event.time_unix_nano).unwrap_or(i64::MAX);
        assert_eq!((batch.ev_ts[at], text(batch.ev_name.get(at))), (time, event.name.as_str()));
        let ours: Vec<_> = entries(&batch.ev_attrs, at).into_iter().map(normal_text).collect();
        assert_eq!(ours, event.attributes.iter().map(as_text).map(normal_text).collect::<Vec<_>>());
    }
    let links = range(&batch.ln_ends, row);
    assert_eq!(links.len(), sent.links.len());
    for (at, link) in links.zip(&sent.links) {
        assert_eq!(
            (&batch.ln_trace_id[at][..], &batch.ln_span_id[at][..]),
            (&*link.trace_id, &*link.span_id)
        );
        let ours: Vec<_> = entries(&batch.ln_attrs, at).into_iter().map(normal_text).collect();
        assert_eq!(ours, link.attributes.iter().map(as_text).map(normal_text).collect::<Vec<_>>());
    }
}

fn check_resource(batch: &SpanBatch, row: usize, sent: &ResourceSpans, scope: &ScopeSpans) {
    let name = scope.scope.as_ref().map_or("", |scope| scope.name.as_str());
    assert_eq!(text(batch.scope.get(row)), name);
    let found = batch.resources.iter().find(|r| r.resource_id == batch.resource_id[row]).unwrap();
    assert_eq!(found.tenant.as_bytes(), batch.tenant.get(row));
    assert_eq!(found.service.as_bytes(), batch.service.get(row));
    let attributes = sent.resource.as_ref().map(|r| r.attributes.as_slice()).unwrap_or_default();
    let theirs: BTreeMap<String, String> = attributes.iter().map(as_text).map(normal_text).collect();
    let ours: BTreeMap<String, String> =
        found.attrs.iter().map(|(k, v)| normal_text((k.to_string(), v.to_string()))).collect();
    assert_eq!(ours, theirs);
    let service = attributes.iter().rev().find(|kv| kv.key == "service.name").map(|kv| as_text(kv).1);
    assert_eq!(found.service.as_ref(), normalise_service(service.as_deref().unwrap_or_default()).as_ref());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_column_says_what_prost_says(request in requests()) {
        let limits = Limits::default();
        let accepted = accept(&request, &limits);
        let (kept, counts) = expect_accepted(&request);
        let decoded: ExportTraceServiceRequest = prost::Message::decode(accepted.body.clone()).unwrap();
        prop_assert_eq!(&decoded, &kept);
        prop_assert_eq!(accepted.rejected.into_iter().collect::<BTreeMap<_, _>>(), counts);

        let (batch, appended) = append(&kept, &TenantBinding::Trusted, &limits);
        prop_assert_eq!(appended.records as usize, accepted.slices.len());
        let mut row = 0;
        let mut scopes = 0_u32;
        for (number, resource) in (0_u32..).zip(&kept.resource_spans) {
            for scope in &resource.scope_spans {
                for sent in &scope.spans {
                    check_fields(&batch, row, sent);
                    check_attributes(&batch, row, sent);
                    check_nested(&batch, row, sent);
                    check_resource(&batch, row, resource, scope);
                    let slice = accepted.slices[row];
                    let bytes = slice.offset as usize..(slice.offset + slice.len) as usize;
                    let again: Span = prost::Message::decode(&accepted.body[bytes]).unwrap();
                    prop_assert_eq!(&again, sent);
                    prop_assert_eq!((slice.resource, slice.scope), (number, scopes));
                    row += 1;
                }
                scopes += 1;
            }
        }
        prop_assert_eq!(row, batch.len());
    }
}
