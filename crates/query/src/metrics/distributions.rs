//! Histograms and summaries over time: what was observed in a bin by the series of a line, merged.
//!
//! A cumulative point tells of everything since its start: what was observed since the point before is their difference.
//! After a reset (the start lies behind the point before, or something fell) the point itself is what was observed. The
//! first point of a series counts when it started within what was read; otherwise nothing is known of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sightline_model::TenantScope;

use super::explicit::Explicit;
use super::exponential::{Exponential, buckets};
use super::group::Lines;
use super::inner::LOOKBACK_MS;
use super::measure::Distribution;
use super::points::{Points, interval_ms};
use super::range::{Cut, Line, Made, covered_s, grid};
use super::series::{Chosen, Kind, Series};
use crate::ask::Open;
use crate::{Error, QueryService, rows};

/// Most buckets that an answer may hold while it is made.
const BUCKETS_MAX: usize = 8_000_000;

/// Where observations lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Only their number is known.
    None,
    Explicit(Explicit),
    Exponential(Box<Exponential>),
}

/// Observations: how many, their sum, where they lie.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observed {
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) shape: Shape,
}

/// A point of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    pub(crate) start: i64,
    pub(crate) observed: Observed,
}

impl Observed {
    /// Returns what was added since `before`; none after a reset.
    fn since(&self, before: &Self) -> Option<Self> {
        if self.count < before.count {
            return None;
        }
        let shape = match (&self.shape, &before.shape) {
            (Shape::None, Shape::None) => Shape::None,
            (Shape::Explicit(now), Shape::Explicit(then)) => Shape::Explicit(now.since(then)?),
            (Shape::Exponential(now), Shape::Exponential(then)) => {
                Shape::Exponential(Box::new(now.since(then)?))
            }
            _ => return None,
        };
        Some(Self { count: self.count - before.count, sum: self.sum - before.sum, shape })
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        match (&mut self.shape, &other.shape) {
            (Shape::Explicit(own), Shape::Explicit(more)) => own.merge(more),
            (Shape::Exponential(own), Shape::Exponential(more)) => own.merge(more),
            (own @ Shape::None, more) => own.clone_from(more),
            _ => {}
        }
    }

    /// Multiplies every value.
    fn scale(&mut self, factor: f64) {
        self.sum *= factor;
        match &mut self.shape {
            Shape::None => {}
            Shape::Explicit(own) => {
                own.bounds = own.bounds.iter().map(|bound| times(*bound, factor)).collect()
            }
            Shape::Exponential(own) => own.multiply(factor),
        }
    }

    fn quantile(&self, q: f64) -> Option<f64> {
        match &self.shape {
            Shape::None => None,
            Shape::Explicit(own) => own.quantile(q),
            Shape::Exponential(own) => own.quantile(q),
        }
    }

    fn len(&self) -> usize {
        match &self.shape {
            Shape::None => 1,
            Shape::Explicit(own) => own.counts.len() + 1,
            Shape::Exponential(own) => own.len(),
        }
    }
}

/// Returns what was observed at each point. `points` are in order; `read_from` is the first instant that was read.
pub(crate) fn growth(points: &[Point], is_delta: bool, read_from: i64) -> Vec<(i64, Observed)> {
    let mut before: Option<&Point> = None;
    let mut grown = Vec::with_capacity(points.len());
    for point in points {
        let observed = match before {
            _ if is_delta => Some(point.observed.clone()),
            None => (point.start >= read_from).then(|| point.observed.clone()),
            Some(before) if point.start >= before.at => Some(point.observed.clone()),
            Some(before) => {
                Some(point.observed.since(&before.observed).unwrap_or_else(|| point.observed.clone()))
            }
        };
        grown.extend(observed.map(|observed| (point.at, observed)));
        before = Some(point);
    }
    grown
}

/// Puts points in order and keeps one an instant, that of the most observations.
pub(crate) fn tidy(points: &mut Vec<Point>) {
    points.sort_by(|a, b| a.at.cmp(&b.at).then(b.observed.count.total_cmp(&a.observed.count)));
    points.dedup_by_key(|point| point.at);
}

