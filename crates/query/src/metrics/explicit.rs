//! Distributions in buckets with explicit bounds: growth between points, merges, quantiles.
//!
//! A quantile is interpolated linearly inside its bucket, exactly as `histogram_quantile` of Prometheus does: the first
//! bucket begins at zero when its bound is positive, and what lies beyond the last bound is that bound. Distributions of
//! different bounds are merged on the union of their bounds, each bucket spread evenly over what it covers.

use std::sync::Arc;

/// Counts by bucket. `counts` has one more than `bounds`, for what is beyond the last; both empty: only a count is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explicit {
    pub(crate) bounds: Arc<[f64]>,
    pub(crate) counts: Vec<f64>,
}

impl Explicit {
    /// Returns what was added since `before`; none when anything fell or the bounds differ, hence after a reset.
    pub(crate) fn since(&self, before: &Self) -> Option<Self> {
        if self.bounds != before.bounds || self.counts.len() != before.counts.len() {
            return None;
        }
        let grown = self.counts.iter().zip(&before.counts).map(|(now, then)| now - then);
        let counts: Vec<f64> = grown.collect();
        counts.iter().all(|grown| *grown >= 0.0).then(|| Self { bounds: Arc::clone(&self.bounds), counts })
    }

    /// Adds another distribution.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.bounds == other.bounds && self.counts.len() == other.counts.len() {
            self.counts.iter_mut().zip(&other.counts).for_each(|(own, more)| *own += more);
            return;
        }
        let mut bounds: Vec<f64> = self.bounds.iter().chain(other.bounds.iter()).copied().collect();
        bounds.sort_unstable_by(f64::total_cmp);
        bounds.dedup();
        let bounds: Arc<[f64]> = bounds.into();
        let (own, more) = (self.spread(&bounds), other.spread(&bounds));
        *self = Self { bounds, counts: own.into_iter().zip(more).map(|(own, more)| own + more).collect() };
    }

    /// Returns the counts over finer bounds, among which are all of its own.
    fn spread(&self, bounds: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; bounds.len() + 1];
        for (bucket, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let high = self.bounds.get(bucket).copied();
            let low = match bucket.checked_sub(1) {
                Some(before) => Some(self.bounds[before]),
                // As the quantile has it.
                None => high.filter(|high| *high > 0.0).map(|_| 0.0),
            };
            match (low, high) {
                (Some(low), Some(high)) if high > low => share(&mut counts, bounds, (low, high), *count),
                // What has no lower end is at its bound; what has no upper end is beyond all.
                (_, Some(high)) => counts[bounds.partition_point(|bound| *bound < high)] += count,
                (_, None) => counts[bounds.len()] += count,
            }
        }
        counts
    }

    /// Returns how many observations there are.
    pub(crate) fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// Returns the value below which the share `q` lies; none without observations or bounds.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.total();
        let last = *self.bounds.last()?;
        if total <= 0.0 {
            return None;
        }
        let rank = q * total;
        let mut below = 0.0;
        for (bucket, count) in self.counts.iter().enumerate() {
            let reached = below + count;
            if *count > 0.0 && reached >= rank {
                let Some(high) = self.bounds.get(bucket).copied() else { return Some(last) };
                let low = match bucket.checked_sub(1) {
                    Some(before) => self.bounds[before],
                    None if high <= 0.0 => return Some(high),
                    None => 0.0,
                };
                return Some(low + (high - low) * ((rank - below) / count));
            }
            below = reached;
        }
        Some(last)
    }
}

