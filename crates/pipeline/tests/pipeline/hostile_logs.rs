//! Malformed and hostile log requests (faults 45, 50-52, 54, 57, 58 of promise.md; 10 MiB lines, absurd times): each
//! gets the code that tells the truth, costs only the record that is bad, and is counted under its reason.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;

use crate::away::Away;
use crate::hostile::{
    BAD, BAD_MESSAGE, Body, Case, JSON, JSON_BAD, JSON_OK, JsonPartial, LARGE, OK, PROTOBUF, ProtobufPartial,
    TOO_LARGE, case, check_at, field, gzip,
};
use crate::kit::{away_config, fresh_org, logs, start};
use crate::{lines, spans};

fn changed(change: impl FnOnce(&mut LogRecord)) -> Vec<u8> {
    let mut record = lines::record(1);
    change(&mut record);
    lines::request("shop", vec![record]).encode_to_vec()
}

const fn partial(n: u64) -> (u16, Body) {
    (200, ProtobufPartial(n))
}

/// A record whose body is so many arrays inside each other.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = Vec::new();
    for _ in 0..depth {
        value = field(5, &field(1, &value));
    }
    let record = [lines::record(1).encode_to_vec(), field(5, &value)].concat();
    field(1, &field(2, &field(2, &record)))
}

fn with_bad_utf8() -> Vec<u8> {
    let mut body = changed(|record| record.body = lines::body("@@@@"));
    let at = body.windows(4).position(|window| window == b"@@@@").unwrap();
    body[at] = 0xff;
    body
}

fn protobuf_cases() -> Vec<Case> {
    let good = lines::bytes("shop", 1, 1);
    let cut = good[..good.len() - 3].to_vec();
    let mut thousand: Vec<_> = (0..1000).map(lines::record).collect();
    thousand[500].time_unix_nano = 1;
    vec![
        case("honest", PROTOBUF, good.clone(), OK, None),
        case("no bytes", PROTOBUF, [], OK, None),
        case("envelopes without records", PROTOBUF, field(1, &field(2, &[])), OK, None),
        case("an empty record", PROTOBUF, field(1, &field(2, &field(2, &[]))), OK, None),
        case("garbage", PROTOBUF, *b"\xff\xff\xff\xff", BAD, BAD_MESSAGE),
        case("cut off", PROTOBUF, cut, BAD, BAD_MESSAGE),
        case("spans sent to the path of logs", PROTOBUF, spans::bytes("shop", 1, 1), BAD, BAD_MESSAGE),
        case("one byte over the limit", PROTOBUF, spans::padded(good, (256 << 10) + 1), LARGE, TOO_LARGE),
        case("body nested 20,000 deep", PROTOBUF, nested(20_000), partial(1), Some(("attribute_limit", 1))),
        case("invalid UTF-8 in the body", PROTOBUF, with_bad_utf8(), partial(1), Some(("bad_utf8", 1))),
        case(
            "1 bad of 1,000",
            PROTOBUF,
            gzip(&lines::request("shop", thousand).encode_to_vec()),
            partial(1),
            Some(("too_old", 1)),
        )
        .with("content-encoding", "gzip"),
    ]
}

