//! Random requests of metrics, encoded by prost, walked by us: every row compared with what prost says.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use prost::Message as _;
use sightline_model::{RejectReason, TenantBinding};
use sightline_otlp::semconv::normalise_service;
use sightline_otlp::{Limits, MetricBatch, SeriesRow, metrics_from_json};

use crate::build::{DAY, NOW, SECOND};
use crate::differential::{as_text, attributes, ids, normal_text, texts};
use crate::points::{accept, append};

fn times() -> impl Strategy<Value = u64> {
    let near = u64::try_from(NOW - DAY).unwrap()..u64::try_from(NOW).unwrap();
    prop_oneof![12 => near, 1 => any::<u64>(), 1 => Just(0)]
}

/// Few digits, because the oracle's JSON reader is an ulp off where there are many.
fn doubles() -> impl Strategy<Value = f64> {
    any::<i16>().prop_map(|n| f64::from(n) / 8.0)
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![doubles().prop_map(Number::AsDouble), any::<i32>().prop_map(|n| Number::AsInt(i64::from(n)))]
}

fn exemplars() -> impl Strategy<Value = Vec<Exemplar>> {
    let value = prop_oneof![
        doubles().prop_map(exemplar::Value::AsDouble),
        any::<i64>().prop_map(exemplar::Value::AsInt)
    ];
    let one = (times(), prop::option::weighted(0.9, value), ids(16), ids(8), attributes()).prop_map(
        |(time_unix_nano, value, trace_id, span_id, filtered_attributes)| Exemplar {
            time_unix_nano,
            value,
            trace_id,
            span_id,
            filtered_attributes,
        },
    );
    prop::collection::vec(one, 0..3)
}

fn flags() -> impl Strategy<Value = u32> {
    prop_oneof![9 => Just(0), 1 => any::<u32>()]
}

prop_compose! {
    fn number_points()(
        attributes in attributes(),
        (start_time_unix_nano, time_unix_nano) in (times(), times()),
        value in prop::option::weighted(0.9, numbers()),
        exemplars in exemplars(),
        flags in flags(),
    ) -> NumberDataPoint {
        NumberDataPoint { attributes, start_time_unix_nano, time_unix_nano, exemplars, flags, value }
    }
}

prop_compose! {
    fn histogram_points()(
        attributes in attributes(),
        (start_time_unix_nano, time_unix_nano) in (times(), times()),
        bucket_counts in prop::collection::vec(0..1000_u64, 0..6),
        bounds in prop::collection::btree_set(-100..100_i32, 0..6),
        (sum, min, max) in (prop::option::of(doubles()), prop::option::of(doubles()), prop::option::of(doubles())),
        (is_whole, exemplars, flags) in (prop::bool::weighted(0.8), exemplars(), flags()),
    ) -> HistogramDataPoint {
        let mut explicit_bounds: Vec<f64> = bounds.into_iter().map(f64::from).collect();
        if is_whole {
            explicit_bounds.resize_with(bucket_counts.len().saturating_sub(1), || 0.0);
            (0_i16..).zip(&mut explicit_bounds).for_each(|(at, bound)| *bound = f64::from(at));
        }
        HistogramDataPoint {
            attributes, start_time_unix_nano, time_unix_nano, exemplars, flags, sum, min, max, explicit_bounds,
            count: bucket_counts.iter().sum(),
            bucket_counts,
        }
    }
}

fn buckets() -> impl Strategy<Value = Option<Buckets>> {
    let some = (any::<i16>(), prop::collection::vec(0..400_u64, 0..5))
        .prop_map(|(offset, bucket_counts)| Buckets { offset: i32::from(offset), bucket_counts });
    prop::option::of(some)
}

