//! Functions of time: what one series did in each bin, from its samples.
//!
//! Nothing is extrapolated: the growth between two samples belongs to the bin of the later one, so that the increases of
//! bins add up to the increase of the whole, and that of a counter of whole numbers is a whole number. PromQL differs on
//! purpose. A counter that fell was reset and has grown by what it shows; a sum that may fall has changed by the
//! difference. The first sample of a series has grown by nothing that is known, unless ingest has written the zero it
//! began with (schema.md D7).

/// Value that says that a series has ended: Prometheus' stale NaN.
pub(crate) const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// For how long the last sample of a gauge is its value, in milliseconds: as in Prometheus.
pub(crate) const LOOKBACK_MS: i64 = 300_000;

/// A sample of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    pub(crate) value: f64,
}

impl Sample {
    pub(crate) fn is_stale(self) -> bool {
        self.value.to_bits() == STALE_BITS
    }
}

/// A function of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFn {
    /// The value at the end of the bin: the last sample, not older than five minutes, of a series that has not ended.
    Last,
    /// Growth per second of the bin.
    Rate,
    /// Growth in the bin.
    Increase,
    /// Mean of the samples.
    Avg,
    /// Least sample.
    Min,
    /// Largest sample.
    Max,
    /// Sum of the samples.
    Sum,
    /// Number of samples.
    Count,
}

impl TimeFn {
    /// Every function.
    pub const ALL: [Self; 8] =
        [Self::Last, Self::Rate, Self::Increase, Self::Avg, Self::Min, Self::Max, Self::Sum, Self::Count];

    /// Returns the name in the language.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Rate => "rate",
            Self::Increase => "increase",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.as_str() == text)
    }
}

/// How the values of a series relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    /// Each sample is what was added since the one before.
    Delta,
    /// A running total that falls only by a reset.
    Counter,
    /// A running total that may fall, or a gauge.
    Level,
}

/// The edges of the bins in milliseconds, ascending: bin `i` is `edges[i]..edges[i + 1]`; and the range that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) edges: Vec<i64>,
    pub(crate) from: i64,
    /// First instant after the range, and not after now.
    pub(crate) to: i64,
}

impl Grid {
    pub(crate) fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// Returns how instants that only rise are put into bins.
    pub(crate) const fn walk(&self) -> Walk<'_> {
        Walk { grid: self, at: 0 }
    }

    /// Returns the bin of an instant inside the range.
    pub(crate) fn bin(&self, at: i64) -> Option<usize> {
        if at < self.from || at >= self.to {
            return None;
        }
        let after = self.edges.partition_point(|edge| *edge <= at);
        after.checked_sub(1).filter(|bin| *bin < self.len())
    }
}

/// Finds the bins of instants in the order of time: each from the one before, where it mostly is or next to it.
pub(crate) struct Walk<'a> {
    grid: &'a Grid,
    at: usize,
}

impl Walk<'_> {
    /// Returns the bin of an instant, as [`Grid::bin`] does.
    pub(crate) fn bin(&mut self, at: i64) -> Option<usize> {
        let edges = &self.grid.edges;
        let is_here = |bin: usize| {
            edges.get(bin).is_some_and(|edge| *edge <= at)
                && edges.get(bin + 1).is_some_and(|edge| at < *edge)
        };
        if at < self.grid.from || at >= self.grid.to {
            return None;
        }
        if !is_here(self.at) {
            self.at = if is_here(self.at + 1) { self.at + 1 } else { self.grid.bin(at)? };
        }
        Some(self.at)
    }
}

/// Sorts the samples and keeps one an instant: a number rather than the end of the series, and the largest of several.
pub(crate) fn tidy(samples: &mut Vec<Sample>) {
    if !samples.is_sorted_by(|a, b| a.at < b.at) {
        let number = |sample: &Sample| if sample.value.is_nan() { f64::NEG_INFINITY } else { sample.value };
        let by = |a: &Sample, b: &Sample| a.at.cmp(&b.at).then(number(b).total_cmp(&number(a)));
        // The samples of a series come in sorted pieces, an hour each: a stable sort finds and merges them.
        samples.sort_by(by);
        samples.dedup_by_key(|sample| sample.at);
    }
}

