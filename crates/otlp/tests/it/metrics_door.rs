//! What the door accepts of metrics, rejects and refuses: promise.md D and E as a table.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint,
    number_data_point,
};
use prost::Message as _;
use sightline_model::{Kind, RejectReason, TenantBinding};
use sightline_otlp::{Door, Limits, accept_metrics, metrics_from_json};

use crate::build::{DAY, NOW, SECOND, attribute, attributes, door};
use crate::points::{
    accept, append, exemplar, exp_histogram, exp_histograms, gauge, histogram, histograms, metric, nanos,
    number, request, resource, sum, summaries, summary, time,
};

const BAD: Option<RejectReason> = Some(RejectReason::BadMessage);

/// Sends a point between two good ones of the same metric, and says what became of it.
fn check<P: Clone>(
    what: &str,
    wrap: impl Fn(Vec<P>) -> Data,
    good: &P,
    point: P,
    expected: Option<RejectReason>,
) {
    let other = metric("other", gauge(vec![number("", 1.0)]));
    let sent = request(vec![metric("m", wrap(vec![good.clone(), point, good.clone()])), other.clone()]);
    let accepted = accept(&sent, &Limits::default());
    let kept = ExportMetricsServiceRequest::decode(accepted.body.clone()).unwrap();
    match expected {
        None => {
            assert_eq!((accepted.rejected, accepted.slices.len()), (vec![], 4), "{what}");
            assert_eq!(kept.encode_to_vec(), sent.encode_to_vec(), "{what}");
        }
        Some(reason) => {
            assert_eq!(accepted.rejected, vec![(reason, 1)], "{what}");
            let left = request(vec![metric("m", wrap(vec![good.clone(), good.clone()])), other]);
            assert_eq!((kept, accepted.slices.len()), (left, 3), "{what}");
            let message = accepted.message.unwrap();
            assert!(
                message.starts_with(&format!("rejected 1 data points: 1 {} (", reason.as_str())),
                "{message}"
            );
        }
    }
    let (batch, _) = append(
        &ExportMetricsServiceRequest::decode(accepted.body).unwrap(),
        &TenantBinding::Trusted,
        &Limits::default(),
    );
    assert!(batch.is_even(), "{what}");
}

fn number_check(
    what: &str,
    wrap: impl Fn(Vec<NumberDataPoint>) -> Data,
    value: f64,
    expected: Option<RejectReason>,
) {
    check(what, wrap, &number("", 1.0), number("", value), expected);
}

#[test]
fn a_gauge_has_any_value() {
    for value in [0.0, -0.0, f64::MIN_POSITIVE / 2.0, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        // NaN differs from itself, so what is kept is compared by its bytes.
        number_check("gauge", gauge, value, None);
    }
    let none = NumberDataPoint { value: None, ..number("", 0.0) };
    check("no value", gauge, &number("", 1.0), none.clone(), BAD);
    check("flagged", gauge, &number("", 1.0), NumberDataPoint { flags: 1, ..none.clone() }, None);
    check("another flag", gauge, &number("", 1.0), NumberDataPoint { flags: 2, ..none }, BAD);
    let int = NumberDataPoint { value: Some(number_data_point::Value::AsInt(i64::MIN)), ..number("", 0.0) };
    check("integer", gauge, &number("", 1.0), int, None);
}

#[test]
fn a_sum_is_finite_and_what_rises_does_not_fall_by_deltas() {
    for (temporality, is_monotonic, value, expected) in [
        (2, true, 5.0, None),
        // Falling below an earlier value is a reset, which only a reader can tell.
        (2, true, -5.0, None),
        (2, false, -5.0, None),
        (1, false, -5.0, None),
        (1, true, -5.0, BAD),
        (1, true, -0.0, None),
        (1, true, f64::NAN, BAD),
        (2, true, f64::INFINITY, BAD),
        (2, false, f64::NEG_INFINITY, BAD),
        (0, true, 1.0, None),
        (77, true, 1.0, None),
        (-1, true, 1.0, None),
    ] {
        let what = format!("temporality {temporality}, monotonic {is_monotonic}, {value}");
        number_check(&what, |points| sum(points, temporality, is_monotonic), value, expected);
    }
}

fn histogram_check(what: &str, change: impl Fn(&mut HistogramDataPoint), expected: Option<RejectReason>) {
    let mut point = histogram(&[1, 2, 3, 4]);
    change(&mut point);
    check(what, histograms, &histogram(&[1, 0, 1]), point, expected);
}

