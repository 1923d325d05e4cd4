//! Latencies as an exponential histogram of OpenTelemetry: scale 4, over seconds, upper-inclusive (schema.md D8).

use std::collections::BTreeMap;

/// Buckets per doubling: 2^scale.
const PER_DOUBLING: f64 = 16.0;
/// The bucket of durations of nothing.
const ZERO: i16 = i16::MIN;

/// Returns the bucket of a duration: the `i` for which `2^(i/16) < seconds <= 2^((i+1)/16)`.
/// A duration of nothing, which has no logarithm, has a bucket of its own below all others.
pub(crate) fn index_of(duration_ns: u64) -> i16 {
    if duration_ns == 0 {
        return ZERO;
    }
    #[expect(clippy::cast_precision_loss, reason = "a bucket is 4 % wide, far above the rounding of an f64")]
    let seconds = duration_ns as f64 / 1e9;
    let index = (seconds.log2() * PER_DOUBLING).ceil() - 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "between -480 (1 ns) and 554 (2^64 ns)")]
    let index = index as i16;
    index
}

/// How many durations fell into which bucket.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sketch {
    counts: BTreeMap<i16, f64>,
}

impl Sketch {
    /// Counts a duration with a weight.
    pub(crate) fn add(&mut self, duration_ns: u64, weight: f64) {
        *self.counts.entry(index_of(duration_ns)).or_default() += weight;
    }

    /// Adds another one up.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (index, count) in &other.counts {
            *self.counts.entry(*index).or_default() += count;
        }
    }

    /// Returns buckets and counts as two arrays of the same length, by rising bucket.
    pub(crate) fn into_arrays(self) -> (Vec<i16>, Vec<f32>) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the column is Float32: exact up to 2^24 per bucket"
        )]
        let narrow = |count: f64| count as f32;
        self.counts.into_iter().map(|(index, count)| (index, narrow(count))).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_upper_inclusive_and_every_duration_lies_in_its_own() {
        assert_eq!(index_of(1_000_000_000), -1, "one second is the upper bound of the bucket below");
        assert_eq!(index_of(1_000_000_001), 0);
        assert_eq!(index_of(2_000_000_000), 15);
        assert_eq!(index_of(500_000_000), -17);
        assert_eq!((index_of(0), index_of(1)), (i16::MIN, -479));
        for exponent in 0..64 {
            for extra in [0, 1, 7] {
                let ns: u64 = (1_u64 << exponent).saturating_add(extra);
                let index = f64::from(index_of(ns));
                #[expect(clippy::cast_precision_loss, reason = "a test of bounds with a tolerance")]
                let seconds = ns as f64 / 1e9;
                let (low, high) = (2_f64.powf(index / 16.0), 2_f64.powf((index + 1.0) / 16.0));
                assert!(low < seconds * (1.0 + 1e-9) && seconds <= high * (1.0 + 1e-9), "{ns}");
            }
        }
        index_of(u64::MAX);
    }

    #[test]
    fn sketches_add_up() {
        let mut a = Sketch::default();
        a.add(1_000_000, 1.0);
        a.add(2_000_000_000, 2.0);
        let mut b = Sketch::default();
        b.add(2_000_000_000, 0.5);
        a.merge(&b);
        let (index, n) = a.into_arrays();
        assert_eq!(index, [index_of(1_000_000), 15]);
        assert_eq!(n, [1.0, 2.5]);
    }
}