impl QueryService {
    #[expect(clippy::too_many_arguments, reason = "each is a part of the one question")]
    pub(crate) async fn distributions(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        kind: Kind,
        series: &[Series],
        lines: &Lines,
        cut: Cut,
        wanted: &Distribution,
    ) -> Result<Made, Error> {
        let points = self.points(scope, open, chosen, kind, series, columns(kind)).await?;
        let mut by_series = read(&points, kind, series.len())?;
        by_series.iter_mut().for_each(tidy);
        for (own, points) in series.iter().zip(&mut by_series).filter(|(own, _)| own.unit != own.stored_unit)
        {
            points.iter_mut().for_each(|point| point.observed.scale(own.factor));
        }
        let times =
            by_series.iter().filter_map(|points| Some((points.first()?.at, points.last()?.at, points.len())));
        let bins = cut.bins(open, interval_ms(times))?;
        let grid = grid(&bins, open);
        let mut cells: BTreeMap<usize, Vec<Option<Observed>>> = BTreeMap::new();
        let mut held = 0;
        for ((own, points), line) in series.iter().zip(&by_series).zip(&lines.of_series) {
            for (at, observed) in growth(points, own.is_delta, grid.from - LOOKBACK_MS) {
                let Some(bin) = grid.bin(at) else { continue };
                let cell = &mut cells.entry(*line).or_insert_with(|| vec![None; bins.len()])[bin];
                match cell {
                    Some(own) => own.merge(&observed),
                    None => {
                        held += observed.len();
                        *cell = Some(observed);
                    }
                }
            }
            if held > BUCKETS_MAX {
                let detail = format!("the lines would hold more than {BUCKETS_MAX} buckets");
                return Err(Error::too_expensive(
                    "too_many_buckets",
                    "by",
                    detail,
                    "group by fewer keys, or use wider bins",
                ));
            }
        }
        let covered = covered_s(&bins, open);
        let made =
            cells.into_iter().map(|(line, cells)| Line { line, columns: told(&cells, wanted, &covered) });
        Ok(Made { lines: made.collect(), bins })
    }
}

/// Returns the columns that were asked for.
fn told(cells: &[Option<Observed>], wanted: &Distribution, covered: &[f64]) -> Vec<Vec<Option<f64>>> {
    let each = |value: &dyn Fn(usize, &Observed) -> Option<f64>| -> Vec<Option<f64>> {
        cells.iter().enumerate().map(|(bin, cell)| cell.as_ref().and_then(|cell| value(bin, cell))).collect()
    };
    match wanted {
        Distribution::Quantiles(quantiles) => {
            quantiles.iter().map(|q| each(&|_, observed| observed.quantile(*q))).collect()
        }
        Distribution::Mean => {
            vec![each(&|_, observed| (observed.count > 0.0).then(|| observed.sum / observed.count))]
        }
        Distribution::Count => vec![each(&|_, observed| Some(observed.count))],
        Distribution::Rate => vec![each(&|bin, observed| Some(observed.count / covered[bin].max(1e-3)))],
        Distribution::Sum => vec![each(&|_, observed| Some(observed.sum))],
    }
}

/// Multiplies such that 250 ms are 0.25 s to the last bit, and meet bounds that were sent in seconds.
fn times(value: f64, factor: f64) -> f64 {
    if factor < 1.0 { value / (1.0 / factor).round() } else { value * factor }
}

const fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::ExpHistogram => {
            "toUnixTimestamp64Milli(start_ts) AS start, count, sum, scale, zero_threshold, zero_count, pos_offset, \
             pos_counts, neg_offset, neg_counts"
        }
        Kind::Summary => "toUnixTimestamp64Milli(start_ts) AS start, count, sum",
        _ => "toUnixTimestamp64Milli(start_ts) AS start, count, sum, bounds, counts",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are beyond what a chart can show")]
const fn float(count: u64) -> f64 {
    count as f64
}

fn read(points: &Points, kind: Kind, series: usize) -> Result<Vec<Vec<Point>>, Error> {
    let mut out: Vec<Vec<Point>> = vec![Vec::new(); series];
    if points.rows.is_empty() {
        return Ok(out);
    }
    let starts = rows::signed(&points.rows, "start")?;
    let counts = points.rows.column("count")?.unsigned()?;
    let sums = points.rows.column("sum")?.floats()?;
    let shapes = match kind {
        Kind::Histogram => explicit(points)?,
        Kind::ExpHistogram => exponential(points)?,
        _ => vec![Shape::None; points.rows.len()],
    };
    for (row, shape) in shapes.into_iter().enumerate() {
        if let Some(series) = points.series[row] {
            let observed = Observed { count: float(counts[row]), sum: sums[row], shape };
            out[series].push(Point { at: points.at[row], start: starts[row], observed });
        }
    }
    Ok(out)
}

