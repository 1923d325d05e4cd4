//! What the door accepts, rejects and refuses.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span, Status, span};
use prost::Message as _;
use sightline_model::{Kind, RejectReason};
use sightline_otlp::{Limits, accept_traces};

use crate::build::{
    DAY, NOW, SECOND, accept, any, attribute, door, encode, request, resource, span as a_span,
};

fn check(what: &str, change: impl Fn(&mut Span), expected: Option<RejectReason>) {
    let mut bad = a_span(2, 1);
    change(&mut bad);
    let sent = request(vec![resource("service.name=svc", vec![a_span(1, 0), bad.clone(), a_span(3, 1)])]);
    let accepted = accept(&sent, &Limits::default());
    let kept = ExportTraceServiceRequest::decode(accepted.body).unwrap();
    let kept = &kept.resource_spans[0].scope_spans[0].spans;
    match expected {
        None => assert_eq!((accepted.rejected, kept.len()), (vec![], 3), "{what}"),
        Some(reason) => {
            assert_eq!(accepted.rejected, vec![(reason, 1)], "{what}");
            assert_eq!(*kept, vec![a_span(1, 0), a_span(3, 1)], "{what}");
            let message = accepted.message.unwrap();
            assert!(message.starts_with(&format!("rejected 1 spans: 1 {} (", reason.as_str())), "{message}");
        }
    }
}

fn nanos(unix: i64) -> u64 {
    u64::try_from(unix).unwrap()
}

fn nested(levels: usize) -> Value {
    (0..levels)
        .fold(Value::IntValue(1), |inner, _| Value::ArrayValue(ArrayValue { values: vec![any(inner)] }))
}

#[test]
fn a_bad_span_is_rejected_with_its_reason_and_its_neighbours_are_kept() {
    let id = Some(RejectReason::BadId);
    check("nothing wrong", |_| {}, None);
    check("trace id absent", |s| s.trace_id.clear(), id);
    check("trace id zero", |s| s.trace_id = vec![0; 16], id);
    check("trace id of 15 bytes", |s| s.trace_id = vec![1; 15], id);
    check("trace id of 17 bytes", |s| s.trace_id = vec![1; 17], id);
    check("span id absent", |s| s.span_id.clear(), id);
    check("span id zero", |s| s.span_id = vec![0; 8], id);
    check("span id of 16 bytes", |s| s.span_id = vec![1; 16], id);
    check("parent of 7 bytes", |s| s.parent_span_id = vec![1; 7], id);
    check("parent zero is no parent", |s| s.parent_span_id = vec![0; 8], None);
    check("parent of itself", |s| s.parent_span_id = vec![2; 8], None);
    let link = |trace: usize, span: usize| span::Link {
        trace_id: vec![1; trace],
        span_id: vec![1; span],
        ..span::Link::default()
    };
    check("link with ids", |s| s.links = vec![link(16, 8)], None);
    check("link without ids", |s| s.links = vec![link(0, 0)], None);
    check("link with a short id", |s| s.links = vec![link(15, 8)], id);
    check("32 levels", |s| s.attributes = vec![attribute("a", nested(32))], None);
    check(
        "33 levels",
        |s| s.attributes = vec![attribute("a", nested(33))],
        Some(RejectReason::AttributeLimit),
    );
}

#[test]
fn times_outside_the_accepted_range_are_rejected() {
    let (old, new) = (Some(RejectReason::TooOld), Some(RejectReason::TooNew));
    let times = |start: u64, end: u64| {
        move |s: &mut Span| (s.start_time_unix_nano, s.end_time_unix_nano) = (start, end)
    };
    let now = nanos(NOW);
    check("at the oldest", times(nanos(NOW - 7 * DAY), now), None);
    check("before the oldest", times(nanos(NOW - 7 * DAY) - 1, now), old);
    check("1970", times(0, 0), old);
    check("at the newest", times(nanos(NOW + 600 * SECOND), nanos(NOW + 600 * SECOND)), None);
    check("after the newest", times(nanos(NOW + 600 * SECOND) + 1, nanos(NOW + 600 * SECOND) + 1), new);
    check("ends in the future", times(now, nanos(NOW + DAY)), new);
    check("2262 and beyond", times(u64::MAX, u64::MAX), new);
    check("end of 2554", times(now, u64::MAX), new);
    check("ends before it starts", times(now, now - 5), None);
    check("never ended", times(now, 0), None);
}