prop_compose! {
    fn exp_points()(
        attributes in attributes(),
        (start_time_unix_nano, time_unix_nano) in (times(), times()),
        (scale, zero_count, off) in (-13..23_i32, 0..9_u64, prop_oneof![8 => Just(0), 1 => 1..3_u64]),
        (positive, negative) in (buckets(), buckets()),
        (sum, min, max) in (prop::option::of(doubles()), prop::option::of(doubles()), prop::option::of(doubles())),
        (zero_threshold, exemplars, flags) in (doubles(), exemplars(), flags()),
    ) -> ExponentialHistogramDataPoint {
        let inside: u64 = [&positive, &negative].into_iter().flatten().flat_map(|side| &side.bucket_counts).sum();
        ExponentialHistogramDataPoint {
            attributes, start_time_unix_nano, time_unix_nano, exemplars, flags, sum, min, max, scale, zero_count,
            count: inside + zero_count + off,
            zero_threshold: zero_threshold.max(-0.5),
            positive, negative,
        }
    }
}

prop_compose! {
    fn summary_points()(
        attributes in attributes(),
        (start_time_unix_nano, time_unix_nano) in (times(), times()),
        (count, sum, flags) in (any::<u64>(), doubles(), flags()),
        quantiles in prop::collection::vec((0..65_i16, doubles()), 0..4),
    ) -> SummaryDataPoint {
        let quantile = |(quantile, value)| ValueAtQuantile { quantile: f64::from(quantile) / 64.0, value };
        SummaryDataPoint {
            attributes, start_time_unix_nano, time_unix_nano, count, sum, flags,
            quantile_values: quantiles.into_iter().map(quantile).collect(),
        }
    }
}

fn data() -> impl Strategy<Value = Data> {
    let temporality = || -1..4_i32;
    prop_oneof![
        prop::collection::vec(number_points(), 0..4)
            .prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (prop::collection::vec(number_points(), 0..4), temporality(), any::<bool>()).prop_map(
            |(data_points, aggregation_temporality, is_monotonic)| {
                Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
            }
        ),
        (prop::collection::vec(histogram_points(), 0..3), temporality()).prop_map(
            |(data_points, aggregation_temporality)| {
                Data::Histogram(Histogram { data_points, aggregation_temporality })
            }
        ),
        (prop::collection::vec(exp_points(), 0..3), temporality()).prop_map(
            |(data_points, aggregation_temporality)| {
                Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
            }
        ),
        prop::collection::vec(summary_points(), 0..3)
            .prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

fn metrics() -> impl Strategy<Value = Metric> {
    let names = prop_oneof![9 => "[a-c]{1,2}", 1 => texts()];
    (names, texts(), texts(), attributes(), data()).prop_map(|(name, description, unit, metadata, data)| {
        Metric { name, description, unit, metadata, data: Some(data) }
    })
}

fn scopes() -> impl Strategy<Value = ScopeMetrics> {
    let scope = (texts(), texts(), attributes()).prop_map(|(name, version, attributes)| {
        InstrumentationScope { name, version, attributes, ..InstrumentationScope::default() }
    });
    (prop::option::of(scope), prop::collection::vec(metrics(), 0..4), texts())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url })
}

fn requests() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let resource = (attributes(), texts()).prop_map(|(mut attributes, name)| {
        attributes.push(crate::build::attribute("service.name", Value::StringValue(name)));
        Resource { attributes, ..Resource::default() }
    });
    let resources = (prop::option::of(resource), prop::collection::vec(scopes(), 0..3), texts()).prop_map(
        |(resource, scope_metrics, schema_url)| ResourceMetrics { resource, scope_metrics, schema_url },
    );
    prop::collection::vec(resources, 0..3)
        .prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}

type Counts = BTreeMap<RejectReason, u32>;

/// Says again, from the documentation, why a point is rejected.
fn reason(name: &str, time: u64, is_whole: bool) -> Option<RejectReason> {
    if name.is_empty() {
        // Something wrong with the point itself is told first.
        return Some(outside(time).unwrap_or(RejectReason::BadMessage));
    }
    outside(time).or((!is_whole).then_some(RejectReason::BadMessage))
}

