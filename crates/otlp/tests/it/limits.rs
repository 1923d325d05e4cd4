//! What is cut, and that it is counted.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use sightline_model::TenantBinding;
use sightline_otlp::{Limits, SpanBatch};

use crate::build::{accept, any, append, attribute, request, resource, span as a_span, text};
use crate::read::entries;

const LIMITS: Limits = Limits {
    records_max: 100,
    attributes_max: 2,
    key_bytes_max: 4,
    value_bytes_max: 8,
    body_bytes_max: 8,
    events_max: 2,
    links_max: 1,
    nesting_max: 32,
    metric_series_max: 100,
    org_series_max: 1_000,
};

fn check(change: impl Fn(&mut Span), cut: u32, dropped: u32) -> SpanBatch {
    let mut one = Span { name: "n".to_owned(), ..a_span(1, 0) };
    change(&mut one);
    let mut resource = resource("", vec![one]);
    resource.scope_spans[0].scope = None;
    let sent = request(vec![resource]);
    assert_eq!(accept(&sent, &LIMITS).attributes_cut, cut);
    let (batch, _) = append(&sent, &TenantBinding::Trusted, &LIMITS);
    assert_eq!(batch.dropped, [dropped]);
    batch
}

fn pairs(count: usize) -> Vec<KeyValue> {
    (0..count).map(|i| attribute(&format!("k{i}"), Value::StringValue("v".to_owned()))).collect()
}

#[test]
fn attributes_beyond_the_limit_are_dropped_and_counted() {
    let batch = check(|s| s.attributes = pairs(5), 3, 3);
    assert_eq!(batch.attrs.entries(0).len(), 2);
    let batch = check(|s| (s.attributes, s.dropped_attributes_count) = (pairs(3), 7), 1, 8);
    assert_eq!(batch.attrs.entries(0).len(), 2);
}

#[test]
fn events_and_links_beyond_the_limit_are_dropped_and_counted() {
    let event = span::Event { name: "e".to_owned(), attributes: pairs(4), ..span::Event::default() };
    let batch = check(|s| s.events = vec![event.clone(); 3], 3 * 2 + 1, 1);
    assert_eq!((batch.ev_ts.len(), batch.ev_attrs.keys.index.len()), (2, 4));
    let link = span::Link { trace_id: vec![2; 16], span_id: vec![2; 8], ..span::Link::default() };
    let batch = check(|s| s.links = vec![link.clone(); 3], 2, 2);
    assert_eq!(batch.ln_span_id, [[2; 8]]);
}

#[test]
fn long_texts_are_cut_between_code_points() {
    let long = "1234567\u{e9}";
    let batch = check(|s| s.name = long.to_owned(), 1, 0);
    assert_eq!(text(batch.name.get(0)), "1234567");
    let batch =
        check(|s| s.attributes = vec![attribute("longkey", Value::StringValue(long.to_owned()))], 2, 0);
    assert_eq!(entries(&batch.attrs, 0), [("long".to_owned(), "1234567".to_owned())]);
}

#[test]
fn a_cut_array_is_plain_text_and_cut_bytes_stay_base64() {
    let values = (0..4).map(|i| any(Value::IntValue(100 + i))).collect();
    let batch = check(
        |s| {
            s.attributes =
                vec![attribute("a", Value::ArrayValue(ArrayValue { values: Clone::clone(&values) }))]
        },
        1,
        0,
    );
    assert_eq!(entries(&batch.attrs, 0), [("a".to_owned(), "[100,101".to_owned())]);
    assert!(batch.attr_types.values.is_empty());
    let batch = check(|s| s.attributes = vec![attribute("b", Value::BytesValue(vec![0; 9]))], 1, 0);
    assert_eq!(entries(&batch.attrs, 0), [("b".to_owned(), "AAAAAAAA".to_owned())]);
}
