//! What is bad among what is good, down to the rows of the store (faults 52 to 54, 56 and 58 of promise.md for logs and
//! metrics): what stands beside it is stored, once, and what is odd but true is stored as it was sent.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, Sum,
    number_data_point,
};
use prost::Message;

use crate::hostile::{PROTOBUF, partial_of};
use crate::kit::{Counts, Running, config, fresh_org, logs, metrics, start};
use crate::store::{number, select, writer};
use crate::{http1, lines, points};

/// Becomes bytes that are no UTF-8.
const MARK: &str = "@@@@";

/// Sends a request; returns how many records are rejected, and the message.
async fn send(pipeline: &Running, org: u32, path: &str, mut body: Vec<u8>) -> (u64, String) {
    while let Some(at) = body.windows(MARK.len()).position(|window| window == MARK.as_bytes()) {
        body[at] = 0xff;
    }
    let key = format!("org-{org}");
    let headers = [("content-type", PROTOBUF), ("signoz-ingestion-key", key.as_str())];
    let answer = http1::send(pipeline.http, &http1::request("POST", path, &headers, &body)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    partial_of(&answer.body)
}

/// Sends each bad record between two good ones, and looks whether it was rejected for its reason, and it alone.
async fn check<T>(
    pipeline: &Running,
    counts: Counts,
    path: &str,
    bad: Vec<(&'static str, &'static str, T)>,
    around: impl Fn(u64, T) -> Vec<u8>,
) {
    for (pair, (reason, what, record)) in (0..).zip(bad) {
        let before = counts.rejected(reason);
        let (rejected, message) = send(pipeline, counts.org, path, around(2 * pair, record)).await;
        assert_eq!((rejected, counts.rejected(reason)), (1, before + 1), "{what}: {message}");
        assert!(message.contains(reason), "{what}: {message}");
    }
}

/// A value of arrays inside each other, one deeper than may be.
fn too_deep() -> AnyValue {
    (0..33).fold(AnyValue::default(), |inner, _| {
        let list = ArrayValue { values: vec![inner] };
        AnyValue { value: Some(any_value::Value::ArrayValue(list)) }
    })
}

fn sum(value: f64, aggregation_temporality: i32, change: impl FnOnce(&mut NumberDataPoint)) -> Metric {
    let mut point = points::total(7);
    point.value = Some(number_data_point::Value::AsDouble(value));
    change(&mut point);
    let sum = Sum { data_points: vec![point], aggregation_temporality, is_monotonic: true };
    points::metric("bad", Data::Sum(sum))
}

fn gauge(name: &str, change: impl FnOnce(&mut NumberDataPoint)) -> Metric {
    let mut point = points::gauge(7);
    change(&mut point);
    points::gauges(name, vec![point])
}

fn bad_numbers() -> Vec<(&'static str, &'static str, Metric)> {
    let labelled = |value: AnyValue| gauge("bad", |point| point.attributes[0].value = Some(value));
    let text = AnyValue { value: Some(any_value::Value::StringValue(MARK.to_owned())) };
    vec![
        ("bad_message", "a total that is NaN", sum(f64::NAN, 2, |_| {})),
        ("bad_message", "a total that is infinite", sum(f64::INFINITY, 2, |_| {})),
        ("bad_message", "an increase below zero", sum(-1.0, 1, |_| {})),
        ("bad_message", "no value", gauge("bad", |point| point.value = None)),
        ("bad_message", "no name", gauge("", |_| {})),
        ("reserved_name", "a name of the platform", gauge("sightline.red.duration", |_| {})),
        ("too_old", "in 1970", gauge("bad", |point| point.time_unix_nano = 1)),
        ("too_new", "in 2554", gauge("bad", |point| point.time_unix_nano = u64::MAX)),
        ("bad_utf8", "a label that is no text", labelled(text)),
        ("attribute_limit", "a label that is too deep", labelled(too_deep())),
    ]
}

fn bad_distributions() -> Vec<(&'static str, &'static str, Metric)> {
    let histogram = |change: &dyn Fn(&mut HistogramDataPoint)| {
        let mut point = points::histogram(7);
        change(&mut point);
        points::histograms("bad", vec![point])
    };
    let scale = |scale: i32| {
        let point = ExponentialHistogramDataPoint {
            time_unix_nano: points::gauge(7).time_unix_nano,
            scale,
            ..ExponentialHistogramDataPoint::default()
        };
        let data = ExponentialHistogram { data_points: vec![point], aggregation_temporality: 2 };
        points::metric("bad", Data::ExponentialHistogram(data))
    };
    let mut quantile = points::summary(7);
    quantile.quantile_values[0].quantile = 1.5;
    vec![
        ("bad_message", "a bucket too few", histogram(&|point| point.bucket_counts.truncate(2))),
        ("bad_message", "a bucket too many", histogram(&|point| point.bucket_counts.push(0))),
        ("bad_message", "bounds that fall", histogram(&|point| point.explicit_bounds.swap(0, 1))),
        ("bad_message", "a count of others", histogram(&|point| point.count = 7)),
        ("bad_message", "a scale of 2^31 - 1", scale(i32::MAX)),
        ("bad_message", "a scale of -2^31", scale(i32::MIN)),
        ("bad_message", "a quantile of 1.5", points::summaries("bad", vec![quantile])),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_point_costs_no_neighbour_its_row() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let bad = [bad_numbers(), bad_distributions()].concat();
    let pairs = bad.len() as u64;
    check(&pipeline, metrics(org), "/v1/metrics", bad, |first, bad| {
        let good = |number| points::gauges("good", vec![points::gauge(number)]);
        points::request("shop", vec![good(first), bad, good(first + 1)]).encode_to_vec()
    })
    .await;
    pipeline.stop().await;
    let rows = select(
        org,
        "SELECT count() AS n, uniqExact(value) AS u, toUInt64(sum(value)) AS s FROM sightline.samples \
         WHERE {scope:samples}",
    )
    .await;
    let good = 2 * pairs;
    assert_eq!(
        (number(&rows, "n"), number(&rows, "u"), number(&rows, "s")),
        (good, good, (0..good).sum::<u64>())
    );
    for table in ["histograms", "exp_histograms", "summaries", "exemplars"] {
        let rows =
            select(org, &format!("SELECT count() AS n FROM sightline.{table} WHERE {{scope:{table}}}")).await;
        assert_eq!(number(&rows, "n"), 0, "{table}");
    }
    metrics(org).assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_record_costs_no_neighbour_its_row() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let changed = |change: &dyn Fn(&mut LogRecord)| {
        let mut record = lines::record(9_999);
        change(&mut record);
        record
    };
    let bad = vec![
        ("too_old", "in 1970", changed(&|record| record.time_unix_nano = 1)),
        (
            "too_old",
            "observed in 1970",
            changed(&|record| (record.time_unix_nano, record.observed_time_unix_nano) = (0, 1)),
        ),
        ("bad_utf8", "a body that is no text", changed(&|record| record.body = lines::body(MARK))),
        ("bad_utf8", "a severity that is no text", changed(&|record| record.severity_text = MARK.to_owned())),
        ("attribute_limit", "a body that is too deep", changed(&|record| record.body = Some(too_deep()))),
        (
            "attribute_limit",
            "an attribute that is too deep",
            changed(&|record| record.attributes[0].value = Some(too_deep())),
        ),
    ];
    let good = 2 * bad.len() as u64;
    check(&pipeline, logs(org), "/v1/logs", bad, |first, bad| {
        lines::request("shop", vec![lines::record(first), bad, lines::record(first + 1)]).encode_to_vec()
    })
    .await;
    pipeline.stop().await;
    let sql =
        "SELECT count() AS n, uniqExact(attrs['invoice_id']) AS u FROM sightline.logs WHERE {scope:logs}";
    let rows = select(org, sql).await;
    assert_eq!((number(&rows, "n"), number(&rows, "u")), (good, good));
    logs(org).assert_conserved();
}

fn value(value: f64) -> impl Fn(&mut NumberDataPoint) {
    move |point| point.value = Some(number_data_point::Value::AsDouble(value))
}

fn at(second: u64, amount: f64) -> impl Fn(&mut NumberDataPoint) {
    move |point| {
        point.time_unix_nano += second * 1_000_000_000;
        value(amount)(point);
    }
}

/// What is sent under a name; how many rows and series of it there are; what holds of each row.
fn odd() -> Vec<(&'static str, Vec<Metric>, u64, u64, &'static str)> {
    let named = |name: &str, mut metric: Metric| {
        name.clone_into(&mut metric.name);
        metric
    };
    let flip = |temporality| named("flips", sum(1.0, temporality, |_| {}));
    let flips = vec![flip(1), flip(2), flip(77), gauge("flips", value(1.0))];
    let unordered = [5, 9, 1, 7].map(|second| gauge("unordered", at(second, 3.0))).to_vec();
    let twice = vec![gauge("twice", at(1, 3.0)), gauge("twice", at(1, 3.0))];
    let falls = vec![named("falls", sum(9.0, 2, |_| {})), named("falls", sum(2.0, 2, at(5, 2.0)))];
    vec![
        ("nan", vec![gauge("nan", value(f64::NAN))], 1, 1, "isNaN(value)"),
        ("infinite", vec![gauge("infinite", value(f64::NEG_INFINITY))], 1, 1, "value = -inf"),
        ("tiny", vec![gauge("tiny", value(f64::MIN_POSITIVE / 2.0))], 1, 1, "value > 0 AND value < 1e-307"),
        ("flips", flips, 4, 4, "value = 1"),
        ("unordered", unordered, 4, 1, "value = 3"),
        ("twice", twice, 2, 1, "value = 3"),
        ("falls", falls, 2, 1, "value IN (9, 2)"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_points_are_stored_as_they_were_sent() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    for (_, sent, ..) in odd() {
        let body = points::request("shop", sent).encode_to_vec();
        assert_eq!(send(&pipeline, org, "/v1/metrics", body).await, (0, String::new()));
    }
    pipeline.stop().await;
    for (name, _, wanted, series, holds) in odd() {
        let sql = format!(
            "SELECT count() AS n, uniqExact(series_id) AS u FROM sightline.samples WHERE {{scope:samples}} AND {holds} \
             AND series_id IN (SELECT series_id FROM sightline.metric_series WHERE {{scope:metric_series}} \
             AND metric = '{name}')"
        );
        let rows = select(org, &sql).await;
        assert_eq!((number(&rows, "n"), number(&rows, "u")), (wanted, series), "{name}");
    }
    metrics(org).assert_conserved();
}
