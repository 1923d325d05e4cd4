//! Gauges and sums over time: the function of time a series, then joined over the series of a line.

use sightline_model::TenantScope;

use super::group::Lines;
use super::hours::{self, Piece};
use super::inner::{self, Grid, Nature, Sample, TimeFn};
use super::measure::Aggregate;
use super::points::{interval_ms, whole};
use super::range::{Cut, Line, Made, covered_s, grid};
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::bins::Bins;
use crate::{Error, QueryService};

/// What the series of a line come to in a bin.
#[derive(Debug, Clone, Copy, Default)]
struct Joined {
    n: f64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Joined {
    fn add(&mut self, value: f64) {
        if self.n == 0.0 {
            (self.min, self.max) = (value, value);
        }
        self.n += 1.0;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn value(self, aggregate: Aggregate) -> Option<f64> {
        (self.n > 0.0).then(|| match aggregate {
            Aggregate::Sum | Aggregate::Quantile => self.sum,
            Aggregate::Avg => self.sum / self.n,
            Aggregate::Min => self.min,
            Aggregate::Max => self.max,
            Aggregate::Count => self.n,
        })
    }
}

/// What was read of each series.
enum Read {
    Samples(Vec<Vec<Sample>>),
    Pieces(Vec<Vec<Piece>>),
}

impl Read {
    fn fold(&self, series: usize, grid: &Grid, function: TimeFn, nature: Nature) -> Vec<Option<f64>> {
        match self {
            Self::Samples(samples) => inner::fold(&samples[series], grid, function, nature),
            Self::Pieces(pieces) => hours::fold(&pieces[series], grid, function, nature),
        }
    }
}

impl QueryService {
    #[expect(clippy::too_many_arguments, reason = "each is a part of the one question")]
    pub(crate) async fn numbers(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        lines: &Lines,
        cut: Cut,
        (function, aggregate): (TimeFn, Aggregate),
    ) -> Result<Made, Error> {
        let (bins, read) = match self.pieces(scope, open, chosen, series, cut, function).await? {
            Some((bins, pieces)) => (bins, Read::Pieces(pieces)),
            None => self.by_samples(scope, open, chosen, series, cut, function).await?,
        };
        let grid = grid(&bins, open);
        let mut joined: Vec<Option<Vec<Joined>>> = vec![None; lines.labels.len()];
        // A series at a time: the bins of all of them together are larger than their samples.
        for (at, (own, line)) in series.iter().zip(&lines.of_series).enumerate() {
            let values = read.fold(at, &grid, function, own.nature());
            // A series that was silent in the range is no line.
            if values.iter().all(Option::is_none) {
                continue;
            }
            let cells = joined[*line].get_or_insert_with(|| vec![Joined::default(); bins.len()]);
            for (cell, value) in cells.iter_mut().zip(values) {
                value.into_iter().for_each(|value| cell.add(value));
            }
        }
        let covered = covered_s(&bins, open);
        let per = |bin: usize| if function == TimeFn::Rate { covered[bin].max(1e-3) } else { 1.0 };
        let values = |cells: Vec<Joined>| -> Vec<Option<f64>> {
            let divided = |(bin, cell): (usize, Joined)| {
                let value = cell.value(aggregate)?;
                Some(if aggregate == Aggregate::Count { value } else { value / per(bin) })
            };
            cells.into_iter().enumerate().map(divided).collect()
        };
        let made = joined.into_iter().enumerate().filter_map(|(line, cells)| {
            let cells = values(cells?);
            cells.iter().any(Option::is_some).then(|| Line { line, columns: vec![cells] })
        });
        Ok(Made { lines: made.collect(), bins })
    }

    /// Reads samples, and cuts the range such that each bin holds one.
    async fn by_samples(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        cut: Cut,
        function: TimeFn,
    ) -> Result<(Bins, Read), Error> {
        let ranges = [whole(open)];
        let samples = self.samples_for(scope, open, chosen, series, (&ranges, function)).await?;
        let times = samples.iter().filter_map(|samples| {
            let sent = || samples.iter().filter(|sample| !sample.is_stale());
            Some((sent().next()?.at, sent().next_back()?.at, sent().count()))
        });
        let bins = cut.bins(open, interval_ms(times))?;
        Ok((bins, Read::Samples(samples)))
    }
}
