//! Latency sketches: the OpenTelemetry exponential histogram at scale 4 over seconds, merged by adding and read as quantiles.
//!
//! Bucket `i` holds `(2^(i/16), 2^((i+1)/16)]` seconds, so a quantile is off by less than a bucket, 4.4 %
//! (schema.md D8). Durations of zero have no logarithm; every index below [`ZERO_BELOW`] means zero.

use std::collections::BTreeMap;

/// Buckets per power of two.
const PER_OCTAVE: f64 = 16.0;

/// One nanosecond has index -479; what is lower is the bucket of zero.
const ZERO_BELOW: i16 = -479;

/// Counts by bucket, and the extremes, which bound every quantile.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sketch {
    buckets: BTreeMap<i16, f64>,
    min_ns: Option<u64>,
    max_ns: Option<u64>,
}

impl Sketch {
    /// Adds the buckets of a row, and its extremes.
    pub(crate) fn add(&mut self, index: &[i16], counts: &[f64], min_ns: u64, max_ns: u64) {
        for (bucket, n) in index.iter().zip(counts) {
            if *n > 0.0 {
                *self.buckets.entry(*bucket).or_default() += n;
            }
        }
        self.min_ns = Some(self.min_ns.map_or(min_ns, |own| own.min(min_ns)));
        self.max_ns = Some(self.max_ns.map_or(max_ns, |own| own.max(max_ns)));
    }

    /// Adds another sketch.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (bucket, n) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += n;
        }
        self.min_ns = lesser(self.min_ns, other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// Returns the quantile in seconds, interpolated on the logarithmic scale inside its bucket; none when empty.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let total: f64 = self.buckets.values().sum();
        if total <= 0.0 {
            return None;
        }
        let rank = q * total;
        let mut below = 0.0;
        let mut value = 0.0;
        for (bucket, n) in &self.buckets {
            let inside = ((rank - below) / n).clamp(0.0, 1.0);
            value = position(*bucket, inside);
            below += n;
            if below >= rank {
                break;
            }
        }
        let at_least = self.min_ns.map_or(value, |ns| value.max(seconds(ns)));
        Some(self.max_ns.map_or(at_least, |ns| at_least.min(seconds(ns))))
    }
}

fn lesser(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

fn position(bucket: i16, inside: f64) -> f64 {
    if bucket < ZERO_BELOW { 0.0 } else { ((f64::from(bucket) + inside) / PER_OCTAVE).exp2() }
}

/// Returns seconds; durations are far below 2^53 ns, so nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "a duration of 104 days is still exact")]
pub(crate) fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "indices of durations fit")]
    fn of(durations_ms: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for ms in durations_ms {
            let ns = ms * 1_000_000;
            let index = if ns == 0 { i16::MIN } else { (seconds(ns).log2() * 16.0).ceil() as i16 - 1 };
            sketch.add(&[index], &[1.0], ns, ns);
        }
        sketch
    }

    fn check(durations_ms: &[u64], q: f64, expected_s: f64) {
        let got = of(durations_ms).quantile(q).unwrap();
        assert!((got - expected_s).abs() <= expected_s * 0.045, "q{q} of {durations_ms:?}: {got}");
    }

    #[test]
    fn quantiles_are_within_a_bucket_of_the_truth() {
        let hundred: Vec<u64> = (1..=100).collect();
        check(&hundred, 0.5, 0.050);
        check(&hundred, 0.95, 0.095);
        check(&hundred, 0.99, 0.099);
        check(&[7], 0.5, 0.007);
        check(&[0, 0, 0, 1000], 0.5, 0.0);
        check(&[0, 0, 0, 1000], 0.99, 1.0);
    }

    #[test]
    fn one_value_is_exact_because_the_extremes_bound_it() {
        assert_eq!(of(&[123]).quantile(0.99), Some(0.123));
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn merging_equals_counting_together() {
        let mut left = of(&[1, 2, 3]);
        left.merge(&of(&[4, 5]));
        assert_eq!(left, of(&[1, 2, 3, 4, 5]));
    }
}