/// Returns the value of each bin, none where nothing is known. `samples` are tidy and begin [`LOOKBACK_MS`] before the
/// range. The rate is that of the increase; the caller divides.
pub(crate) fn fold(samples: &[Sample], grid: &Grid, function: TimeFn, nature: Nature) -> Vec<Option<f64>> {
    match function {
        TimeFn::Rate | TimeFn::Increase => increases(samples, grid, nature),
        TimeFn::Last => last(samples, grid),
        TimeFn::Avg => {
            let sums = each(samples, grid, |sum, value| sum + value);
            let counts = fold(samples, grid, TimeFn::Count, nature);
            sums.into_iter().zip(counts).map(|(sum, count)| Some(sum? / count?)).collect()
        }
        TimeFn::Min => each(samples, grid, f64::min),
        TimeFn::Max => each(samples, grid, f64::max),
        TimeFn::Sum => each(samples, grid, |sum, value| sum + value),
        TimeFn::Count => {
            let ones: Vec<Sample> = samples
                .iter()
                .map(|sample| Sample { value: if sample.is_stale() { sample.value } else { 1.0 }, ..*sample })
                .collect();
            each(&ones, grid, |sum, value| sum + value)
        }
    }
}

fn each(samples: &[Sample], grid: &Grid, join: impl Fn(f64, f64) -> f64) -> Vec<Option<f64>> {
    let mut bins: Vec<Option<f64>> = vec![None; grid.len()];
    let mut walk = grid.walk();
    for sample in samples.iter().filter(|sample| !sample.is_stale()) {
        if let Some(bin) = walk.bin(sample.at) {
            let value = bins[bin].map_or(sample.value, |before| join(before, sample.value));
            bins[bin] = Some(value);
        }
    }
    bins
}

fn increases(samples: &[Sample], grid: &Grid, nature: Nature) -> Vec<Option<f64>> {
    let mut bins: Vec<Option<f64>> = vec![None; grid.len()];
    let mut before: Option<f64> = None;
    let mut walk = grid.walk();
    for sample in samples.iter().filter(|sample| !sample.value.is_nan()) {
        let growth = match (nature, before) {
            (Nature::Delta, _) => Some(sample.value),
            (_, None) => None,
            (Nature::Counter, Some(before)) if sample.value < before => Some(sample.value),
            (_, Some(before)) => Some(sample.value - before),
        };
        before = Some(sample.value);
        if let (Some(bin), Some(growth)) = (walk.bin(sample.at), growth) {
            *bins[bin].get_or_insert(0.0) += growth;
        }
    }
    bins
}