fn outside(time: u64) -> Option<RejectReason> {
    let (oldest, newest) = (NOW - 7 * DAY, NOW + 600 * SECOND);
    match i64::try_from(time) {
        Ok(time) if time < oldest => Some(RejectReason::TooOld),
        Ok(time) if time <= newest => None,
        _ => Some(RejectReason::TooNew),
    }
}

fn keep<P>(points: &mut Vec<P>, counts: &mut Counts, judge: impl Fn(&P) -> Option<RejectReason>) {
    points.retain(|point| match judge(point) {
        None => true,
        Some(reason) => {
            *counts.entry(reason).or_insert(0) += 1;
            false
        }
    });
}

fn value_of(point: &NumberDataPoint) -> Option<f64> {
    point.value.map(|value| match value {
        Number::AsDouble(value) => value,
        Number::AsInt(value) => value as f64,
    })
}

fn keep_points(metric: &mut Metric, counts: &mut Counts) -> bool {
    let name = metric.name.clone();
    let left = match metric.data.as_mut().unwrap() {
        Data::Gauge(gauge) => {
            let before = gauge.data_points.len();
            keep(&mut gauge.data_points, counts, |p| {
                reason(&name, p.time_unix_nano, p.flags & 1 == 1 || p.value.is_some())
            });
            (before, gauge.data_points.len())
        }
        Data::Sum(sum) => {
            let before = sum.data_points.len();
            let is_rising = sum.is_monotonic && sum.aggregation_temporality == 1;
            keep(&mut sum.data_points, counts, |p| {
                let is_whole = value_of(p).is_some_and(|value| !is_rising || value >= 0.0);
                reason(&name, p.time_unix_nano, p.flags & 1 == 1 || is_whole)
            });
            (before, sum.data_points.len())
        }
        Data::Histogram(histogram) => {
            let before = histogram.data_points.len();
            keep(&mut histogram.data_points, counts, |p| {
                let (buckets, bounds) = (p.bucket_counts.len(), p.explicit_bounds.len());
                let is_whole = buckets == bounds + 1 || buckets + bounds == 0;
                reason(&name, p.time_unix_nano, p.flags & 1 == 1 || is_whole)
            });
            (before, histogram.data_points.len())
        }
        Data::ExponentialHistogram(histogram) => {
            let before = histogram.data_points.len();
            keep(&mut histogram.data_points, counts, |p| {
                let sides = [&p.positive, &p.negative].into_iter().flatten();
                let inside: u64 = sides.flat_map(|side| &side.bucket_counts).sum();
                let is_whole = (-11..=20).contains(&p.scale)
                    && p.count == inside + p.zero_count
                    && p.zero_threshold >= 0.0;
                reason(&name, p.time_unix_nano, p.flags & 1 == 1 || is_whole)
            });
            (before, histogram.data_points.len())
        }
        Data::Summary(summary) => {
            let before = summary.data_points.len();
            keep(&mut summary.data_points, counts, |p| {
                let is_whole = p.quantile_values.iter().all(|q| q.quantile <= 1.0);
                reason(&name, p.time_unix_nano, p.flags & 1 == 1 || is_whole)
            });
            (before, summary.data_points.len())
        }
    };
    left.0 == 0 || left.1 > 0
}

/// Takes the points out that must be rejected, and what is empty then.
fn expect_accepted(request: &ExportMetricsServiceRequest) -> (ExportMetricsServiceRequest, Counts) {
    let (mut kept, mut counts) = (request.clone(), Counts::new());
    kept.resource_metrics.retain_mut(|resource| {
        let before = resource.scope_metrics.len();
        resource.scope_metrics.retain_mut(|scope| {
            let before = scope.metrics.len();
            scope.metrics.retain_mut(|metric| keep_points(metric, &mut counts));
            scope.metrics.len() == before || !scope.metrics.is_empty()
        });
        resource.scope_metrics.len() == before || !resource.scope_metrics.is_empty()
    });
    (kept, counts)
}

/// Where the next row of each table is.
#[derive(Default)]
struct Cursor {
    samples: usize,
    histograms: usize,
    exp_histograms: usize,
    summaries: usize,
    exemplars: usize,
}