/// Replaces the only occurrence of a marker in the encoded request by bytes that are no UTF-8.
fn broken_text(request: &ExportTraceServiceRequest) -> Bytes {
    let mut bytes = request.encode_to_vec();
    let at = bytes.windows(4).position(|window| window == b"MARK").unwrap();
    bytes[at..at + 4].copy_from_slice(&[0xED, 0xA0, 0x80, b'x']);
    Bytes::from(bytes)
}

#[test]
fn a_text_that_is_no_utf8_rejects_the_span_it_belongs_to() {
    let mark = || "MARK".to_owned();
    type Change = fn(&mut Span, String);
    let changes: [(&str, Change); 7] = [
        ("name", |s, m| s.name = m),
        ("trace state", |s, m| s.trace_state = m),
        ("key", |s, m| s.attributes = vec![attribute(&m, Value::IntValue(1))]),
        ("value", |s, m| s.attributes = vec![attribute("k", Value::StringValue(m))]),
        ("event", |s, m| s.events = vec![span::Event { name: m, ..span::Event::default() }]),
        ("status", |s, m| s.status = Some(Status { message: m, code: 2 })),
        ("in an array", |s, m| {
            let values = vec![any(Value::StringValue(m))];
            s.attributes = vec![attribute("k", Value::ArrayValue(ArrayValue { values }))];
        }),
    ];
    for (what, change) in changes {
        let mut bad = a_span(2, 1);
        change(&mut bad, mark());
        let sent = request(vec![resource("service.name=svc", vec![a_span(1, 0), bad])]);
        let accepted = accept_traces(broken_text(&sent), &door(&Limits::default())).unwrap();
        assert_eq!(accepted.rejected, vec![(RejectReason::BadUtf8, 1)], "{what}");
        assert_eq!(accepted.slices.len(), 1, "{what}");
    }
}

#[test]
fn a_broken_resource_or_scope_rejects_its_spans_only() {
    let good = resource("service.name=good", vec![a_span(9, 0)]);
    let in_resource = resource("service.name=MARK", vec![a_span(1, 0), a_span(2, 1)]);
    let mut in_scope = resource("service.name=svc", vec![a_span(1, 0), a_span(2, 1)]);
    in_scope.scope_spans[0].scope.as_mut().unwrap().name = "MARK".to_owned();
    for bad in [in_resource, in_scope] {
        let sent = request(vec![good.clone(), bad, good.clone()]);
        let accepted = accept_traces(broken_text(&sent), &door(&Limits::default())).unwrap();
        assert_eq!(accepted.rejected, vec![(RejectReason::BadUtf8, 2)]);
        let kept = ExportTraceServiceRequest::decode(accepted.body).unwrap();
        assert_eq!(kept, request(vec![good.clone(), good.clone()]), "the emptied resource is gone");
        assert_eq!(accepted.slices.iter().map(|slice| slice.resource).collect::<Vec<_>>(), [0, 1]);
    }
}

#[test]
fn one_bad_span_of_a_thousand_leaves_999() {
    let mut spans = vec![a_span(1, 0); 1000];
    spans[500].trace_id = vec![1; 3];
    let accepted = accept(&request(vec![resource("service.name=svc", spans)]), &Limits::default());
    assert_eq!((accepted.slices.len(), accepted.rejected), (999, vec![(RejectReason::BadId, 1)]));
}