#[test]
fn a_histogram_agrees_with_itself() {
    histogram_check("whole", |_| {}, None);
    histogram_check("a bucket too few", |p| p.bucket_counts.truncate(3), BAD);
    histogram_check("a bucket too many", |p| p.bucket_counts.push(0), BAD);
    histogram_check("bounds without buckets", |p| p.bucket_counts.clear(), BAD);
    histogram_check("buckets without bounds", |p| p.explicit_bounds.clear(), BAD);
    let only_sum = |p: &mut HistogramDataPoint| {
        p.bucket_counts.clear();
        p.explicit_bounds.clear();
    };
    histogram_check("count and sum only", only_sum, None);
    histogram_check("one bucket", |p| (p.bucket_counts, p.explicit_bounds) = (vec![10], vec![]), None);
    histogram_check("unsorted bounds", |p| p.explicit_bounds.swap(0, 1), BAD);
    histogram_check("equal bounds", |p| p.explicit_bounds[1] = 1.0, BAD);
    histogram_check("a bound that is NaN", |p| p.explicit_bounds[1] = f64::NAN, BAD);
    histogram_check("infinite bounds", |p| p.explicit_bounds[2] = f64::INFINITY, None);
    histogram_check("a count that is not in the buckets", |p| p.count += 1, BAD);
    histogram_check("buckets that overflow", |p| p.bucket_counts[0] = u64::MAX, BAD);
    histogram_check("a sum that is NaN", |p| p.sum = Some(f64::NAN), None);
    histogram_check("no sum", |p| p.sum = None, None);
    histogram_check(
        "nothing, flagged",
        |p| *p = HistogramDataPoint { flags: 1, time_unix_nano: time(), ..Default::default() },
        None,
    );
    histogram_check("mismatch, flagged", |p| (p.flags, p.bucket_counts) = (1, vec![]), None);
    let many = |buckets: usize| {
        move |p: &mut HistogramDataPoint| {
            p.bucket_counts = vec![0; buckets];
            p.explicit_bounds = (1..buckets).map(|bound| bound as f64).collect();
            p.count = 0;
        }
    };
    histogram_check("10,000 buckets", many(10_000), None);
    histogram_check("10,001 buckets", many(10_001), BAD);
}

fn exp_check(
    what: &str,
    change: impl Fn(&mut ExponentialHistogramDataPoint),
    expected: Option<RejectReason>,
) {
    let mut point = exp_histogram(&[1, 2, 3]);
    change(&mut point);
    check(what, exp_histograms, &exp_histogram(&[1]), point, expected);
}

#[test]
fn an_exponential_histogram_agrees_with_itself() {
    let buckets = |offset: i32, bucket_counts: Vec<u64>| Some(Buckets { offset, bucket_counts });
    exp_check("whole", |_| {}, None);
    for (scale, expected) in
        [(20, None), (21, BAD), (-11, None), (-12, BAD), (i32::MAX, BAD), (i32::MIN, BAD), (0, None)]
    {
        exp_check(&format!("scale {scale}"), |p| p.scale = scale, expected);
    }
    exp_check("a count that is not in the buckets", |p| p.count -= 1, BAD);
    exp_check("zeros that overflow", |p| p.zero_count = u64::MAX, BAD);
    exp_check("buckets that overflow", |p| p.positive = buckets(0, vec![u64::MAX, 1]), BAD);
    exp_check("offset at the end", |p| p.positive = buckets(i32::MAX - 2, vec![6, 0]), None);
    exp_check("offset beyond the end", |p| p.positive = buckets(i32::MAX - 1, vec![6, 0]), BAD);
    exp_check("offset at the start", |p| p.negative = buckets(i32::MIN, vec![1]), None);
    exp_check("no buckets", |p| (p.positive, p.negative, p.count) = (None, None, 2), None);
    exp_check("threshold below zero", |p| p.zero_threshold = -0.1, BAD);
    exp_check("threshold that is NaN", |p| p.zero_threshold = f64::NAN, BAD);
    exp_check(
        "min and max that are infinite",
        |p| (p.min, p.max) = (Some(f64::NEG_INFINITY), Some(f64::INFINITY)),
        None,
    );
    exp_check("nothing, flagged", |p| (p.flags, p.positive) = (1, None), None);
    exp_check("too many buckets", |p| p.positive = buckets(0, [vec![6], vec![0; 10_000]].concat()), BAD);
}