fn explicit(points: &Points) -> Result<Vec<Shape>, Error> {
    let (bounds, counts) = (points.rows.column("bounds")?.lists()?, points.rows.column("counts")?.lists()?);
    let (limits, numbers) = (bounds.items.floats()?, counts.items.unsigned()?);
    let mut last: Arc<[f64]> = Arc::from([]);
    let mut shape = |row: usize| {
        let own = &limits[bounds.range(row)];
        // Rows of a series stand together and have the same bounds.
        if *last != *own {
            last = own.into();
        }
        let counts = numbers[counts.range(row)].iter().copied().map(float).collect();
        Shape::Explicit(Explicit { bounds: Arc::clone(&last), counts })
    };
    Ok((0..points.rows.len()).map(&mut shape).collect())
}

fn exponential(points: &Points) -> Result<Vec<Shape>, Error> {
    let rows = &points.rows;
    let scales = rows::signed(rows, "scale")?;
    let (thresholds, zeros) =
        (rows.column("zero_threshold")?.floats()?, rows.column("zero_count")?.unsigned()?);
    let side = |offset: &str, counts: &str| -> Result<Vec<BTreeMap<i32, f64>>, Error> {
        let offsets = rows::signed(rows, offset)?;
        let lists = rows.column(counts)?.lists()?;
        let numbers = lists.items.unsigned()?;
        let one = |row: usize| {
            let offset = i32::try_from(offsets[row]).unwrap_or(0);
            buckets(offset, numbers[lists.range(row)].iter().copied().map(float))
        };
        Ok((0..rows.len()).map(one).collect())
    };
    let (positive, negative) = (side("pos_offset", "pos_counts")?, side("neg_offset", "neg_counts")?);
    let both = positive.into_iter().zip(negative).enumerate();
    Ok(both
        .map(|(row, (positive, negative))| {
            Shape::Exponential(Box::new(Exponential {
                scale: i32::try_from(scales[row]).unwrap_or(0),
                zero: float(zeros[row]),
                zero_threshold: thresholds[row],
                positive,
                negative,
            }))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64, start: i64, counts: [f64; 2]) -> Point {
        let shape = Shape::Explicit(Explicit { bounds: Arc::from([1.0]), counts: counts.to_vec() });
        let count = counts.iter().sum();
        Point { at, start, observed: Observed { count, sum: count * 2.0, shape } }
    }

    fn check(points: &[Point], is_delta: bool, expected: &[(i64, f64)]) {
        let got: Vec<(i64, f64)> =
            growth(points, is_delta, 0).into_iter().map(|(at, observed)| (at, observed.count)).collect();
        assert_eq!(got, expected, "{points:?}");
    }

    #[test]
    fn what_was_observed_is_the_growth_since_the_point_before() {
        check(&[point(10, -9, [1.0, 1.0]), point(20, -9, [3.0, 2.0])], false, &[(20, 3.0)]);
        check(&[point(10, 5, [1.0, 1.0]), point(20, 5, [3.0, 2.0])], false, &[(10, 2.0), (20, 3.0)]);
        check(&[point(10, 0, [1.0, 0.0]), point(20, 10, [2.0, 2.0])], true, &[(10, 1.0), (20, 4.0)]);
    }

    #[test]
    fn after_a_reset_the_point_is_what_was_observed() {
        // The start moved behind the point before, although nothing fell.
        check(&[point(10, -9, [1.0, 1.0]), point(20, 15, [3.0, 2.0])], false, &[(20, 5.0)]);
        // The start did not move, but a bucket fell.
        check(&[point(10, -9, [4.0, 1.0]), point(20, -9, [3.0, 3.0])], false, &[(20, 6.0)]);
        check(&[point(10, -9, [4.0, 1.0]), point(20, -9, [1.0, 1.0])], false, &[(20, 2.0)]);
    }

    #[test]
    fn one_point_an_instant_is_kept_in_order() {
        let mut points = vec![point(20, 0, [1.0, 0.0]), point(10, 0, [1.0, 0.0]), point(20, 0, [2.0, 0.0])];
        tidy(&mut points);
        assert_eq!(points, [point(10, 0, [1.0, 0.0]), point(20, 0, [2.0, 0.0])]);
    }
}
