//! Distributions in exponential buckets: growth, merges of different scales, quantiles.
//!
//! At scale `s` bucket `i` holds `(b^i, b^(i+1)]` with `b = 2^(2^-s)`. Going down one scale joins each two buckets
//! exactly, so merges are exact at the coarser scale. A quantile is interpolated on the logarithmic scale inside its
//! bucket: off by less than the bucket is wide, a factor of `b`.

use std::collections::BTreeMap;

/// Counts by bucket of both signs, and around zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Exponential {
    pub(crate) scale: i32,
    pub(crate) zero: f64,
    pub(crate) zero_threshold: f64,
    pub(crate) positive: BTreeMap<i32, f64>,
    pub(crate) negative: BTreeMap<i32, f64>,
}

/// Makes buckets from an offset and the counts from there on.
pub(crate) fn buckets(offset: i32, counts: impl Iterator<Item = f64>) -> BTreeMap<i32, f64> {
    let mut out = BTreeMap::new();
    for (index, count) in (0..).map(|at: i32| offset.saturating_add(at)).zip(counts) {
        if count > 0.0 {
            *out.entry(index).or_insert(0.0) += count;
        }
    }
    out
}

/// The scale at which moving by whole buckets is near enough.
const FINE: i32 = 6;

/// Splits each bucket into `2^by`.
fn finer(buckets: &BTreeMap<i32, f64>, by: u32) -> BTreeMap<i32, f64> {
    let parts = 1_i32 << by;
    let mut out = BTreeMap::new();
    for (index, count) in buckets {
        for part in 0..parts {
            let at = index.saturating_mul(parts).saturating_add(part);
            *out.entry(at).or_insert(0.0) += count / f64::from(parts);
        }
    }
    out
}

impl Exponential {
    /// Returns the same at a lower scale.
    fn at_scale(mut self, scale: i32) -> Self {
        let by = u32::try_from(self.scale - scale).unwrap_or(0).min(31);
        if by > 0 {
            let coarser = |buckets: BTreeMap<i32, f64>| {
                let mut out = BTreeMap::new();
                for (index, count) in buckets {
                    *out.entry(index >> by).or_insert(0.0) += count;
                }
                out
            };
            self.positive = coarser(self.positive);
            self.negative = coarser(self.negative);
            self.scale = scale;
        }
        self
    }