#[test]
fn quantiles_lie_between_nothing_and_everything() {
    let good = summary(&[(0.5, 1.0)]);
    for (quantiles, expected) in [
        (&[][..], None),
        (&[(0.0, 1.0), (0.99, 2.0), (1.0, 3.0)], None),
        (&[(0.9, 1.0), (0.1, f64::NAN)], None),
        (&[(1.1, 1.0)], BAD),
        (&[(-0.1, 1.0)], BAD),
        (&[(f64::NAN, 1.0)], BAD),
        (&[(f64::INFINITY, 1.0)], BAD),
    ] {
        check(&format!("{quantiles:?}"), summaries, &good, summary(quantiles), expected);
    }
    let flagged = SummaryDataPoint { flags: 1, ..summary(&[(9.0, 1.0)]) };
    check("flagged", summaries, &good, flagged, None);
}

#[test]
fn times_outside_the_accepted_range_are_rejected() {
    let (old, new) = (Some(RejectReason::TooOld), Some(RejectReason::TooNew));
    for (what, time, start, expected) in [
        ("at the oldest", nanos(NOW - 7 * DAY), 0, None),
        ("before the oldest", nanos(NOW - 7 * DAY) - 1, 0, old),
        ("none", 0, 0, old),
        ("at the newest", nanos(NOW + 600 * SECOND), 0, None),
        ("after the newest", nanos(NOW + 600 * SECOND) + 1, 0, new),
        ("beyond 2262", u64::MAX, 0, new),
        // Since when it counts is looked at by nobody but readers of histograms.
        ("started long ago", time(), 1, None),
        ("started later", time(), u64::MAX, None),
    ] {
        let number = NumberDataPoint { time_unix_nano: time, start_time_unix_nano: start, ..number("", 1.0) };
        check(what, gauge, &crate::points::number("", 1.0), number, expected);
        let mut one = histogram(&[1, 1]);
        (one.time_unix_nano, one.start_time_unix_nano) = (time, start);
        check(what, histograms, &histogram(&[1, 1]), one, expected);
    }
}

#[test]
fn attributes_are_judged_like_those_of_spans() {
    let nested = |levels: usize| {
        use opentelemetry_proto::tonic::common::v1::ArrayValue;
        (0..levels).fold(Value::IntValue(1), |inner, _| {
            Value::ArrayValue(ArrayValue { values: vec![crate::build::any(inner)] })
        })
    };
    let deep =
        |levels| NumberDataPoint { attributes: vec![attribute("a", nested(levels))], ..number("", 1.0) };
    check("32 levels", gauge, &number("", 1.0), deep(32), None);
    check("33 levels", gauge, &number("", 1.0), deep(33), Some(RejectReason::AttributeLimit));
    let labels = (0..1100).map(|at| attribute(&format!("label{at}"), Value::IntValue(at))).collect();
    let many =
        request(vec![metric("m", gauge(vec![NumberDataPoint { attributes: labels, ..number("", 1.0) }]))]);
    let accepted = accept(&many, &Limits::default());
    assert_eq!((accepted.slices.len(), accepted.attributes_cut), (1, 1100 - 512));
    let (batch, _) = append(&many, &TenantBinding::Trusted, &Limits::default());
    assert_eq!(batch.series[0].labels.len(), 512);
}

/// Replaces the only occurrence of a marker by bytes that are no UTF-8.
fn broken_text(request: &ExportMetricsServiceRequest) -> Bytes {
    let mut bytes = request.encode_to_vec();
    let at = bytes.windows(4).position(|window| window == b"MARK").unwrap();
    bytes[at..at + 4].copy_from_slice(&[0xED, 0xA0, 0x80, b'x']);
    Bytes::from(bytes)
}