struct Around<'a> {
    resource: &'a ResourceMetrics,
    scope: &'a ScopeMetrics,
    metric: &'a Metric,
    kind: u8,
    temporality: i32,
    is_monotonic: bool,
}

fn ts(time: u64) -> i64 {
    i64::try_from(time).unwrap()
}

fn since(start: u64, time: u64) -> i64 {
    if start <= time { ts(start) } else { 0 }
}

fn map_of(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    attributes.iter().map(as_text).map(normal_text).collect()
}

/// Statements are stored without their literals, so they are not compared here.
fn check_series(row: &SeriesRow, around: &Around<'_>, attributes: &[KeyValue], batch: &MetricBatch) {
    let Around { resource, scope, metric, .. } = around;
    assert_eq!((&*row.metric, &*row.unit), (&*metric.name, &*metric.unit));
    assert_eq!(&*row.scope, scope.scope.as_ref().map_or("", |scope| scope.name.as_str()));
    let temporality = if (0..=2).contains(&around.temporality) { around.temporality } else { 0 };
    assert_eq!(
        (row.kind, i32::from(row.temporality), row.monotonic),
        (around.kind, temporality, around.is_monotonic)
    );
    let ours = row.labels.iter().map(|(k, v)| normal_text((k.to_string(), v.to_string())));
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), map_of(attributes));
    let found = batch.resources.iter().find(|r| r.resource_id == row.resource_id).unwrap();
    assert_eq!((&found.tenant, &found.service), (&row.tenant, &row.service));
    let sent = resource.resource.as_ref().map(|r| r.attributes.as_slice()).unwrap_or_default();
    let ours = found.attrs.iter().map(|(k, v)| normal_text((k.to_string(), v.to_string())));
    assert_eq!(ours.collect::<BTreeMap<_, _>>(), map_of(sent));
    let service = sent.iter().rev().find(|kv| kv.key == "service.name").map(|kv| as_text(kv).1);
    assert_eq!(*row.service, *normalise_service(service.as_deref().unwrap_or_default()));
}

fn series_of(batch: &MetricBatch, id: u128) -> &SeriesRow {
    batch.series.iter().find(|row| row.series_id == id).unwrap()
}

fn check_exemplars(batch: &MetricBatch, cursor: &mut Cursor, id: u128, time: u64, sent: &[Exemplar]) {
    let day = u64::try_from(DAY).unwrap();
    for exemplar in sent {
        let at = if exemplar.time_unix_nano == 0 { time } else { exemplar.time_unix_nano.min(time) };
        let Some(value) = exemplar.value.filter(|_| at >= time - day) else { continue };
        let value = match value {
            exemplar::Value::AsDouble(value) => value,
            exemplar::Value::AsInt(value) => value as f64,
        };
        let (rows, row) = (&batch.exemplars, cursor.exemplars);
        assert_eq!((rows.series_id[row], rows.ts[row], rows.value[row]), (id, ts(at), value));
        assert_eq!(rows.trace_id[row], <[u8; 16]>::try_from(&*exemplar.trace_id).unwrap_or_default());
        assert_eq!(rows.span_id[row], <[u8; 8]>::try_from(&*exemplar.span_id).unwrap_or_default());
        let ours = crate::read::entries(&rows.attrs, row).into_iter().map(normal_text);
        let theirs = exemplar.filtered_attributes.iter().map(as_text).map(normal_text);
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
        cursor.exemplars += 1;
    }
}