    /// Multiplies every value: moves the buckets by whole ones (vocabulary.md 2.4), at a scale that is fine enough for
    /// what is lost by that to be less than 0.3 %. Coarser buckets are first spread evenly over finer ones, as the
    /// quantile has it.
    pub(crate) fn multiply(&mut self, factor: f64) {
        if (0..FINE).contains(&self.scale) {
            let by = u32::try_from(FINE - self.scale).unwrap_or(0);
            self.positive = finer(&self.positive, by);
            self.negative = finer(&self.negative, by);
            self.scale = FINE;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the logarithm of a unit times a power of two up to 2^20"
        )]
        let shift = (factor.log2() * f64::from(self.scale).exp2()).round() as i32;
        let moved = |buckets: &BTreeMap<i32, f64>| {
            buckets.iter().map(|(index, count)| (index.saturating_add(shift), *count)).collect()
        };
        self.positive = moved(&self.positive);
        self.negative = moved(&self.negative);
        self.zero_threshold *= factor;
    }

    /// Returns what was added since `before`; none when anything fell, hence after a reset.
    pub(crate) fn since(&self, before: &Self) -> Option<Self> {
        let scale = self.scale.min(before.scale);
        let (mut now, before) = (self.clone().at_scale(scale), before.clone().at_scale(scale));
        now.zero -= before.zero;
        // A wider zero takes in buckets that were counted before; then only a whole comparison tells.
        if now.zero < 0.0 || now.zero_threshold < before.zero_threshold {
            return None;
        }
        for (own, then) in [(&mut now.positive, &before.positive), (&mut now.negative, &before.negative)] {
            for (index, count) in then {
                let left = own.get(index).copied().unwrap_or(0.0) - count;
                if left < 0.0 {
                    return None;
                }
                own.insert(*index, left);
            }
            own.retain(|_, count| *count > 0.0);
        }
        Some(now)
    }

    /// Adds another distribution.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.total() <= 0.0 {
            return;
        }
        if self.total() <= 0.0 {
            self.clone_from(other);
            return;
        }
        let scale = self.scale.min(other.scale);
        let other = other.clone().at_scale(scale);
        *self = std::mem::take(self).at_scale(scale);
        self.zero += other.zero;
        self.zero_threshold = self.zero_threshold.max(other.zero_threshold);
        for (own, more) in [(&mut self.positive, other.positive), (&mut self.negative, other.negative)] {
            for (index, count) in more {
                *own.entry(index).or_insert(0.0) += count;
            }
        }
        self.fold_into_zero();
    }

    /// Buckets that lie wholly inside the zero of the other side are zero too.
    fn fold_into_zero(&mut self) {
        if self.zero_threshold <= 0.0 {
            return;
        }
        let (scale, threshold) = (self.scale, self.zero_threshold);
        for own in [&mut self.positive, &mut self.negative] {
            own.retain(|index, count| {
                let is_outside = edge(i64::from(*index) + 1, scale) > threshold;
                if !is_outside {
                    self.zero += *count;
                }
                is_outside
            });
        }
    }

    /// Returns how many observations there are.
    pub(crate) fn total(&self) -> f64 {
        self.zero + self.positive.values().sum::<f64>() + self.negative.values().sum::<f64>()
    }

    /// Returns how many buckets it holds.
    pub(crate) fn len(&self) -> usize {
        self.positive.len() + self.negative.len() + 1
    }

    /// Returns the value below which the share `q` lies; none without observations.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.total();
        if total <= 0.0 {
            return None;
        }
        let rank = q * total;
        let mut below = 0.0;
        let mut found = 0.0;
        let negative = self.negative.iter().rev().map(|(index, count)| (Bucket::Negative(*index), *count));
        let positive = self.positive.iter().map(|(index, count)| (Bucket::Positive(*index), *count));
        for (bucket, count) in negative.chain([(Bucket::Zero, self.zero)]).chain(positive) {
            if count <= 0.0 {
                continue;
            }
            found = self.position(bucket, ((rank - below) / count).clamp(0.0, 1.0));
            below += count;
            if below >= rank {
                break;
            }
        }
        Some(found)
    }

    fn position(&self, bucket: Bucket, inside: f64) -> f64 {
        let step = (-f64::from(self.scale)).exp2();
        let at = |exponent: f64| (exponent * step).exp2().min(f64::MAX);
        match bucket {
            Bucket::Positive(index) => at(f64::from(index) + inside),
            // From the lowest up: the far edge comes first.
            Bucket::Negative(index) => -at(f64::from(index) + 1.0 - inside),
            // Zero reaches only to the sides on which there is anything.
            Bucket::Zero => {
                let low = if self.negative.is_empty() { 0.0 } else { -self.zero_threshold };
                let high = if self.positive.is_empty() { 0.0 } else { self.zero_threshold };
                low + (high - low) * inside
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Bucket {
    Negative(i32),
    Zero,
    Positive(i32),
}

/// Returns the lower edge of a bucket.
#[expect(clippy::cast_precision_loss, reason = "an index has 32 bits and a little more")]
fn edge(index: i64, scale: i32) -> f64 {
    (index as f64 * (-f64::from(scale)).exp2()).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts values into buckets by the definition of the protocol.
    #[expect(clippy::cast_possible_truncation, reason = "small indices")]
    fn of(scale: i32, values: &[f64]) -> Exponential {
        let mut out = Exponential { scale, ..Exponential::default() };
        for value in values {
            if *value == 0.0 {
                out.zero += 1.0;
                continue;
            }
            let index = (value.abs().log2() * f64::from(scale).exp2()).ceil() as i32 - 1;
            let side = if *value > 0.0 { &mut out.positive } else { &mut out.negative };
            *side.entry(index).or_insert(0.0) += 1.0;
        }
        out
    }

    fn values(n: u64, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
        };
        (0..n).map(|_| (next() * 8.0 - 5.0).exp2()).collect()
    }

    #[test]
    fn quantiles_are_within_a_bucket_of_the_true_ones() {
        for (scale, seed) in [(0, 1), (2, 2), (5, 3), (8, 4)] {
            let mut sorted = values(1_001, seed);
            let whole = of(scale, &sorted);
            sorted.sort_unstable_by(f64::total_cmp);
            let base = (-f64::from(scale)).exp2().exp2();
            for (q, rank) in [(0.0, 0), (0.1, 100), (0.5, 500), (0.9, 900), (0.99, 990), (1.0, 1_000)] {
                let (got, truth) = (whole.quantile(q).unwrap(), sorted[rank]);
                assert!(
                    got / truth <= base * 1.001 && truth / got <= base * 1.001,
                    "{scale} {q}: {got} for {truth}"
                );
            }
        }
    }

    #[test]
    fn scales_meet_at_the_coarser_one_and_lose_nothing() {
        let (fine, coarse) = (values(300, 5), values(200, 6));
        let mut merged = of(5, &fine);
        merged.merge(&of(2, &coarse));
        let both: Vec<f64> = fine.iter().chain(&coarse).copied().collect();
        assert_eq!(merged, of(2, &both));
        let mut coarsest = Exponential { scale: -11, zero: 1.0, ..Exponential::default() };
        coarsest.merge(&of(5, &fine));
        assert_eq!((coarsest.scale, coarsest.total()), (-11, 301.0));
        let mut other = of(2, &coarse);
        other.merge(&of(5, &fine));
        assert_eq!(other, merged, "the order does not matter");
        let mut none = Exponential::default();
        none.merge(&of(7, &fine));
        assert_eq!(none.scale, 7, "what is empty has no say in the scale");
    }

    #[test]
    fn growth_is_exact_over_a_change_of_scale_and_a_fall_is_a_reset() {
        let (early, late) = (values(100, 7), values(50, 8));
        let all: Vec<f64> = early.iter().chain(&late).copied().collect();
        let grown = of(3, &all).since(&of(6, &early)).unwrap();
        assert_eq!(grown, of(3, &late));
        assert_eq!(of(3, &late).since(&of(3, &all)), None);
    }

    #[test]
    fn both_sides_of_zero_are_in_order() {
        let whole = of(0, &[-4.0, -2.0, 0.0, 0.0, 2.0, 4.0]);
        assert_eq!(whole.quantile(0.0), Some(-4.0));
        assert_eq!(whole.quantile(0.5), Some(0.0));
        assert_eq!(whole.quantile(1.0), Some(4.0));
        assert_eq!(Exponential::default().quantile(0.5), None);
    }

    #[test]
    fn a_wider_zero_takes_in_what_lies_inside_it() {
        let mut whole = of(0, &[0.25, 8.0]);
        whole.merge(&Exponential { zero: 1.0, zero_threshold: 1.0, ..Exponential::default() });
        assert_eq!((whole.zero, whole.positive.len()), (2.0, 1));
    }

    #[test]
    fn indices_at_the_ends_of_their_type_are_numbers_still() {
        let far = buckets(i32::MAX - 1, [1.0, 1.0, 1.0].into_iter());
        let whole = Exponential { scale: -10, positive: far, ..Exponential::default() };
        assert!(whole.quantile(1.0).unwrap().is_finite());
        let near = Exponential {
            scale: 20,
            positive: buckets(i32::MIN, [1.0].into_iter()),
            ..Exponential::default()
        };
        assert!(near.quantile(0.5).unwrap() >= 0.0);
    }

    #[test]
    fn multiplied_values_are_in_another_unit() {
        for scale in [0, 3, 5, 8] {
            let milliseconds = of(scale, &[3.0, 40.0, 500.0, 6_000.0, 6_100.0]);
            let mut seconds = milliseconds.clone();
            seconds.multiply(1e-3);
            assert!((seconds.total() - milliseconds.total()).abs() < 1e-9);
            for q in [0.1, 0.3, 0.5, 0.75, 0.9] {
                let (want, got) = (milliseconds.quantile(q).unwrap() / 1e3, seconds.quantile(q).unwrap());
                // What is spread over finer buckets may end in another of them, where the coarse one is wide.
                assert!((got / want - 1.0).abs() < 0.01, "scale {scale} q {q}: {got} for {want}");
            }
        }
    }
}