/// Spreads a count evenly from `low` to `high` over buckets that begin and end there.
fn share(counts: &mut [f64], bounds: &[f64], (low, high): (f64, f64), count: f64) {
    let mut from = low;
    let first = bounds.partition_point(|bound| *bound <= low);
    for (bucket, bound) in bounds.iter().enumerate().skip(first).take_while(|(_, bound)| **bound <= high) {
        counts[bucket] += count * ((bound - from) / (high - low));
        from = *bound;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bounds: &[f64], counts: &[f64]) -> Explicit {
        Explicit { bounds: bounds.into(), counts: counts.to_vec() }
    }

    #[test]
    fn quantiles_are_those_of_prometheus() {
        let check = |bounds: &[f64], counts: &[f64], q: f64, expected: Option<f64>| {
            assert_eq!(of(bounds, counts).quantile(q), expected, "{bounds:?} {counts:?} {q}");
        };
        // The first bucket begins at zero, unless its bound is not positive.
        check(&[0.1, 0.2], &[4.0, 0.0, 0.0], 0.5, Some(0.05));
        check(&[-1.0, 1.0], &[4.0, 0.0, 0.0], 0.5, Some(-1.0));
        check(&[1.0, 2.0, 4.0], &[0.0, 10.0, 10.0, 0.0], 0.75, Some(3.0));
        check(&[1.0, 2.0, 4.0], &[0.0, 10.0, 10.0, 0.0], 0.5, Some(2.0));
        check(&[1.0, 2.0, 4.0], &[1.0, 0.0, 0.0, 1.0], 0.9, Some(4.0));
        check(&[1.0, 2.0], &[0.0, 0.0, 5.0], 0.1, Some(2.0));
        check(&[1.0, 2.0], &[0.0, 2.0, 0.0], 1.0, Some(2.0));
        check(&[1.0, 2.0], &[0.0, 0.0, 0.0], 0.5, None);
        check(&[], &[7.0], 0.5, None);
        check(&[], &[], 0.5, None);
    }

    #[test]
    fn growth_is_the_difference_and_a_fall_is_a_reset() {
        let (before, now) = (of(&[1.0], &[1.0, 2.0]), of(&[1.0], &[4.0, 2.0]));
        assert_eq!(now.since(&before), Some(of(&[1.0], &[3.0, 0.0])));
        assert_eq!(before.since(&now), None);
        assert_eq!(now.since(&of(&[2.0], &[0.0, 0.0])), None);
    }

    #[test]
    fn different_bounds_meet_on_their_union_and_lose_nothing() {
        let mut merged = of(&[1.0, 3.0], &[2.0, 4.0, 1.0]);
        merged.merge(&of(&[2.0], &[4.0, 3.0]));
        assert_eq!(merged, of(&[1.0, 2.0, 3.0], &[2.0 + 2.0, 2.0 + 2.0, 2.0, 1.0 + 3.0]));
        let mut negative = of(&[-2.0, 2.0], &[3.0, 4.0, 0.0]);
        negative.merge(&of(&[0.0], &[1.0, 1.0]));
        assert_eq!(negative, of(&[-2.0, 0.0, 2.0], &[3.0, 2.0 + 1.0, 2.0, 1.0]));
        let mut counted = of(&[], &[5.0]);
        counted.merge(&of(&[1.0], &[1.0, 1.0]));
        assert_eq!(counted.total(), 7.0);
    }

    /// Each observation by itself, in order.
    #[test]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small numbers"
    )]
    fn quantiles_are_in_the_bucket_of_the_observation_of_that_rank() {
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
        let mut state = 11_u64;
        for round in 0..200 {
            let mut observed: Vec<f64> = (0..=round)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((state >> 40) as f64 / (1_u64 << 24) as f64).powi(4) * 5.0
                })
                .collect();
            observed.sort_unstable_by(f64::total_cmp);
            let mut counts = vec![0.0; bounds.len() + 1];
            observed.iter().for_each(|value| counts[bounds.partition_point(|bound| bound < value)] += 1.0);
            let whole = of(&bounds, &counts);
            for q in [0.01, 0.25, 0.5, 0.9, 0.99, 1.0] {
                let rank = ((q * observed.len() as f64).ceil() as usize).max(1);
                let bucket = bounds.partition_point(|bound| *bound < observed[rank - 1]);
                let low = bucket.checked_sub(1).map_or(0.0, |before| bounds[before]);
                let got = whole.quantile(q).unwrap();
                assert!(
                    got >= low && got <= bounds[bucket],
                    "round {round} q {q}: {got} not in {low}..{}",
                    bounds[bucket]
                );
            }
        }
    }
}
