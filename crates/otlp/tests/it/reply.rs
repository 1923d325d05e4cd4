//! Replies, read back with prost and serde.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::{Value, json};
use sightline_otlp::reply;

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<ProtoDuration>,
}

#[derive(Clone, PartialEq, Message)]
struct ProtoDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_full_success_says_nothing() {
    assert_eq!(reply::traces_response(0, None, false), b"");
    assert_eq!(reply::traces_response(0, None, true), b"{}");
}

#[test]
fn a_partial_success_names_count_and_cause() {
    let bytes = reply::traces_response(300, Some("why \"so\""), false);
    let expected = ExportTracePartialSuccess { rejected_spans: 300, error_message: "why \"so\"".to_owned() };
    let decoded = ExportTraceServiceResponse::decode(&*bytes).unwrap();
    assert_eq!(decoded.partial_success, Some(expected));
    assert_eq!(
        parsed(&reply::traces_response(300, Some("why \"so\""), true)),
        json!({ "partialSuccess": { "rejectedSpans": "300", "errorMessage": "why \"so\"" } })
    );
}

#[test]
fn metrics_count_data_points() {
    use opentelemetry_proto::tonic::collector::metrics::v1::{
        ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
    };
    assert_eq!(reply::metrics_response(0, None, false), b"");
    let decoded =
        ExportMetricsServiceResponse::decode(&*reply::metrics_response(7, Some("why"), false)).unwrap();
    let expected = ExportMetricsPartialSuccess { rejected_data_points: 7, error_message: "why".to_owned() };
    assert_eq!(decoded.partial_success, Some(expected));
    assert_eq!(
        parsed(&reply::metrics_response(7, Some("why"), true)),
        json!({ "partialSuccess": { "rejectedDataPoints": "7", "errorMessage": "why" } })
    );
}

#[test]
fn a_status_carries_when_to_retry() {
    let long = "m".repeat(300);
    for (code, delay) in
        [(14, Some(Duration::from_millis(1500))), (8, Some(Duration::from_secs(30))), (-1, None)]
    {
        let status = Status::decode(&*reply::status(code, &long, delay, false)).unwrap();
        assert_eq!((status.code, &status.message), (code, &long));
        let delays: Vec<_> = status
            .details
            .iter()
            .map(|any| {
                assert_eq!(any.type_url, "type.googleapis.com/google.rpc.RetryInfo");
                RetryInfo::decode(&*any.value).unwrap().retry_delay.unwrap()
            })
            .collect();
        let expected = delay.map(|d| ProtoDuration {
            seconds: i64::try_from(d.as_secs()).unwrap(),
            nanos: i32::try_from(d.subsec_nanos()).unwrap(),
        });
        assert_eq!(delays, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_status_in_json_has_the_same_content() {
    assert_eq!(
        parsed(&reply::status(14, "busy", Some(Duration::from_millis(1500)), true)),
        json!({
            "code": 14,
            "message": "busy",
            "details": [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500000000s" }],
        })
    );
    assert_eq!(
        parsed(&reply::status(3, "bad", None, true)),
        json!({ "code": 3, "message": "bad", "details": [] })
    );
}
