//! Malformed and hostile requests (faults 45-52, 54, 57-59, 64, 65 of promise.md): each gets the code that tells the
//! truth about retrying, a body in the format of the request, and is counted under its reason.

use std::io::Write;

use prost::Message;

use crate::kit::{Counts, Running, away_config, fresh_org, logs, metrics, start, traces};
use crate::spans::{self, RpcStatus};
use crate::{away::Away, grpc, http1, lines, points};

/// What the body of an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// A `google.rpc.Status` with the code of the answer.
    ProtobufStatus(i32),
    /// The same in JSON.
    JsonStatus(i32),
    /// Success, all records taken.
    ProtobufOk,
    /// The same in JSON.
    JsonOk,
    /// Success with so many records rejected.
    ProtobufPartial(u64),
    /// The same in JSON.
    JsonPartial(u64),
    /// Whatever the HTTP layer says by itself.
    Any,
}

pub(crate) use Body::{Any, JsonOk, JsonPartial, JsonStatus, ProtobufOk, ProtobufPartial, ProtobufStatus};

type Headers = Vec<(&'static str, String)>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    headers: Headers,
    body: Vec<u8>,
    status: u16,
    answer: Body,
    /// Reason and number of rejected records.
    counted: Option<(&'static str, u64)>,
}

pub(crate) const PROTOBUF: &str = "application/x-protobuf";
pub(crate) const JSON: &str = "application/json";

pub(crate) fn case(
    name: &'static str,
    content_type: &str,
    body: impl Into<Vec<u8>>,
    (status, answer): (u16, Body),
    counted: Option<(&'static str, u64)>,
) -> Case {
    let headers = vec![("content-type", content_type.to_owned())];
    Case { name, headers, body: body.into(), status, answer, counted }
}

impl Case {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd_window(data: &[u8], window_log: u32) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(window_log).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Wraps a message into a length-delimited field.
pub(crate) fn field(number: u32, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut out);
    prost::encoding::encode_varint(message.len() as u64, &mut out);
    out.extend_from_slice(message);
    out
}

/// A request whose one span has been changed.
fn changed(change: impl FnOnce(&mut opentelemetry_proto::tonic::trace::v1::Span)) -> Vec<u8> {
    let mut span = spans::span(1);
    change(&mut span);
    spans::request("shop", vec![span]).encode_to_vec()
}

/// A span whose attribute is `depth` arrays inside each other, built from the inside.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = Vec::new();
    for _ in 0..depth {
        // AnyValue.array_value = 5, ArrayValue.values = 1
        value = field(5, &field(1, &value));
    }
    let attribute = [field(1, b"deep"), field(2, &value)].concat();
    let span = [spans::span(1).encode_to_vec(), field(9, &attribute)].concat();
    field(1, &field(2, &field(2, &span)))
}

fn json_span(fields: &str) -> String {
    let start = spans::now() - 1_000_000_000;
    let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    let times = format!(r#""startTimeUnixNano":"{start}","endTimeUnixNano":"{}""#, start + 1000);
    let span = format!(r#"{{{ids},"name":"x",{times}{fields}}}"#);
    json_of(&span)
}

fn json_of(span: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
}

pub(crate) const OK: (u16, Body) = (200, ProtobufOk);
pub(crate) const BAD: (u16, Body) = (400, ProtobufStatus(3));
pub(crate) const LARGE: (u16, Body) = (413, ProtobufStatus(8));
const UNSUPPORTED: (u16, Body) = (415, ProtobufStatus(12));
pub(crate) const JSON_OK: (u16, Body) = (200, JsonOk);
pub(crate) const JSON_BAD: (u16, Body) = (400, JsonStatus(3));
pub(crate) const BAD_MESSAGE: Option<(&str, u64)> = Some(("bad_message", 1));
pub(crate) const TOO_LARGE: Option<(&str, u64)> = Some(("too_large", 1));

/// Faults 45 to 47: bytes that are no protobuf, or a dangerous one.
fn protobuf_cases() -> Vec<Case> {
    let good = spans::bytes("shop", 1, 1);
    let cut = good[..good.len() - 3].to_vec();
    let huge_length = [&[0x0A][..], &[0xFF; 9], &[0x7F]].concat();
    let four_gib = [&[0x0A][..], &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], b"abc"].concat();
    let wrong_type = [0x08, 0x01];
    let unknown = [good.clone(), field(900, b"anything")].concat();
    vec![
        case("garbage", PROTOBUF, *b"\xff\xff\xff\xff", BAD, BAD_MESSAGE),
        case("cut off", PROTOBUF, cut, BAD, BAD_MESSAGE),
        case("field of the wrong wire type", PROTOBUF, wrong_type, BAD, BAD_MESSAGE),
        case("length of 2^63", PROTOBUF, huge_length, BAD, BAD_MESSAGE),
        case("length of 4 GiB", PROTOBUF, four_gib, BAD, BAD_MESSAGE),
        case("field number 0", PROTOBUF, [0x02, 0x00], BAD, BAD_MESSAGE),
        case("group that never ends", PROTOBUF, [0x0B], BAD, BAD_MESSAGE),
        case("unknown field", PROTOBUF, unknown, OK, None),
        case("JSON said, protobuf sent", JSON, good, JSON_BAD, BAD_MESSAGE),
        case("protobuf said, JSON sent", PROTOBUF, *b"{\"resourceSpans\":[]}", BAD, BAD_MESSAGE),
        case(
            "value nested 20,000 deep",
            PROTOBUF,
            nested(20_000),
            (200, ProtobufPartial(1)),
            Some(("attribute_limit", 1)),
        ),
    ]
}

/// Faults 48 to 50: compression, encodings, sizes.
fn encoding_cases() -> Vec<Case> {
    let good = || spans::bytes("shop", 1, 1);
    let limit = 256 << 10;
    let over = vec![0; (2 << 20) + 1];
    let two_members = || [gzip(&good()), gzip(&good())].concat();
    vec![
        case("gzip", PROTOBUF, gzip(&good()), OK, None).with("content-encoding", "gzip"),
        case("zstd", PROTOBUF, zstd_window(&good(), 20), OK, None).with("content-encoding", "zstd"),
        case("identity by name", PROTOBUF, good(), OK, None).with("content-encoding", "identity"),
        case("upper case encoding", PROTOBUF, gzip(&good()), OK, None).with("Content-Encoding", "GZIP"),
        case("gzip of two members", PROTOBUF, two_members(), OK, None).with("content-encoding", "gzip"),
        case("gzip bomb", PROTOBUF, gzip(&over), LARGE, TOO_LARGE).with("content-encoding", "gzip"),
        case("zstd bomb", PROTOBUF, zstd_window(&over, 20), LARGE, TOO_LARGE)
            .with("content-encoding", "zstd"),
        case("zstd window of 128 MiB", PROTOBUF, zstd_window(&good(), 27), LARGE, TOO_LARGE)
            .with("content-encoding", "zstd"),
        case("gzip in gzip", PROTOBUF, gzip(&gzip(&good())), UNSUPPORTED, BAD_MESSAGE)
            .with("content-encoding", "gzip, gzip"),
        case("two encoding fields", PROTOBUF, gzip(&good()), UNSUPPORTED, BAD_MESSAGE)
            .with("content-encoding", "gzip")
            .with("content-encoding", "gzip"),
        case("deflate", PROTOBUF, good(), UNSUPPORTED, BAD_MESSAGE).with("content-encoding", "deflate"),
        case("snappy", PROTOBUF, good(), UNSUPPORTED, BAD_MESSAGE).with("content-encoding", "snappy"),
        case("gzip said, none sent", PROTOBUF, good(), BAD, BAD_MESSAGE).with("content-encoding", "gzip"),
        case("gzip sent, none said", PROTOBUF, gzip(&good()), BAD, BAD_MESSAGE),
        case("half of gzip", PROTOBUF, gzip(&good())[..30].to_vec(), BAD, BAD_MESSAGE)
            .with("content-encoding", "gzip"),
        case("no content type", "", good(), (415, JsonStatus(12)), BAD_MESSAGE),
        case("text/plain", "text/plain", good(), (415, JsonStatus(12)), BAD_MESSAGE),
        case("charset suffix", "application/x-protobuf; charset=utf-8", good(), OK, None),
        case("JSON with charset", "application/json;charset=UTF-8", "{}", JSON_OK, None),
        case("upper case type", "Application/X-PROTOBUF", good(), OK, None),
        case("exactly the limit", PROTOBUF, spans::padded(good(), limit), OK, None),
        case("one byte over the limit", PROTOBUF, spans::padded(good(), limit + 1), LARGE, TOO_LARGE),
        case("no bytes", PROTOBUF, [], OK, None),
        case("no bytes of JSON", JSON, [], JSON_BAD, BAD_MESSAGE),
        case("envelopes without spans", PROTOBUF, field(1, &field(2, &[])), OK, None),
    ]
}

/// Faults 51, 52, 54 and 58: records that are too much, not text, or out of time.
fn record_cases() -> Vec<Case> {
    let many = (0..10_000).map(|n| spans::int(&format!("k{n}"), n)).collect();
    let partial = |n| (200, ProtobufPartial(n));
    let mut thousand: Vec<_> = (0..1000).map(spans::span).collect();
    thousand[500].trace_id = vec![1; 15];
    vec![
        case("10,000 attributes", PROTOBUF, changed(|s| s.attributes = many), OK, None),
        case(
            "value of 200 KiB",
            PROTOBUF,
            changed(|s| s.attributes.push(spans::text("v", &"x".repeat(200 << 10)))),
            OK,
            None,
        ),
        case("name of 200 KiB", PROTOBUF, changed(|s| s.name = "\u{1F600}".repeat(50 << 10)), OK, None),
        case("2,000 events", PROTOBUF, changed(|s| s.events = vec![Default::default(); 2000]), OK, None),
        case("2,000 links", PROTOBUF, changed(|s| s.links = vec![Default::default(); 2000]), OK, None),
        case("end before start", PROTOBUF, changed(|s| s.end_time_unix_nano = 1), OK, None),
        case("NUL and bidi in names", PROTOBUF, changed(|s| s.name = "a\0b\u{202E}c".into()), OK, None),
        case(
            "start at 0",
            PROTOBUF,
            changed(|s| s.start_time_unix_nano = 0),
            partial(1),
            Some(("too_old", 1)),
        ),
        case(
            "start at the end of time",
            PROTOBUF,
            changed(|s| s.start_time_unix_nano = u64::MAX),
            partial(1),
            Some(("too_new", 1)),
        ),
        case(
            "trace id of 15 bytes",
            PROTOBUF,
            changed(|s| s.trace_id = vec![1; 15]),
            partial(1),
            Some(("bad_id", 1)),
        ),
        case(
            "trace id of zeros",
            PROTOBUF,
            changed(|s| s.trace_id = vec![0; 16]),
            partial(1),
            Some(("bad_id", 1)),
        ),
        case("no span id", PROTOBUF, changed(|s| s.span_id = vec![]), partial(1), Some(("bad_id", 1))),
        case(
            "1 bad of 1,000",
            PROTOBUF,
            gzip(&spans::request("shop", thousand).encode_to_vec()),
            partial(1),
            Some(("bad_id", 1)),
        )
        .with("content-encoding", "gzip"),
    ]
}

/// Fault 57: JSON beside the specification.
fn json_cases() -> Vec<Case> {
    let bad_id = Some(("bad_id", 1));
    let base64 = r#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=","startTimeUnixNano":"1"}"#;
    let snake = r#"{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}"#;
    let half = json_span("").trim_end_matches('}').to_owned();
    vec![
        case("plain JSON", JSON, json_span(""), JSON_OK, None),
        case(
            "number in a text",
            JSON,
            json_span(r#","attributes":[{"key":"a","value":{"intValue":"12"}}]"#),
            JSON_OK,
            None,
        ),
        case(
            "number as number",
            JSON,
            json_span(r#","attributes":[{"key":"a","value":{"intValue":12}}]"#),
            JSON_OK,
            None,
        ),
        case("enum as number", JSON, json_span(r#","kind":2"#), JSON_OK, None),
        case("unknown key", JSON, json_span(r#","brandNew":{"a":[1,2,{}]}"#), JSON_OK, None),
        case("key given twice", JSON, json_span(r#","name":"y""#), JSON_OK, None),
        case("lone surrogate", JSON, json_span(r#","traceState":"\ud800""#), JSON_BAD, BAD_MESSAGE),
        case("ids in base64", JSON, json_of(base64), (200, JsonPartial(1)), bad_id),
        case("keys in snake case are unknown", JSON, json_of(snake), (200, JsonPartial(1)), bad_id),
        case(
            "1e400",
            JSON,
            json_span(r#","attributes":[{"key":"a","value":{"doubleValue":1e400}}]"#),
            JSON_BAD,
            BAD_MESSAGE,
        ),
        case("half of JSON", JSON, half, JSON_BAD, BAD_MESSAGE),
        case("a list instead of an object", JSON, "[]", JSON_BAD, BAD_MESSAGE),
        case("100,000 brackets", JSON, "[".repeat(100_000), JSON_BAD, BAD_MESSAGE),
        case("empty object", JSON, "{}", JSON_OK, None),
    ]
}

async fn check(pipeline: &Running, case: &Case) {
    check_at(pipeline, "/v1/traces", traces(fresh_org()), case).await;
}

/// Sends a case to the path of a signal, and looks at the answer and at the counters.
pub(crate) async fn check_at(pipeline: &Running, path: &str, counts: Counts, case: &Case) {
    let org = counts.org;
    let key = format!("org-{org}");
    let mut headers: Vec<(&str, &str)> = vec![("signoz-ingestion-key", &key)];
    headers.extend(case.headers.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (*n, v.as_str())));
    let bytes = http1::request("POST", path, &headers, &case.body);
    let Some(answer) = http1::send(pipeline.http, &bytes).await else {
        panic!("{}: no answer", case.name);
    };
    assert_eq!(answer.status, case.status, "{}: {}", case.name, String::from_utf8_lossy(&answer.body));
    check_body(case.name, &answer, case.answer);
    check_counters(case, counts);
}

pub(crate) fn check_body(name: &str, answer: &http1::Answer, expected: Body) {
    let media_type = answer.header("content-type").unwrap_or_default().to_owned();
    let json = || -> serde_json::Value { serde_json::from_slice(&answer.body).unwrap() };
    match expected {
        Any => return,
        ProtobufStatus(code) => {
            let status = RpcStatus::decode(&*answer.body).unwrap();
            assert_eq!(status.code, code, "{name}: {status:?}");
            assert!(!status.message.is_empty(), "{name}");
        }
        JsonStatus(code) => assert_eq!(json()["code"], code, "{name}: {}", json()),
        ProtobufOk => assert_eq!(answer.body, b"", "{name}"),
        JsonOk => assert_eq!(json(), serde_json::json!({}), "{name}"),
        ProtobufPartial(n) => assert_eq!(partial_of(&answer.body).0, n, "{name}"),
        JsonPartial(n) => {
            // 64-bit numbers are texts in protobuf's JSON.
            let partial = &json()["partialSuccess"];
            let rejected =
                ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"].map(|key| &partial[key]);
            assert!(rejected.contains(&&serde_json::json!(n.to_string())), "{name}: {partial}");
        }
    }
    let is_json = matches!(expected, JsonStatus(_) | JsonOk | JsonPartial(_));
    assert_eq!(media_type, if is_json { JSON } else { PROTOBUF }, "{name}");
}

/// How many spans a `partial_success` says are rejected, and why.
pub(crate) fn partial_of(body: &[u8]) -> (u64, String) {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
    let answer = ExportTraceServiceResponse::decode(body).unwrap();
    let partial = answer.partial_success.unwrap_or_default();
    (u64::try_from(partial.rejected_spans).unwrap(), partial.error_message)
}

fn check_counters(case: &Case, counts: Counts) {
    for reason in sightline_model::RejectReason::ALL {
        let expected = case.counted.filter(|(name, _)| *name == reason.as_str()).map_or(0, |(_, n)| n);
        let rejected = counts.rejected(reason.as_str());
        assert_eq!(rejected, expected, "{}: counted as {}", case.name, reason.as_str());
    }
    let received = counts.get("sightline.pipeline.received");
    let least = case.counted.map_or(0, |(_, n)| n);
    assert!(received >= least, "{}: {received} received", case.name);
    counts.assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_requests_get_a_true_code_a_readable_body_and_a_counted_reason() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let groups = [protobuf_cases(), encoding_cases(), record_cases(), json_cases()];
    let cases: Vec<Case> = groups.into_iter().flatten().collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for case in &cases {
        check(&pipeline, case).await;
    }
    // The same server still takes an honest request.
    let good = case("honest", PROTOBUF, spans::bytes("shop", 77, 3), OK, None);
    check(&pipeline, &good).await;
    pipeline.stop().await;
}

/// Name, encoding that is said, body, code, and reason.
type Call<'a> = (&'a str, Option<&'a str>, Vec<u8>, i32, Option<&'a str>);

fn calls(good: &[u8]) -> Vec<Call<'static>> {
    let plain = |message: &[u8]| grpc::frame(message, false);
    let packed = |message: &[u8]| grpc::frame(message, true);
    let bomb = gzip(&vec![0; (2 << 20) + 1]);
    let limit = 256 << 10;
    vec![
        ("honest", None, plain(good), 0, None),
        ("gzip", Some("gzip"), packed(&gzip(good)), 0, None),
        ("zstd", Some("zstd"), packed(&zstd_window(good, 20)), 0, None),
        ("encoding said, not used", Some("gzip"), plain(good), 0, None),
        ("empty", None, plain(b""), 0, None),
        ("exactly the limit", None, plain(&spans::padded(good.to_vec(), limit)), 0, None),
        ("over the limit", None, plain(&spans::padded(good.to_vec(), limit + 1)), 8, Some("too_large")),
        ("gzip bomb", Some("gzip"), packed(&bomb), 8, Some("too_large")),
        ("zstd window", Some("zstd"), packed(&zstd_window(good, 27)), 8, Some("too_large")),
        ("unknown encoding", Some("snappy"), packed(good), 12, Some("bad_message")),
        ("compressed, not said how", None, packed(&gzip(good)), 3, Some("bad_message")),
        ("garbage", None, plain(b"\xff\xff\xff"), 3, Some("bad_message")),
        ("cut off", None, plain(&good[..good.len() - 3]), 3, Some("bad_message")),
        ("no frame", None, b"abc".to_vec(), 3, Some("bad_message")),
        ("two messages", None, [plain(good), plain(good)].concat(), 3, Some("bad_message")),
        ("length that lies", None, b"\0\xff\xff\xff\xffabc".to_vec(), 3, Some("bad_message")),
    ]
}

async fn check_call(pipeline: &Running, method: &str, counts: Counts, call: Call<'_>) {
    let (name, encoding, body, code, reason) = call;
    let key = format!("org-{}", counts.org);
    let mut headers = vec![("signoz-access-token", key.as_str())];
    headers.extend(encoding.map(|encoding| ("grpc-encoding", encoding)));
    let answer = grpc::call(pipeline.grpc, method, &headers, body).await.unwrap();
    assert_eq!((answer.http, answer.code), (200, Some(code)), "{method}, {name}: {answer:?}");
    if let Some(reason) = reason {
        let status = RpcStatus::decode(&*answer.details.unwrap()).unwrap();
        assert_eq!(status.code, code, "{method}, {name}");
        assert!(status.details.is_empty(), "{method}, {name}: nothing to retry: {status:?}");
        assert_eq!(counts.rejected(reason), 1, "{method}, {name}");
    } else {
        assert_eq!(partial_of(&answer.message), (0, String::new()), "{method}, {name}");
    }
    counts.assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_grpc_the_same_faults_have_the_same_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    for call in calls(&spans::bytes("shop", 1, 1)) {
        check_call(&pipeline, grpc::EXPORT, traces(fresh_org()), call).await;
    }
    for call in calls(&lines::bytes("shop", 1, 1)) {
        check_call(&pipeline, grpc::EXPORT_LOGS, logs(fresh_org()), call).await;
    }
    for call in calls(&points::bytes("shop", 1, 1)) {
        check_call(&pipeline, grpc::EXPORT_METRICS, metrics(fresh_org()), call).await;
    }
    pipeline.stop().await;
}
