//! Malformed and hostile metric requests (faults 45, 50-54, 57, 58 of promise.md): each gets the code that tells the
//! truth, costs only the point that is bad, and is counted under its reason.

use opentelemetry_proto::tonic::metrics::v1::{
    HistogramDataPoint, Metric, NumberDataPoint, number_data_point,
};
use prost::Message;

use crate::away::Away;
use crate::hostile::{
    BAD, BAD_MESSAGE, Body, Case, JSON, JSON_BAD, JSON_OK, JsonPartial, LARGE, OK, PROTOBUF, ProtobufPartial,
    TOO_LARGE, case, check_at, field, gzip,
};
use crate::kit::{away_config, fresh_org, metrics, start};
use crate::{points, spans};

fn of(metrics: Vec<Metric>) -> Vec<u8> {
    points::request("shop", metrics).encode_to_vec()
}

/// A gauge whose one point has been changed.
fn gauge(change: impl FnOnce(&mut NumberDataPoint)) -> Vec<u8> {
    let mut point = points::gauge(1);
    change(&mut point);
    of(vec![points::gauges("m", vec![point])])
}

/// The same of what only rises.
fn total(change: impl FnOnce(&mut NumberDataPoint)) -> Vec<u8> {
    let mut point = points::total(1);
    change(&mut point);
    of(vec![points::totals("m", vec![point])])
}

fn histogram(change: impl FnOnce(&mut HistogramDataPoint)) -> Vec<u8> {
    let mut point = points::histogram(1);
    change(&mut point);
    of(vec![points::histograms("m", vec![point])])
}

fn quantile(quantile: f64) -> Vec<u8> {
    let mut point = points::summary(1);
    point.quantile_values[0].quantile = quantile;
    of(vec![points::summaries("m", vec![point])])
}

const fn partial(n: u64) -> (u16, Body) {
    (200, ProtobufPartial(n))
}

const ONE_BAD: Option<(&str, u64)> = BAD_MESSAGE;

/// A point whose attribute is so many arrays inside each other.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = Vec::new();
    for _ in 0..depth {
        value = field(5, &field(1, &value));
    }
    let attribute = [field(1, b"deep"), field(2, &value)].concat();
    // NumberDataPoint.attributes = 7, Gauge.data_points = 1, Metric.gauge = 5.
    let point = [points::gauge(1).encode_to_vec(), field(7, &attribute)].concat();
    let metric = [field(1, b"m"), field(5, &field(1, &point))].concat();
    field(1, &field(2, &field(2, &metric)))
}

fn with_bad_utf8() -> Vec<u8> {
    let mut body = gauge(|point| point.attributes = vec![spans::text("k", "@@@@")]);
    let at = body.windows(4).position(|window| window == b"@@@@").unwrap();
    body[at] = 0xff;
    body
}

fn protobuf_cases() -> Vec<Case> {
    let good = points::bytes("shop", 1, 1);
    let cut = good[..good.len() - 3].to_vec();
    let mut thousand: Vec<_> = (0..1000).map(points::gauge).collect();
    thousand[500].time_unix_nano = 1;
    let thousand = gzip(&of(vec![points::gauges("m", thousand)]));
    vec![
        case("honest", PROTOBUF, good.clone(), OK, None),
        case("no bytes", PROTOBUF, [], OK, None),
        case("envelopes without metrics", PROTOBUF, field(1, &field(2, &[])), OK, None),
        case("a metric without data", PROTOBUF, field(1, &field(2, &field(2, &field(1, b"m")))), OK, None),
        case("garbage", PROTOBUF, *b"\xff\xff\xff\xff", BAD, BAD_MESSAGE),
        case("cut off", PROTOBUF, cut, BAD, BAD_MESSAGE),
        case("one byte over the limit", PROTOBUF, spans::padded(good, (256 << 10) + 1), LARGE, TOO_LARGE),
        case("nested 20,000 deep", PROTOBUF, nested(20_000), partial(1), Some(("attribute_limit", 1))),
        case("invalid UTF-8", PROTOBUF, with_bad_utf8(), partial(1), Some(("bad_utf8", 1))),
        case("1 bad of 1,000", PROTOBUF, thousand, partial(1), Some(("too_old", 1)))
            .with("content-encoding", "gzip"),
    ]
}