fn check_number(batch: &MetricBatch, cursor: &mut Cursor, around: &Around<'_>, sent: &NumberDataPoint) {
    let (rows, time) = (&batch.samples, sent.time_unix_nano);
    let start = since(sent.start_time_unix_nano, time);
    let is_counter = around.kind == 2 && around.is_monotonic && around.temporality == 2;
    let is_new = start > 0 && ts(time) - start <= 120 * SECOND && start / 1_000_000 < ts(time) / 1_000_000;
    if is_counter && is_new && sent.flags & 1 == 0 {
        assert_eq!((rows.ts[cursor.samples], rows.value[cursor.samples]), (start, 0.0));
        cursor.samples += 1;
    }
    let row = cursor.samples;
    let value =
        value_of(sent).filter(|_| sent.flags & 1 == 0).unwrap_or(f64::from_bits(0x7ff0_0000_0000_0002));
    assert_eq!((rows.ts[row], rows.value[row].to_bits()), (ts(time), value.to_bits()));
    check_series(series_of(batch, rows.series_id[row]), around, &sent.attributes, batch);
    check_exemplars(batch, cursor, rows.series_id[row], time, &sent.exemplars);
    cursor.samples += 1;
}

fn same_sum(ours: f64, sent: Option<f64>) -> bool {
    sent.map_or(ours.is_nan(), |sum| sum.to_bits() == ours.to_bits())
}

fn check_histogram(batch: &MetricBatch, cursor: &mut Cursor, around: &Around<'_>, sent: &HistogramDataPoint) {
    // One that says that it has no value has no row, hence none to name its series by, but exemplars if it was sent any.
    if sent.flags & 1 == 1 {
        let id = batch.exemplars.series_id.get(cursor.exemplars).copied().unwrap_or_default();
        return check_exemplars(batch, cursor, id, sent.time_unix_nano, &sent.exemplars);
    }
    let (rows, row, time) = (&batch.histograms, cursor.histograms, sent.time_unix_nano);
    assert_eq!((rows.ts[row], rows.start_ts[row]), (ts(time), since(sent.start_time_unix_nano, time)));
    assert_eq!((rows.count[row], rows.min[row], rows.max[row]), (sent.count, sent.min, sent.max));
    assert!(same_sum(rows.sum[row], sent.sum));
    assert_eq!((rows.bounds.get(row), rows.counts.get(row)), (&*sent.explicit_bounds, &*sent.bucket_counts));
    check_series(series_of(batch, rows.series_id[row]), around, &sent.attributes, batch);
    check_exemplars(batch, cursor, rows.series_id[row], time, &sent.exemplars);
    cursor.histograms += 1;
}

fn check_exp(
    batch: &MetricBatch,
    cursor: &mut Cursor,
    around: &Around<'_>,
    sent: &ExponentialHistogramDataPoint,
) {
    if sent.flags & 1 == 1 {
        let id = batch.exemplars.series_id.get(cursor.exemplars).copied().unwrap_or_default();
        return check_exemplars(batch, cursor, id, sent.time_unix_nano, &sent.exemplars);
    }
    let (rows, row, time) = (&batch.exp_histograms, cursor.exp_histograms, sent.time_unix_nano);
    assert_eq!((rows.ts[row], rows.start_ts[row]), (ts(time), since(sent.start_time_unix_nano, time)));
    assert_eq!((rows.count[row], rows.min[row], rows.max[row]), (sent.count, sent.min, sent.max));
    assert!(same_sum(rows.sum[row], sent.sum));
    assert_eq!((i32::from(rows.scale[row]), rows.zero_count[row]), (sent.scale, sent.zero_count));
    assert_eq!(rows.zero_threshold[row].to_bits(), sent.zero_threshold.to_bits());
    let side = |side: &Option<Buckets>| side.clone().unwrap_or_default();
    let (positive, negative) = (side(&sent.positive), side(&sent.negative));
    assert_eq!((rows.pos_offset[row], rows.pos_counts.get(row)), (positive.offset, &*positive.bucket_counts));
    assert_eq!((rows.neg_offset[row], rows.neg_counts.get(row)), (negative.offset, &*negative.bucket_counts));
    check_series(series_of(batch, rows.series_id[row]), around, &sent.attributes, batch);
    check_exemplars(batch, cursor, rows.series_id[row], time, &sent.exemplars);
    cursor.exp_histograms += 1;
}