#[test]
fn what_is_wholly_good_keeps_its_buffer() {
    let bytes = encode(&request(vec![resource("service.name=svc", vec![a_span(1, 0)])]));
    let accepted = accept_traces(bytes.clone(), &door(&Limits::default())).unwrap();
    assert_eq!(accepted.body.as_ptr(), bytes.as_ptr());
    assert_eq!(accepted.message, None);
    let slice = accepted.slices[0];
    let (start, end) = (slice.offset as usize, (slice.offset + slice.len) as usize);
    assert_eq!(Span::decode(&accepted.body[start..end]).unwrap(), a_span(1, 0));
    assert_eq!((slice.duration_ns, slice.start, slice.status), (1_000_000, NOW - SECOND, 0));
}

#[test]
fn empty_requests_and_envelopes_are_accepted() {
    for sent in
        [request(vec![]), request(vec![resource("", vec![])]), request(vec![ResourceSpans::default()])]
    {
        let accepted = accept(&sent, &Limits::default());
        assert_eq!((accepted.slices.len(), accepted.rejected.len()), (0, 0));
    }
}

#[test]
fn a_request_with_too_many_spans_is_refused_whole() {
    let limits = Limits { records_max: 3, ..Limits::default() };
    for (spans, refused) in [(3, false), (4, true)] {
        let sent = request(vec![resource("service.name=svc", vec![a_span(1, 0); spans])]);
        let result = accept_traces(encode(&sent), &door(&limits));
        assert_eq!(result.as_ref().err().map(|e| e.kind()), refused.then_some(Kind::TooLarge), "{spans}");
    }
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let good = encode(&request(vec![resource("service.name=svc", vec![a_span(1, 0)])]));
    let deep_groups = vec![0x0B; 100_000];
    let mut wrong_type = good.to_vec();
    wrong_type[0] = 0x08;
    let cases: [(&str, Vec<u8>); 6] = [
        ("JSON", b"{\"resourceSpans\":[]}".to_vec()),
        ("half", good[..good.len() / 2].to_vec()),
        ("wrong wire type", wrong_type),
        ("100,000 groups", deep_groups),
        ("a length of 4 GiB", vec![0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 2, 3]),
        ("a length of 2^63", vec![0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
    ];
    for (what, bytes) in cases {
        let result = accept_traces(Bytes::from(bytes), &door(&Limits::default()));
        assert_eq!(result.err().map(|e| e.kind()), Some(Kind::Invalid), "{what}");
    }
}

#[test]
fn unknown_fields_and_groups_are_skipped_and_kept_in_a_rebuilt_body() {
    let unknown = [&[0x9B, 0x06, 0x08, 0x01, 0x13, 0x14, 0x9C, 0x06][..], b"\xA2\x06\x03abc"].concat();
    let spans = vec![a_span(1, 0), Span { trace_id: vec![], ..a_span(2, 1) }];
    let mut inner = resource("service.name=svc", spans).encode_to_vec();
    inner.extend_from_slice(&unknown);
    let mut bytes = Vec::new();
    prost::encoding::bytes::encode(1, &inner, &mut bytes);
    bytes.extend_from_slice(&unknown);
    let accepted = accept_traces(Bytes::from(bytes), &door(&Limits::default())).unwrap();
    assert_eq!((accepted.slices.len(), accepted.rejected), (1, vec![(RejectReason::BadId, 1)]));
    let count = accepted.body.windows(unknown.len()).filter(|window| *window == unknown).count();
    assert_eq!(count, 2, "unknown fields survive");
}

#[test]
fn every_truncation_is_refused_or_whole() {
    let mut rich = a_span(2, 1);
    rich.attributes = vec![
        attribute("n", Value::IntValue(-5)),
        attribute("d", Value::DoubleValue(0.5)),
        attribute("a", nested(3)),
        KeyValue { key: "none".to_owned(), value: None, ..KeyValue::default() },
    ];
    rich.events = vec![span::Event { time_unix_nano: 5, name: "e".to_owned(), ..span::Event::default() }];
    let whole = encode(&request(vec![resource("service.name=svc", vec![a_span(1, 0), rich])]));
    for end in 0..whole.len() {
        sightline_otlp::fuzzing::protobuf(&whole[..end]);
        let ours = accept_traces(whole.slice(..end), &door(&Limits::default()));
        let theirs = ExportTraceServiceRequest::decode(&whole[..end]);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "cut at {end}");
    }
}