#[test]
fn a_text_that_is_no_utf8_rejects_what_it_belongs_to() {
    let with = |change: &dyn Fn(&mut Metric)| {
        let mut marked = metric("m", gauge(vec![number("", 1.0), number("", 2.0)]));
        change(&mut marked);
        request(vec![marked, metric("good", gauge(vec![number("", 3.0)]))])
    };
    let first = |metric: &mut Metric, change: &dyn Fn(&mut NumberDataPoint)| {
        let Some(Data::Gauge(gauge)) = &mut metric.data else { panic!("not a gauge") };
        change(&mut gauge.data_points[0]);
    };
    let cases: [(&str, ExportMetricsServiceRequest, u32); 6] = [
        ("name", with(&|m| m.name = "MARK".to_owned()), 2),
        ("unit", with(&|m| m.unit = "MARK".to_owned()), 2),
        ("description", with(&|m| m.description = "MARK".to_owned()), 2),
        ("metadata", with(&|m| m.metadata = attributes("k=MARK")), 2),
        ("label", with(&|m| first(m, &|point| point.attributes = attributes("k=MARK"))), 1),
        (
            "exemplar",
            with(&|m| {
                first(m, &|point| {
                    point.exemplars = vec![exemplar(time(), 1.0)];
                    point.exemplars[0].filtered_attributes = attributes("k=MARK");
                });
            }),
            1,
        ),
    ];
    for (what, sent, rejected) in cases {
        let accepted = accept_metrics(broken_text(&sent), &door(&Limits::default())).unwrap();
        assert_eq!(accepted.rejected, vec![(RejectReason::BadUtf8, rejected)], "{what}");
        assert_eq!(accepted.slices.len(), 3 - rejected as usize, "{what}");
    }
    let good = resource("service.name=good", vec![metric("m", gauge(vec![number("", 1.0)]))]);
    let bad = resource("service.name=MARK", vec![metric("m", gauge(vec![number("", 1.0)]))]);
    let sent = ExportMetricsServiceRequest { resource_metrics: vec![good.clone(), bad, good.clone()] };
    let accepted = accept_metrics(broken_text(&sent), &door(&Limits::default())).unwrap();
    assert_eq!(accepted.rejected, vec![(RejectReason::BadUtf8, 1)]);
    let kept = ExportMetricsServiceRequest::decode(accepted.body).unwrap();
    assert_eq!(kept.resource_metrics, vec![good.clone(), good], "the emptied resource is gone");
    assert_eq!(accepted.slices.iter().map(|slice| slice.resource).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_metric_without_name_loses_its_points() {
    let good = metric("m", gauge(vec![number("", 1.0)]));
    let sent = request(vec![metric("", gauge(vec![number("", 1.0), number("", 2.0)])), good.clone()]);
    let accepted = accept(&sent, &Limits::default());
    assert_eq!(accepted.rejected, vec![(RejectReason::BadMessage, 2)]);
    assert_eq!(ExportMetricsServiceRequest::decode(accepted.body).unwrap(), request(vec![good]));
}

#[test]
fn a_name_of_the_platform_is_its_own() {
    let named = |name: &str| metric(name, gauge(vec![number("", 1.0), number("", 2.0)]));
    let limits = Limits::default();
    for (name, is_platform, expected) in [
        ("sightline.red.duration", false, vec![(RejectReason::ReservedName, 2)]),
        ("sightline.", false, vec![(RejectReason::ReservedName, 2)]),
        ("sightline.sdkx", false, vec![(RejectReason::ReservedName, 2)]),
        ("sightline.red.duration", true, vec![]),
        ("sightline.sdk.metric.processed", false, vec![]),
        ("sightline", false, vec![]),
        ("sightline_red", false, vec![]),
        ("Sightline.red", false, vec![]),
        ("", true, vec![(RejectReason::BadMessage, 2)]),
    ] {
        let (own, good) = (named(name), named("m"));
        let sent = request(vec![own.clone(), good.clone()]);
        let door = Door { is_platform, ..door(&limits) };
        let accepted = accept_metrics(Bytes::from(sent.encode_to_vec()), &door).unwrap();
        let kept = ExportMetricsServiceRequest::decode(accepted.body).unwrap();
        let expected_kept = if expected.is_empty() { vec![own, good] } else { vec![good] };
        assert_eq!((accepted.rejected, kept), (expected, request(expected_kept)), "{name} {is_platform}");
    }
}

#[test]
fn points_of_a_kind_that_nobody_knows_are_counted_and_left_out() {
    let good = metric("m", gauge(vec![number("", 1.0)]));
    let empty = Metric { data: None, ..metric("empty", gauge(vec![])) };
    // Field 4 was `IntGauge` before OTLP 0.9; 14 may be a kind of a later version.
    for number in [4, 14] {
        let mut bytes = Metric { data: None, ..metric("unknown", gauge(vec![])) }.encode_to_vec();
        prost::encoding::bytes::encode(number, &b"\x0a\x02\x18\x01\x0a\x00\x10\x07".to_vec(), &mut bytes);
        let mut scope = Vec::new();
        for metric in [empty.encode_to_vec(), bytes, good.encode_to_vec()] {
            prost::encoding::bytes::encode(2, &metric, &mut scope);
        }
        let (mut resource, mut body) = (Vec::new(), Vec::new());
        prost::encoding::bytes::encode(2, &scope, &mut resource);
        prost::encoding::bytes::encode(1, &resource, &mut body);
        let accepted = accept_metrics(Bytes::from(body), &door(&Limits::default())).unwrap();
        assert_eq!(accepted.rejected, vec![(RejectReason::BadMessage, 2)], "field {number}");
        let kept = ExportMetricsServiceRequest::decode(accepted.body).unwrap();
        assert_eq!(kept.resource_metrics[0].scope_metrics[0].metrics, vec![empty.clone(), good.clone()]);
    }
}

#[test]
fn metrics_and_scopes_that_lose_every_point_are_gone() {
    let bad = NumberDataPoint { value: None, ..number("", 1.0) };
    let lost = resource("service.name=lost", vec![metric("m", gauge(vec![bad.clone()]))]);
    let kept = resource("service.name=svc", vec![metric("b", gauge(vec![number("", 1.0)]))]);
    let mut mixed = kept.clone();
    mixed.scope_metrics[0].metrics.insert(0, metric("a", gauge(vec![bad])));
    let sent = ExportMetricsServiceRequest { resource_metrics: vec![lost, mixed] };
    let accepted = accept(&sent, &Limits::default());
    assert_eq!(accepted.rejected, vec![(RejectReason::BadMessage, 2)]);
    let left = ExportMetricsServiceRequest::decode(accepted.body).unwrap();
    assert_eq!(left.resource_metrics, vec![kept]);
}

#[test]
fn what_is_wholly_good_keeps_its_buffer() {
    let point = number("", 1.0);
    let bytes = Bytes::from(request(vec![metric("m", gauge(vec![point.clone()]))]).encode_to_vec());
    let accepted = accept_metrics(bytes.clone(), &door(&Limits::default())).unwrap();
    assert_eq!((accepted.body.as_ptr(), accepted.message), (bytes.as_ptr(), None));
    let slice = accepted.slices[0];
    let (start, end) = (slice.offset as usize, (slice.offset + slice.len) as usize);
    assert_eq!(NumberDataPoint::decode(&accepted.body[start..end]).unwrap(), point);
    assert_eq!(nanos(slice.time), time());
}

#[test]
fn a_request_with_too_many_points_is_refused_whole() {
    let limits = Limits { records_max: 3, ..Limits::default() };
    for (points, refused) in [(1, None), (2, Some(Kind::TooLarge))] {
        let metrics = ["a", "b"].map(|name| metric(name, gauge(vec![number("", 1.0); points])));
        let sent = request(metrics.to_vec());
        let result = accept_metrics(Bytes::from(sent.encode_to_vec()), &door(&limits));
        assert_eq!(result.err().map(|e| e.kind()), refused, "{points}");
        let json = serde_json::to_string(&sent).unwrap();
        let result = metrics_from_json(json.as_bytes(), &limits);
        assert_eq!(result.err().map(|e| e.kind()), refused, "{points}");
    }
}

#[test]
fn every_truncation_is_refused_or_whole() {
    let mut rich = number("a=b | n=#5", 1.0);
    rich.exemplars = vec![exemplar(time(), 1.0)];
    let sent = request(vec![
        metric("g", gauge(vec![rich.clone()])),
        metric("s", sum(vec![rich], 2, true)),
        metric("h", histograms(vec![histogram(&[1, 2, 3])])),
        metric("e", exp_histograms(vec![exp_histogram(&[1, 300])])),
        metric("q", summaries(vec![summary(&[(0.5, 1.0)])])),
    ]);
    let whole = Bytes::from(sent.encode_to_vec());
    for end in 0..whole.len() {
        sightline_otlp::fuzzing::metrics_protobuf(&whole[..end]);
        let ours = accept_metrics(whole.slice(..end), &door(&Limits::default()));
        let theirs = ExportMetricsServiceRequest::decode(&whole[..end]);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "cut at {end}");
    }
}