fn check_summary(batch: &MetricBatch, cursor: &mut Cursor, around: &Around<'_>, sent: &SummaryDataPoint) {
    if sent.flags & 1 == 1 {
        return;
    }
    let (rows, row, time) = (&batch.summaries, cursor.summaries, sent.time_unix_nano);
    assert_eq!((rows.ts[row], rows.start_ts[row]), (ts(time), since(sent.start_time_unix_nano, time)));
    assert_eq!((rows.count[row], rows.sum[row]), (sent.count, sent.sum));
    let mut pairs: Vec<(f64, f64)> = sent.quantile_values.iter().map(|q| (q.quantile, q.value)).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ours = rows.quantiles.get(row).iter().copied().zip(rows.quantile_values.get(row).iter().copied());
    assert_eq!(ours.collect::<Vec<_>>(), pairs);
    check_series(series_of(batch, rows.series_id[row]), around, &sent.attributes, batch);
    cursor.summaries += 1;
}

fn check_metric(batch: &MetricBatch, cursor: &mut Cursor, around: &mut Around<'_>) {
    match around.metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => {
            (around.kind, around.temporality, around.is_monotonic) = (1, 0, false);
            gauge.data_points.iter().for_each(|point| check_number(batch, cursor, around, point));
        }
        Data::Sum(sum) => {
            around.kind = 2;
            (around.temporality, around.is_monotonic) = (sum.aggregation_temporality, sum.is_monotonic);
            sum.data_points.iter().for_each(|point| check_number(batch, cursor, around, point));
        }
        Data::Histogram(histogram) => {
            around.kind = 3;
            (around.temporality, around.is_monotonic) = (histogram.aggregation_temporality, false);
            histogram.data_points.iter().for_each(|point| check_histogram(batch, cursor, around, point));
        }
        Data::ExponentialHistogram(histogram) => {
            around.kind = 4;
            (around.temporality, around.is_monotonic) = (histogram.aggregation_temporality, false);
            histogram.data_points.iter().for_each(|point| check_exp(batch, cursor, around, point));
        }
        Data::Summary(summary) => {
            (around.kind, around.temporality, around.is_monotonic) = (5, 0, false);
            summary.data_points.iter().for_each(|point| check_summary(batch, cursor, around, point));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_row_of_a_point_says_what_prost_says(request in requests()) {
        let limits = Limits::default();
        let accepted = accept(&request, &limits);
        let (kept, counts) = expect_accepted(&request);
        let decoded = ExportMetricsServiceRequest::decode(accepted.body.clone()).unwrap();
        prop_assert_eq!(&decoded, &kept);
        prop_assert_eq!(accepted.rejected.into_iter().collect::<Counts>(), counts);
        let (batch, appended) = append(&kept, &TenantBinding::Trusted, &limits);
        prop_assert_eq!(appended.records as usize, accepted.slices.len());
        let mut cursor = Cursor::default();
        for resource in &kept.resource_metrics {
            for scope in &resource.scope_metrics {
                for metric in &scope.metrics {
                    let mut around =
                        Around { resource, scope, metric, kind: 0, temporality: 0, is_monotonic: false };
                    check_metric(&batch, &mut cursor, &mut around);
                }
            }
        }
        prop_assert_eq!(cursor.samples, batch.samples.len());
        prop_assert_eq!(cursor.histograms, batch.histograms.len());
        prop_assert_eq!(cursor.exp_histograms, batch.exp_histograms.len());
        prop_assert_eq!(cursor.summaries, batch.summaries.len());
        prop_assert_eq!(cursor.exemplars, batch.exemplars.len());
    }

    #[test]
    fn metrics_that_prost_and_serde_write_are_read_back(request in requests()) {
        let json = serde_json::to_string(&request).unwrap();
        let theirs: ExportMetricsServiceRequest = serde_json::from_str(&json).unwrap();
        let ours = metrics_from_json(json.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(ExportMetricsServiceRequest::decode(&*ours).unwrap(), theirs);
    }

    #[test]
    fn accepted_points_are_appended_without_a_panic(request in requests()) {
        sightline_otlp::fuzzing::metrics_protobuf(&request.encode_to_vec());
    }
}