fn number_cases() -> Vec<Case> {
    let double = |value: f64| Some(number_data_point::Value::AsDouble(value));
    let many = (0..2_000).map(|n| spans::int(&format!("k{n}"), n)).collect();
    vec![
        case("NaN", PROTOBUF, gauge(|p| p.value = double(f64::NAN)), OK, None),
        case("infinite", PROTOBUF, gauge(|p| p.value = double(f64::INFINITY)), OK, None),
        case("no value", PROTOBUF, gauge(|p| p.value = None), partial(1), ONE_BAD),
        case("no value, and says so", PROTOBUF, gauge(|p| (p.value, p.flags) = (None, 1)), OK, None),
        case("a total that is NaN", PROTOBUF, total(|p| p.value = double(f64::NAN)), partial(1), ONE_BAD),
        case("a total below zero", PROTOBUF, total(|p| p.value = double(-5.0)), OK, None),
        case("in 1970", PROTOBUF, gauge(|p| p.time_unix_nano = 1), partial(1), Some(("too_old", 1))),
        case("no time", PROTOBUF, gauge(|p| p.time_unix_nano = 0), partial(1), Some(("too_old", 1))),
        case("in 2554", PROTOBUF, gauge(|p| p.time_unix_nano = u64::MAX), partial(1), Some(("too_new", 1))),
        case("started in 2554", PROTOBUF, total(|p| p.start_time_unix_nano = u64::MAX), OK, None),
        case("2,000 attributes", PROTOBUF, gauge(|p| p.attributes = many), OK, None),
        case(
            "a metric without a name",
            PROTOBUF,
            of(vec![points::gauges("", vec![points::gauge(1)])]),
            partial(1),
            ONE_BAD,
        ),
        case(
            "NUL and bidi",
            PROTOBUF,
            gauge(|p| p.attributes = vec![spans::text("a\0b", "\u{202E}c")]),
            OK,
            None,
        ),
    ]
}

/// Names that are the platform's own (vocabulary.md, rule 2).
fn name_cases() -> Vec<Case> {
    let named = |name: &str| of(vec![points::gauges(name, vec![points::gauge(1)])]);
    let reserved = Some(("reserved_name", 1));
    vec![
        case("a name of the platform", PROTOBUF, named("sightline.pipeline.received"), partial(1), reserved),
        case("a name of what is derived", PROTOBUF, named("sightline.red.duration"), partial(1), reserved),
        case("the room of the SDK", PROTOBUF, named("sightline.sdk.endpoint.state"), OK, None),
        case("a name that only begins alike", PROTOBUF, named("sightlines.seen"), OK, None),
    ]
}

fn distribution_cases() -> Vec<Case> {
    vec![
        case("a bucket too few", PROTOBUF, histogram(|p| p.bucket_counts.truncate(2)), partial(1), ONE_BAD),
        case("unsorted bounds", PROTOBUF, histogram(|p| p.explicit_bounds.swap(0, 1)), partial(1), ONE_BAD),
        case(
            "a bound that is NaN",
            PROTOBUF,
            histogram(|p| p.explicit_bounds[0] = f64::NAN),
            partial(1),
            ONE_BAD,
        ),
        case("a count of others", PROTOBUF, histogram(|p| p.count = 7), partial(1), ONE_BAD),
        case(
            "buckets that overflow",
            PROTOBUF,
            histogram(|p| p.bucket_counts[0] = u64::MAX),
            partial(1),
            ONE_BAD,
        ),
        case("a quantile of 1.5", PROTOBUF, quantile(1.5), partial(1), ONE_BAD),
        case("a quantile that is NaN", PROTOBUF, quantile(f64::NAN), partial(1), ONE_BAD),
        case(
            "exemplar of a trace of 3 bytes",
            PROTOBUF,
            histogram(|p| p.exemplars[0].trace_id = vec![1; 3]),
            OK,
            None,
        ),
    ]
}

