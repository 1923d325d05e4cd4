//! Whether a point says something that can be true (promise.md D 53). Everything else is stored as sent.

use super::head::{Data, Kind};
use super::lists::Lists;
use super::point::Point;

/// Prometheus' mark that a series has no value any more.
pub(crate) const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Buckets on one side of a histogram; OpenTelemetry's own histograms have 160.
const BUCKETS_MAX: usize = 10_000;

/// Scales at which buckets are useful: below, two buckets hold every double; above, an index is no `int32` any more.
const SCALES: std::ops::RangeInclusive<i32> = -11..=20;

/// Tells whether a point has the parts that its kind needs, and these agree with each other. Of a point without value
/// nothing but its time is looked at.
pub(crate) fn is_whole(data: &Data<'_>, point: &Point, lists: &Lists) -> bool {
    if point.is_without_value {
        return true;
    }
    match data.kind {
        Kind::Gauge => point.value.is_some(),
        Kind::Sum => point.value.is_some_and(|value| is_sum(data, value)),
        Kind::Histogram => is_histogram(point, lists),
        Kind::ExpHistogram => is_exp_histogram(point, lists),
        Kind::Summary => {
            lists.bounds.len() <= BUCKETS_MAX && lists.bounds.iter().all(|q| (0.0..=1.0).contains(q))
        }
    }
}

/// A sum is finite, and what only rises does not rise by less than nothing. That a cumulative one falls is a reset.
fn is_sum(data: &Data<'_>, value: f64) -> bool {
    let is_fall = data.is_monotonic && data.temporality == 1 && value < 0.0;
    value.is_finite() && !is_fall
}

fn is_histogram(point: &Point, lists: &Lists) -> bool {
    let Lists { bounds, counts, .. } = lists;
    if counts.is_empty() {
        return bounds.is_empty();
    }
    counts.len() == bounds.len() + 1
        && counts.len() <= BUCKETS_MAX
        && bounds.iter().all(|bound| !bound.is_nan())
        && bounds.windows(2).all(|pair| pair[0] < pair[1])
        && total(counts) == Some(point.count)
}

fn is_exp_histogram(point: &Point, lists: &Lists) -> bool {
    let Lists { counts, negative, .. } = lists;
    let in_buckets = || total(counts)?.checked_add(total(negative)?)?.checked_add(point.zero_count);
    SCALES.contains(&point.scale)
        && is_indexed(point.pos_offset, counts.len())
        && is_indexed(point.neg_offset, negative.len())
        && point.zero_threshold.is_finite()
        && point.zero_threshold >= 0.0
        && in_buckets() == Some(point.count)
}

/// Tells whether every bucket has an index.
fn is_indexed(offset: i32, buckets: usize) -> bool {
    buckets <= BUCKETS_MAX
        && i32::try_from(buckets).is_ok_and(|buckets| offset.checked_add(buckets).is_some())
}

fn total(counts: &[u64]) -> Option<u64> {
    counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
}
