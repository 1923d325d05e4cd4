//! Batches of metric points in which every column varies.

use std::sync::Arc;

use sightline_otlp::{MetricBatch, SeriesRow};

use super::sample::{mix, resource};

/// How many series each kind of point has.
pub(super) const SERIES: u64 = 14;
const KINDS: u8 = 5;

/// Points of that org, `count` of each kind, a millisecond and a bit apart, from the given time on. The series of row n
/// is the one of n modulo [`SERIES`], and belongs to `tenant-<n % 7>`.
pub(super) fn metrics(org: u32, from: i64, count: usize) -> MetricBatch {
    let mut batch = MetricBatch::new();
    for row in 0..count {
        let at = u64::try_from(row).unwrap();
        let ts = from + at.cast_signed() * 1_000_000 + 7;
        sample(&mut batch, org, ts, at);
        histogram(&mut batch, org, ts, at);
        exp_histogram(&mut batch, org, ts, at);
        summary(&mut batch, org, ts, at);
        exemplar(&mut batch, org, ts, at);
    }
    let each = (1..=KINDS).flat_map(|kind| (0..SERIES).map(move |n| (kind, n)));
    batch.series = each.map(|(kind, n)| Arc::new(series(org, kind, n))).collect();
    batch.resources = (0..3).map(|id| resource(org, id)).collect();
    assert!(batch.is_even());
    batch
}

/// An id that needs all of its 128 bits.
fn id(kind: u8, n: u64) -> u128 {
    u128::from(mix(n + 1)) << 64 | u128::from(mix(n + 100)) << 8 | u128::from(kind)
}

fn series(org: u32, kind: u8, n: u64) -> SeriesRow {
    SeriesRow {
        org,
        series_id: id(kind, n),
        metric: format!("metric.of.kind.{kind}").into(),
        tenant: format!("tenant-{}", n % 7).into(),
        service: format!("service-{}", n % 3).into(),
        kind,
        temporality: u8::try_from(n % 3).unwrap(),
        monotonic: n.is_multiple_of(2),
        unit: "By".into(),
        description: "what is counted: \u{fc}".into(),
        labels: vec![("queue".into(), format!("q-{n}").into()), ("region".into(), "eu".into())],
        resource_id: n % 3,
        scope: "meter".into(),
    }
}

fn float(at: u64) -> f64 {
    f64::from(u32::try_from(mix(at) >> 40).unwrap()) / 8.0
}

fn some_float(at: u64) -> Option<f64> {
    (!at.is_multiple_of(5)).then(|| float(at))
}

fn floats(at: u64) -> Vec<f64> {
    (0..at % 4).map(|n| float(at + n)).collect()
}

fn counts(at: u64) -> Vec<u64> {
    (0..at % 6).map(|n| mix(at + n)).collect()
}

/// Owner, series and time of a row.
macro_rules! head {
    ($rows:ident, $org:expr, $id:expr, $ts:expr) => {
        $rows.org.push($org);
        $rows.series_id.push($id);
        $rows.ts.push($ts);
    };
}

fn sample(batch: &mut MetricBatch, org: u32, ts: i64, at: u64) {
    let rows = &mut batch.samples;
    head!(rows, org, id(1 + u8::from(at.is_multiple_of(2)), at % SERIES), ts);
    rows.value.push(match at % 50 {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        _ => -float(at),
    });
}

fn histogram(batch: &mut MetricBatch, org: u32, ts: i64, at: u64) {
    let rows = &mut batch.histograms;
    head!(rows, org, id(3, at % SERIES), ts);
    rows.start_ts.push(if at.is_multiple_of(9) { 0 } else { ts - 1_000_000_000 });
    rows.count.push(mix(at));
    rows.sum.push(float(at));
    rows.min.push(some_float(at));
    rows.max.push(some_float(at + 1));
    rows.bounds.push(&floats(at));
    rows.counts.push(&counts(at));
}

fn exp_histogram(batch: &mut MetricBatch, org: u32, ts: i64, at: u64) {
    let rows = &mut batch.exp_histograms;
    head!(rows, org, id(4, at % SERIES), ts);
    rows.start_ts.push(ts - 1_000_000_000);
    rows.count.push(mix(at));
    rows.sum.push(float(at));
    rows.min.push(some_float(at));
    rows.max.push(some_float(at + 1));
    rows.scale.push(i8::try_from(at % 32).unwrap() - 11);
    rows.zero_threshold.push(float(at + 2));
    rows.zero_count.push(at);
    rows.pos_offset.push(i32::try_from(at).unwrap() - 100);
    rows.pos_counts.push(&counts(at));
    rows.neg_offset.push(100 - i32::try_from(at).unwrap());
    rows.neg_counts.push(&counts(at + 3));
}

fn summary(batch: &mut MetricBatch, org: u32, ts: i64, at: u64) {
    let rows = &mut batch.summaries;
    head!(rows, org, id(5, at % SERIES), ts);
    rows.start_ts.push(ts - 1_000_000_000);
    rows.count.push(mix(at));
    rows.sum.push(float(at));
    rows.quantiles.push(&floats(at));
    rows.quantile_values.push(&floats(at + 4));
}

fn exemplar(batch: &mut MetricBatch, org: u32, ts: i64, at: u64) {
    let rows = &mut batch.exemplars;
    head!(rows, org, id(3, at % SERIES), ts);
    rows.value.push(float(at));
    let (high, low) = (mix(at / 8).to_be_bytes(), mix(at / 8 + 1).to_be_bytes());
    let mut trace_id = [0; 16];
    trace_id[..8].copy_from_slice(&high);
    trace_id[8..].copy_from_slice(&low);
    rows.trace_id.push(trace_id);
    rows.span_id.push(mix(at).to_be_bytes());
    if at.is_multiple_of(3) {
        rows.attrs.keys.push(b"user");
        rows.attrs.values.push(format!("user-{at}").as_bytes());
    }
    rows.attrs.close_row();
}