fn json_cases() -> Vec<Case> {
    let time = spans::now() - 1_000_000_000;
    let point = |fields: &str| {
        format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","gauge":{{"dataPoints":[{{{fields}}}]}}}}]}}]}}]}}"#
        )
    };
    let with_time = |fields: &str| point(&format!(r#""timeUnixNano":"{time}",{fields}"#));
    vec![
        case("plain JSON", JSON, with_time(r#""asDouble":1.5"#), JSON_OK, None),
        case("integer in quotes", JSON, with_time(r#""asInt":"7""#), JSON_OK, None),
        case("NaN in quotes", JSON, with_time(r#""asDouble":"NaN""#), JSON_OK, None),
        case("1e400", JSON, with_time(r#""asDouble":1e400"#), JSON_BAD, BAD_MESSAGE),
        case(
            "lone surrogate",
            JSON,
            with_time(r#""asDouble":1,"attributes":[{"key":"\ud800"}]"#),
            JSON_BAD,
            BAD_MESSAGE,
        ),
        case("unknown key", JSON, with_time(r#""asDouble":1,"brandNew":{"a":[1,{}]}"#), JSON_OK, None),
        case("key given twice", JSON, with_time(r#""asDouble":1,"asDouble":2"#), JSON_OK, None),
        case(
            "keys in snake case are unknown",
            JSON,
            point(r#""time_unix_nano":"1","asDouble":1"#),
            (200, JsonPartial(1)),
            Some(("too_old", 1)),
        ),
        case(
            "temporality by name",
            JSON,
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}}]}]}]}"#,
            JSON_BAD,
            BAD_MESSAGE,
        ),
        case("a list", JSON, "[]", JSON_BAD, BAD_MESSAGE),
        case("no bytes of JSON", JSON, [], JSON_BAD, BAD_MESSAGE),
        case(
            "in 1970",
            JSON,
            point(r#""timeUnixNano":"1","asInt":"7""#),
            (200, JsonPartial(1)),
            Some(("too_old", 1)),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_metric_requests_get_a_true_code_and_cost_only_what_is_bad() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let cases = [protobuf_cases(), number_cases(), name_cases(), distribution_cases(), json_cases()];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 35, "{} cases", cases.len());
    for case in &cases {
        check_at(&pipeline, "/v1/metrics", metrics(fresh_org()), case).await;
    }
    pipeline.stop().await;
}

/// The org of the platform tells of itself under its own names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_may_use_its_own_names() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let own = of(vec![points::gauges("sightline.pipeline.received", vec![points::gauge(1)])]);
    let own = case("the platform about itself", PROTOBUF, own, OK, None);
    check_at(&pipeline, "/v1/metrics", metrics(sightline_model::OrgId::PLATFORM.0), &own).await;
    pipeline.stop().await;
}

/// One label with a new value in every point (fault 56).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_values_of_a_label_are_rejected_beyond_the_limit_and_cost_nobody_else() {
    const EACH: u64 = 50_000;
    const ROUNDS: u64 = 20;
    const MAX: u64 = 1_000;
    let dir = tempfile::tempdir().unwrap();
    let mut config = away_config(dir.path());
    config.limits.body_bytes_max = 8 << 20;
    config.limits.decompressed_bytes_max = 8 << 20;
    config.limits.metric_series_max = u32::try_from(MAX).unwrap();
    let pipeline = start(dir.path(), config, std::sync::Arc::new(Away)).await;
    let counts = metrics(fresh_org());
    let request = |name: &str, values: std::ops::Range<u64>| {
        of(vec![points::gauges(name, values.map(points::gauge).collect())])
    };
    // How many are rejected now, and until now.
    let send = async |name, what, values, rejected: (u64, u64)| {
        let expected = if rejected.0 == 0 { OK } else { partial(rejected.0) };
        let counted = Some(("cardinality", rejected.1));
        let case = case(what, PROTOBUF, request(name, values), expected, counted);
        check_at(&pipeline, "/v1/metrics", counts, &case).await;
    };
    for round in 0..ROUNDS {
        let all = (round + 1) * EACH - MAX;
        let now = if round == 0 { all } else { EACH };
        send("burst", "a burst", round * EACH..(round + 1) * EACH, (now, all)).await;
    }
    let all = ROUNDS * EACH - MAX;
    send("burst", "a series that was there before", 0..10, (0, all)).await;
    send("calm", "another metric", 0..10, (0, all)).await;
    let other = metrics(fresh_org());
    let burst = case("another org", PROTOBUF, request("burst", EACH..EACH + 10), OK, None);
    check_at(&pipeline, "/v1/metrics", other, &burst).await;
    pipeline.stop().await;
}