fn record_cases() -> Vec<Case> {
    let many = (0..10_000).map(|n| spans::int(&format!("k{n}"), n)).collect();
    let old = Some(("too_old", 1));
    let nothing = AnyValue { value: None };
    let array = any_value::Value::ArrayValue(ArrayValue { values: vec![nothing; 1000] });
    vec![
        case("10,000 attributes", PROTOBUF, changed(|r| r.attributes = many), OK, None),
        case(
            "a body of nulls",
            PROTOBUF,
            changed(|r| r.body = Some(AnyValue { value: Some(array) })),
            OK,
            None,
        ),
        case("no body", PROTOBUF, changed(|r| r.body = None), OK, None),
        case("NUL and bidi", PROTOBUF, changed(|r| r.body = lines::body("a\0b\u{202E}c")), OK, None),
        case("name of 100 KiB", PROTOBUF, changed(|r| r.event_name = "\u{1F600}".repeat(25 << 10)), OK, None),
        case("trace id of 15 bytes", PROTOBUF, changed(|r| r.trace_id = vec![1; 15]), OK, None),
        case("trace id of zeros", PROTOBUF, changed(|r| r.trace_id = vec![0; 16]), OK, None),
        case("span id of 9 bytes", PROTOBUF, changed(|r| r.span_id = vec![1; 9]), OK, None),
        case("severity of 2^31 - 1", PROTOBUF, changed(|r| r.severity_number = i32::MAX), OK, None),
        case("severity below zero", PROTOBUF, changed(|r| r.severity_number = -1), OK, None),
        case(
            "no time at all",
            PROTOBUF,
            changed(|r| (r.time_unix_nano, r.observed_time_unix_nano) = (0, 0)),
            OK,
            None,
        ),
        case("a time in 2554", PROTOBUF, changed(|r| r.time_unix_nano = u64::MAX), OK, None),
        case("a time in 1970", PROTOBUF, changed(|r| r.time_unix_nano = 1), partial(1), old),
        case(
            "observed in 1970",
            PROTOBUF,
            changed(|r| (r.time_unix_nano, r.observed_time_unix_nano) = (0, 1)),
            partial(1),
            old,
        ),
        case(
            "a line of 1999",
            PROTOBUF,
            changed(|r| {
                r.time_unix_nano = 0;
                r.body = lines::body(r#"{"message":"m","timestamp":"1999-01-01T00:00:00Z"}"#);
            }),
            partial(1),
            old,
        ),
        case(
            "a line of 10,000 brackets",
            PROTOBUF,
            changed(|r| {
                r.time_unix_nano = 0;
                r.body = lines::body(&format!(r#"{{"message":"m","level":"x","a":{}"#, "[".repeat(10_000)));
            }),
            OK,
            None,
        ),
    ]
}

fn json_cases() -> Vec<Case> {
    let of = |record: &str| format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#);
    vec![
        case("plain JSON", JSON, of(r#"{"body":{"stringValue":"x"}}"#), JSON_OK, None),
        case(
            "ids in base64",
            JSON,
            of(r#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"x"}"#),
            JSON_OK,
            None,
        ),
        case("snake case", JSON, of(r#"{"severity_number":17}"#), JSON_OK, None),
        case(
            "severity by name",
            JSON,
            of(r#"{"severityNumber":"SEVERITY_NUMBER_INFO"}"#),
            JSON_BAD,
            BAD_MESSAGE,
        ),
        case("lone surrogate", JSON, of(r#"{"body":{"stringValue":"\ud800"}}"#), JSON_BAD, BAD_MESSAGE),
        case("1e400", JSON, of(r#"{"body":{"doubleValue":1e400}}"#), JSON_BAD, BAD_MESSAGE),
        case("a bare line", JSON, r#"{"level":"INFO","message":"x"}"#, JSON_OK, None),
        case("a list", JSON, "[]", JSON_BAD, BAD_MESSAGE),
        case("no bytes of JSON", JSON, [], JSON_BAD, BAD_MESSAGE),
        case("in 1970", JSON, of(r#"{"timeUnixNano":"1"}"#), (200, JsonPartial(1)), Some(("too_old", 1))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_log_requests_get_a_true_code_and_cost_only_what_is_bad() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let cases: Vec<Case> = [protobuf_cases(), record_cases(), json_cases()].into_iter().flatten().collect();
    assert!(cases.len() >= 35, "{} cases", cases.len());
    for case in &cases {
        check_at(&pipeline, "/v1/logs", logs(fresh_org()), case).await;
    }
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_10_mib_is_cut_and_kept() {
    let (dir, org) = (tempfile::tempdir().unwrap(), fresh_org());
    let mut config = away_config(dir.path());
    (config.limits.body_bytes_max, config.limits.decompressed_bytes_max) = (16 << 20, 32 << 20);
    let pipeline = start(dir.path(), config, std::sync::Arc::new(Away)).await;
    let (json, plain) =
        (format!("{{\"message\":\"{}\",\"level\":\"INFO\"}}", "x".repeat(10 << 20)), "y".repeat(10 << 20));
    for text in [json, plain] {
        let body = changed(|record| record.body = lines::body(&text));
        let big = case("10 MiB", PROTOBUF, body, OK, None);
        check_at(&pipeline, "/v1/logs", logs(org), &big).await;
    }
    assert_eq!(logs(org).get("sightline.pipeline.attributes_cut"), 2);
    pipeline.stop().await;
}