/// The last sample before the end of each bin, unless the series has ended or is silent for too long.
fn last(samples: &[Sample], grid: &Grid) -> Vec<Option<f64>> {
    let mut bins = vec![None; grid.len()];
    let mut next = 0;
    for (bin, value) in bins.iter_mut().enumerate() {
        let end = grid.edges[bin + 1].min(grid.to);
        if grid.edges[bin] >= grid.to {
            break;
        }
        next += samples[next..].partition_point(|sample| sample.at < end);
        let newest = next.checked_sub(1).map(|at| samples[at]);
        let known = newest.filter(|sample| !sample.is_stale() && sample.at >= end - LOOKBACK_MS);
        *value = known.map(|sample| sample.value);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(points: &[(i64, f64)]) -> Vec<Sample> {
        points.iter().map(|(at, value)| Sample { at: *at, value: *value }).collect()
    }

    /// Three bins of ten milliseconds.
    fn grid() -> Grid {
        Grid { edges: vec![0, 10, 20, 30], from: 0, to: 30 }
    }

    fn check(points: &[(i64, f64)], function: TimeFn, nature: Nature, expected: [Option<f64>; 3]) {
        let got = fold(&samples(points), &grid(), function, nature);
        assert_eq!(got, expected, "{function:?} {nature:?} {points:?}");
    }

    const STALE: f64 = f64::from_bits(STALE_BITS);

    #[test]
    fn counters_grow_over_resets_gaps_and_from_before_the_range() {
        use Nature::Counter;
        use TimeFn::Increase;
        check(
            &[(-5, 7.0), (5, 10.0), (15, 12.0), (25, 12.0)],
            Increase,
            Counter,
            [Some(3.0), Some(2.0), Some(0.0)],
        );
        check(&[(5, 10.0), (15, 4.0)], Increase, Counter, [None, Some(4.0), None]);
        check(&[(1, 0.0), (5, 10.0), (25, 11.0)], Increase, Counter, [Some(10.0), None, Some(1.0)]);
        check(&[(-5, 7.0), (5, STALE), (15, 9.0)], Increase, Counter, [None, Some(2.0), None]);
        check(&[], Increase, Counter, [None; 3]);
    }

    #[test]
    fn deltas_add_up_and_levels_may_fall() {
        check(
            &[(1, 2.0), (2, 3.0), (15, 4.0)],
            TimeFn::Increase,
            Nature::Delta,
            [Some(5.0), Some(4.0), None],
        );
        check(
            &[(1, 9.0), (5, 4.0), (15, 6.0)],
            TimeFn::Increase,
            Nature::Level,
            [Some(-5.0), Some(2.0), None],
        );
    }

    #[test]
    fn the_last_value_stays_until_the_series_ends_or_falls_silent() {
        check(&[(-5, 1.0), (15, 2.0)], TimeFn::Last, Nature::Level, [Some(1.0), Some(2.0), Some(2.0)]);
        check(&[(5, 1.0), (15, STALE)], TimeFn::Last, Nature::Level, [Some(1.0), None, None]);
        check(&[(-LOOKBACK_MS + 15, 1.0)], TimeFn::Last, Nature::Level, [Some(1.0), None, None]);
        let now = Grid { to: 12, ..grid() };
        assert_eq!(
            fold(&samples(&[(5, 1.0)]), &now, TimeFn::Last, Nature::Level),
            [Some(1.0), Some(1.0), None],
            "nothing is known of bins that have not begun"
        );
    }

    #[test]
    fn samples_of_a_bin_are_averaged_counted_and_compared() {
        let points = [(1, 2.0), (2, 6.0), (3, STALE), (15, -1.0)];
        check(&points, TimeFn::Avg, Nature::Level, [Some(4.0), Some(-1.0), None]);
        check(&points, TimeFn::Count, Nature::Level, [Some(2.0), Some(1.0), None]);
        check(&points, TimeFn::Sum, Nature::Level, [Some(8.0), Some(-1.0), None]);
        check(&points, TimeFn::Min, Nature::Level, [Some(2.0), Some(-1.0), None]);
        check(&points, TimeFn::Max, Nature::Level, [Some(6.0), Some(-1.0), None]);
    }

    #[test]
    fn one_sample_an_instant_is_kept() {
        let mut sent = samples(&[(5, 1.0), (3, 2.0), (5, 4.0), (5, STALE), (3, 2.0)]);
        tidy(&mut sent);
        assert_eq!(sent, samples(&[(3, 2.0), (5, 4.0)]));
    }

    /// Numbers that look random and are the same each time.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }
    }

    /// The naive way: make the counter one that never falls, then subtract its values at the ends of the bin.
    fn by_totals(samples: &[Sample], grid: &Grid) -> Vec<f64> {
        let mut lifted: Vec<(i64, f64)> = Vec::new();
        let mut lift = 0.0;
        for (at, sample) in samples.iter().enumerate() {
            if at > 0 && sample.value < samples[at - 1].value {
                lift += samples[at - 1].value;
            }
            lifted.push((sample.at, sample.value + lift));
        }
        let first = lifted.first().map_or(0.0, |(_, value)| *value);
        let before =
            |instant: i64| lifted.iter().rfind(|(at, _)| *at < instant).map_or(first, |(_, value)| *value);
        (0..grid.len())
            .map(|bin| before(grid.edges[bin + 1].min(grid.to)) - before(grid.edges[bin].max(grid.from)))
            .collect()
    }

    #[test]
    fn walking_finds_the_bins_that_looking_up_finds() {
        let grid = Grid { edges: vec![0, 10, 20, 50, 60], from: 3, to: 57 };
        for step in [1, 2, 7, 11, 30] {
            let mut walk = grid.walk();
            for at in (-5..70).step_by(step) {
                assert_eq!(walk.bin(at), grid.bin(at), "step {step} at {at}");
            }
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "small numbers")]
    fn increases_are_those_of_the_naive_way_and_add_up() {
        let mut numbers = Numbers(7);
        for round in 0..500 {
            let (mut at, mut value, mut points) = (-20_i64, 0_u64, Vec::new());
            while at < 130 {
                at += 1 + numbers.below(12) as i64;
                value = if numbers.below(6) == 0 { numbers.below(3) } else { value + numbers.below(9) };
                points.push((at, value as f64));
            }
            let grid = Grid { edges: (0..=10).map(|i| i * 10).collect(), from: 3, to: 97 };
            let samples = samples(&points);
            let got: Vec<f64> = fold(&samples, &grid, TimeFn::Increase, Nature::Counter)
                .into_iter()
                .map(|bin| bin.unwrap_or(0.0))
                .collect();
            assert_eq!(got, by_totals(&samples, &grid), "round {round}: {points:?}");
            let whole = Grid { edges: vec![3, 97], from: 3, to: 97 };
            let all = fold(&samples, &whole, TimeFn::Increase, Nature::Counter)[0].unwrap_or(0.0);
            assert!((got.iter().sum::<f64>() - all).abs() < 1e-9, "round {round}");
        }
    }
}
