//! OTLP/JSON: the specification's forms, compared with prost and serde where those follow it.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use prost::Message as _;
use sightline_model::{Kind, RejectReason};
use sightline_otlp::{Limits, accept_traces, traces_from_json};

use crate::build::{any as any_value, door};
use crate::differential::requests;

fn decode(json: &str) -> Result<ExportTraceServiceRequest, sightline_otlp::BadMessage> {
    traces_from_json(json.as_bytes(), &Limits::default())
        .map(|bytes| ExportTraceServiceRequest::decode(&*bytes).unwrap())
}

fn span_of(fields: &str) -> Result<Span, Kind> {
    let json = format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{{fields}}}]}}]}}]}}");
    decode(&json)
        .map(|request| request.resource_spans[0].scope_spans[0].spans[0].clone())
        .map_err(|bad| bad.kind())
}

fn value_of(json: &str) -> Result<Option<Value>, Kind> {
    span_of(&format!("\"attributes\":[{{\"key\":\"k\",\"value\":{json}}}]"))
        .map(|span| span.attributes[0].value.clone().and_then(|any| any.value))
}

#[test]
fn values_have_every_allowed_spelling() {
    let text = |s: &str| Ok(Some(Value::StringValue(s.to_owned())));
    let int = |n: i64| Ok(Some(Value::IntValue(n)));
    let double = |x: f64| Ok(Some(Value::DoubleValue(x)));
    let bytes = |b: &[u8]| Ok(Some(Value::BytesValue(b.to_vec())));
    let bad = || Err(Kind::Invalid);
    for (json, expected) in [
        (r#"{"stringValue":"a\n\u00e9\ud83d\ude00"}"#, text("a\n\u{e9}\u{1F600}")),
        (r#"{"stringValue":""}"#, text("")),
        (r#"{"stringValue":null}"#, Ok(None)),
        (r#"{"stringValue":5}"#, bad()),
        (r#"{"stringValue":"\ud800"}"#, bad()),
        (r#"{"boolValue":true}"#, Ok(Some(Value::BoolValue(true)))),
        (r#"{"boolValue":false}"#, Ok(Some(Value::BoolValue(false)))),
        (r#"{"boolValue":"true"}"#, bad()),
        (r#"{"intValue":"-9223372036854775808"}"#, int(i64::MIN)),
        (r#"{"intValue":9223372036854775807}"#, int(i64::MAX)),
        (r#"{"intValue":0}"#, int(0)),
        (r#"{"intValue":1e3}"#, int(1000)),
        (r#"{"intValue":1.5}"#, bad()),
        (r#"{"intValue":"9223372036854775808"}"#, bad()),
        (r#"{"intValue":"abc"}"#, bad()),
        (r#"{"doubleValue":1.5}"#, double(1.5)),
        (r#"{"doubleValue":-0.0}"#, double(-0.0)),
        (r#"{"doubleValue":-5.949369230008841e-181}"#, double(-5.949_369_230_008_841e-181)),
        (r#"{"doubleValue":[1]}"#, bad()),
        (r#"{"doubleValue":true}"#, bad()),
        (r#"{"doubleValue":null}"#, Ok(None)),
        (r#"{"doubleValue":3}"#, double(3.0)),
        (r#"{"doubleValue":"2.5"}"#, double(2.5)),
        (r#"{"doubleValue":"Infinity"}"#, double(f64::INFINITY)),
        (r#"{"doubleValue":"-Infinity"}"#, double(f64::NEG_INFINITY)),
        (r#"{"doubleValue":1e400}"#, bad()),
        (r#"{"doubleValue":"1e400"}"#, bad()),
        (r#"{"bytesValue":"AP8="}"#, bytes(&[0, 255])),
        (r#"{"bytesValue":"AP8"}"#, bytes(&[0, 255])),
        (r#"{"bytesValue":"_-8="}"#, bytes(&[255, 239])),
        (r#"{"bytesValue":"***"}"#, bad()),
        (r#"{"string_value":"a"}"#, Ok(None)),
        (r#"{"unknownValue":{"a":[1,{}]}}"#, Ok(None)),
        (r#"{"stringValue":"a","stringValue":"b"}"#, text("b")),
        ("{}", Ok(None)),
        ("null", Ok(None)),
        (r#""a""#, bad()),
    ] {
        assert_eq!(value_of(json), expected, "{json}");
    }
    let nan = value_of(r#"{"doubleValue":"NaN"}"#).unwrap();
    assert!(matches!(nan, Some(Value::DoubleValue(x)) if x.is_nan()));
    let nested =
        value_of(r#"{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"a"}]}},{"intValue":"1"}]}}"#);
    let Ok(Some(Value::ArrayValue(array))) = nested else { panic!("not an array") };
    assert_eq!(array.values[1], any_value(Value::IntValue(1)));
}

#[test]
fn fields_follow_the_specification() {
    let times = |start| Span { start_time_unix_nano: start, ..Span::default() };
    for (json, expected) in [
        (r#""startTimeUnixNano":"1700000000000000000""#, Ok(times(1_700_000_000_000_000_000))),
        (r#""startTimeUnixNano":1700000000000000000"#, Ok(times(1_700_000_000_000_000_000))),
        (r#""startTimeUnixNano":-1"#, Err(Kind::Invalid)),
        (r#""startTimeUnixNano":"18446744073709551616""#, Err(Kind::Invalid)),
        (r#""start_time_unix_nano":"17""#, Ok(Span::default())),
        (r#""kind":2"#, Ok(Span { kind: 2, ..Span::default() })),
        (r#""kind":-1"#, Ok(Span { kind: -1, ..Span::default() })),
        (r#""kind":"SPAN_KIND_SERVER""#, Err(Kind::Invalid)),
        (r#""kind":"2""#, Err(Kind::Invalid)),
        (r#""flags":257"#, Ok(Span { flags: 257, ..Span::default() })),
        (r#""droppedEventsCount":4294967296"#, Err(Kind::Invalid)),
        (r#""parentSpanId":"""#, Ok(Span::default())),
        (
            r#""traceId":"5B8EFFF798038103D269B633813FC60C""#,
            Ok(Span {
                trace_id: 0x5B8E_FFF7_9803_8103_D269_B633_813F_C60C_u128.to_be_bytes().to_vec(),
                ..Span::default()
            }),
        ),
        (r#""name":"a","name":"b""#, Ok(Span { name: "b".to_owned(), ..Span::default() })),
        (r#""name":null,"attributes":null,"status":null"#, Ok(Span::default())),
        (r#""attributes":{}"#, Err(Kind::Invalid)),
        (r#""links":["x"]"#, Err(Kind::Invalid)),
    ] {
        assert_eq!(span_of(json), expected, "{json}");
    }
}

#[test]
fn an_id_that_is_no_hex_rejects_its_span_only() {
    let good = r#""spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1764000000000000000","endTimeUnixNano":"1764000000000000001""#;
    let bad_ids =
        ["W47/95gDgQPSabYzgT/GDA==", "abc", "xyzxyzxyzxyzxyzx", "5b8efff798038103d269b633813fc60", ""];
    for id in bad_ids {
        let json = format!(
            "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{id}\",{good}}},{{\"traceId\":\"5b8efff798038103d269b633813fc60c\",{good}}}]}}]}}]}}"
        );
        let bytes = traces_from_json(json.as_bytes(), &Limits::default()).unwrap();
        let accepted = accept_traces(bytes.into(), &door(&Limits::default())).unwrap();
        assert_eq!((accepted.slices.len(), accepted.rejected), (1, vec![(RejectReason::BadId, 1)]), "`{id}`");
    }
}

#[test]
fn bodies_that_are_not_otlp_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_unknown = format!("{{\"x\":{deep}}}");
    for json in ["", "[]", "1", "{", "{}x", "{\"resourceSpans\":{}}", "{\"resourceSpans\":[1]}", &deep] {
        assert_eq!(decode(json).map_err(|bad| bad.kind()).err(), Some(Kind::Invalid), "{:.40}", json);
    }
    assert_eq!(
        traces_from_json(b"{\"resourceSpans\":[{\"schemaUrl\":\"\xff\"}]}", &Limits::default())
            .map_err(|e| e.kind()),
        Err(Kind::Invalid)
    );
    // What nobody knows is skipped without recursion, however deep it is.
    for json in [
        &deep_unknown,
        "{}",
        "{\"resourceSpans\":[]}",
        "{\"resourceMetrics\":[1]}",
        " {\"resourceSpans\":null} ",
    ] {
        assert_eq!(decode(json), Ok(ExportTraceServiceRequest::default()), "{json}");
    }
}

#[test]
fn too_many_spans_are_too_large() {
    let limits = Limits { records_max: 2, ..Limits::default() };
    let json = br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]},{"spans":[{}]}]}]}"#;
    assert_eq!(traces_from_json(json, &limits).map_err(|e| e.kind()), Err(Kind::TooLarge));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_prost_and_serde_write_is_read_back(request in requests()) {
        let json = serde_json::to_string(&request).unwrap();
        // The oracle is what prost's own JSON reader makes of it: it normalises a few absent values.
        let theirs: ExportTraceServiceRequest = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(decode(&json).unwrap(), theirs);
    }
}
