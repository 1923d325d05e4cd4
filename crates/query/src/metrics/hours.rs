//! Gauges and sums by the hour: what is read instead of samples when the samples are gone, or when bins are so wide that
//! they would be read for nothing.
//!
//! A range is read in pieces: whole hours from `samples_1h`, the rest from `samples`. An hour is as good as its samples:
//! it has their number, sum, extremes, ends and growth, and its first and last sample join it to its neighbours. Only where a
//! series ended without a mark is not known of it, so that the last value of a bin is read from samples while there are any.

use sightline_model::{Nanos, Signal, TenantScope, TimeRange};
use sightline_store::Sql;

use super::inner::{Grid, LOOKBACK_MS, Nature, Sample, TimeFn};
use super::points::{SAMPLES_MAX, Window, millis_up, too_many};
use super::range::Cut;
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::bins::{self, Bins, HOUR_NS};
use crate::filter::Params;
use crate::{Error, QueryService, rows};

const HOUR_S: i64 = 3_600;
const HOUR_MS: i64 = 3_600_000;

/// Samples of a series that stand together: those of an hour, or one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// Milliseconds since the epoch.
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    pub(crate) first: f64,
    pub(crate) last: f64,
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// By how much a running total grew between first and last, over resets.
    pub(crate) increase: f64,
    /// Whether the series said after the last that it has none any more.
    pub(crate) ended: bool,
}

impl From<Sample> for Piece {
    fn from(sample: Sample) -> Self {
        let Sample { at, value } = sample;
        let ended = sample.is_stale();
        let (count, value) = if ended { (0.0, 0.0) } else { (1.0, value) };
        Self {
            first_at: at,
            last_at: at,
            first: value,
            last: value,
            count,
            sum: value,
            min: value,
            max: value,
            increase: 0.0,
            ended,
        }
    }
}

/// Where each part of a range is read from, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Split {
    hours: (i64, i64),
    samples: Vec<(i64, i64)>,
}

impl Split {
    /// Decides; samples are kept from `kept_from` on, hours are computed before `computed_to`. None: samples only.
    fn of((from, to): (i64, i64), kept_from: i64, computed_to: i64, are_hours_better: bool) -> Option<Self> {
        let up = |at: i64| bins::ceil_div(at, HOUR_MS) * HOUR_MS;
        let down = |at: i64| at.div_euclid(HOUR_MS) * HOUR_MS;
        let first = if from < kept_from { down(from) } else { up(from) };
        let last = if are_hours_better { down(to) } else { down(to).min(up(kept_from)) }.min(computed_to);
        if first >= last {
            return None;
        }
        // What came before the first hour tells by how much it grew at its begin.
        let before = (from - LOOKBACK_MS).max(down(kept_from));
        let samples = [(before, first), (last, to)].into_iter().filter(|(from, to)| from < to).collect();
        let first = if before < first { first } else { first - HOUR_MS };
        Some(Self { hours: (first, last), samples })
    }
}

/// Widens the ends that are older than the samples: there are only whole hours.
fn widened(range: TimeRange, kept_from: Nanos) -> TimeRange {
    let whole = bins::widen(range, HOUR_S);
    let last_hour = range.to().div_euclid(HOUR_NS) * HOUR_NS;
    let from = if range.from() < kept_from { whole.from() } else { range.from() };
    let to = if last_hour < kept_from { whole.to() } else { range.to() };
    TimeRange::new(from, to).unwrap_or(range)
}

impl QueryService {
    /// Reads the series in pieces, if hours are among them, and cuts the range into bins.
    pub(super) async fn pieces(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        cut: Cut,
        function: TimeFn,
    ) -> Result<Option<(Bins, Vec<Vec<Piece>>)>, Error> {
        let kept_from = open.now - self.config.kept_ns(Signal::Metrics);
        let is_old = open.range.from() < kept_from - HOUR_NS;
        let wide = widened(open.range, kept_from);
        // Not narrower than an hour when there are only hours.
        let bins = Bins::cut(wide, cut.bin, cut.points, if is_old { HOUR_S } else { 1 }, &open.tz)?;
        let are_whole = bins.starts_s.iter().all(|start| start % HOUR_S == 0) && bins.width_s >= HOUR_S;
        let are_hours_better = are_whole && function != TimeFn::Last;
        if !is_old && !are_hours_better {
            return Ok(None);
        }
        let computed_to = self.computed_to(scope, open, chosen).await?;
        let range = (millis_up(wide.from()), millis_up(wide.to()));
        let Some(split) = Split::of(range, millis_up(kept_from), computed_to, are_hours_better) else {
            return Ok(None);
        };
        open.range = wide;
        let mut pieces: Vec<Vec<Piece>> = vec![Vec::new(); series.len()];
        self.read_hours(scope, open, chosen, series, split.hours, &mut pieces).await?;
        if split.samples.is_empty() {
            "samples_1h".clone_into(&mut open.stats.tier);
        } else {
            let samples = self.samples_for(scope, open, chosen, series, (&split.samples, function)).await?;
            for (own, samples) in pieces.iter_mut().zip(samples) {
                own.extend(samples.into_iter().map(Piece::from));
            }
            "samples_1h+raw".clone_into(&mut open.stats.tier);
        }
        // Parts of the store that do not overlap are read in any order.
        pieces.iter_mut().for_each(|own| own.sort_by_key(|piece| piece.first_at));
        Ok(Some((bins, pieces)))
    }

    /// Returns the end of the newest hour that was computed for these series.
    async fn computed_to(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
    ) -> Result<i64, Error> {
        let mut params = Params::default();
        let (from, to) = (open.range.from() / 1_000_000, open.range.to() / 1_000_000);
        let when = between((from - HOUR_MS, to), &mut params);
        let series = chosen.points(open, &mut params)?;
        let template = format!(
            "SELECT toUnixTimestamp(max(`window`)) AS newest FROM sightline.samples_1h \
             WHERE {{scope:samples_1h}} AND {when} AND {series}"
        );
        let found = self.select(scope, open, params.into_sql(template)).await?;
        let newest = rows::counts(&found, "newest")?.first().copied().unwrap_or(0);
        Ok(if newest == 0 { i64::MIN / 2 } else { newest * 1_000 + HOUR_MS })
    }

    async fn read_hours(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        hours: (i64, i64),
        pieces: &mut [Vec<Piece>],
    ) -> Result<(), Error> {
        let (window, known) = Window::of(series)?;
        let sql = statement(open, chosen, hours, window)?;
        let limits = sightline_store::QueryLimits { rows_max: SAMPLES_MAX, ..self.limits() };
        let found = self
            .select_limited(scope, open, sql, &limits)
            .await
            .map_err(|error| too_many(error, SAMPLES_MAX))?;
        if found.is_empty() {
            return Ok(());
        }
        let (ids, starts) = (found.column("sid")?.unsigned()?, found.column("w")?.unsigned()?);
        let number = |name: &str| found.column(name).and_then(|column| column.floats());
        let offset = |name: &str| found.column(name).and_then(|column| column.unsigned());
        let (counts, sums) = (number("n")?, number("total")?);
        let (least, most) = (number("least")?, number("most")?);
        let (first, last, increase) = (number("begin")?, number("end")?, number("grown")?);
        let (first_ms, last_ms) = (offset("first_ms")?, offset("last_ms")?);
        let ended = found.column("ended")?.flags()?;
        let at = |row: usize, ms: u64| i64::try_from(starts[row] * 1_000 + ms).unwrap_or(i64::MAX / 2);
        for row in 0..found.len() {
            let Some(of) = known.get(&ids[row]) else { continue };
            let factor = series[*of].factor;
            pieces[*of].push(Piece {
                first_at: at(row, first_ms[row]),
                last_at: at(row, last_ms[row]),
                first: first[row] * factor,
                last: last[row] * factor,
                count: counts[row],
                sum: sums[row] * factor,
                min: least[row] * factor,
                max: most[row] * factor,
                increase: increase[row] * factor,
                ended: ended[row],
            });
        }
        Ok(())
    }
}

fn between((from_ms, to_ms): (i64, i64), params: &mut Params) -> String {
    let (low, high) = (params.add(from_ms.div_euclid(1_000)), params.add(to_ms.div_euclid(1_000)));
    let (low, high) = (format!("toDateTime({low}, 'UTC')"), format!("toDateTime({high}, 'UTC')"));
    format!(
        "`window` >= {low} AND `window` < {high} AND toStartOfMonth(`window`) >= toStartOfMonth({low}) \
         AND toStartOfMonth(`window`) <= toStartOfMonth({high})"
    )
}

fn statement(open: &Open<'_>, chosen: &Chosen, hours: (i64, i64), window: Window) -> Result<Sql, Error> {
    let mut params = Params::default();
    let when = between(hours, &mut params);
    let series = chosen.points(open, &mut params)?;
    let template = format!(
        "SELECT {} AS sid, toUnixTimestamp(`window`) AS w, toFloat64(count) AS n, sum AS total, min AS least, \
         max AS most, first AS begin, last AS end, first_ms, last_ms, increase AS grown, ended \
         FROM sightline.samples_1h FINAL WHERE {{scope:samples_1h}} AND {when} AND {series}",
        window.sql()
    );
    Ok(params.into_sql(template))
}

/// Returns the value of each bin, as [`super::inner::fold`] does of samples.
pub(super) fn fold(pieces: &[Piece], grid: &Grid, function: TimeFn, nature: Nature) -> Vec<Option<f64>> {
    let each = |value: fn(&Piece) -> f64, join: fn(f64, f64) -> f64| {
        let mut bins: Vec<Option<f64>> = vec![None; grid.len()];
        for piece in pieces.iter().filter(|piece| piece.count > 0.0) {
            if let Some(bin) = grid.bin(piece.first_at) {
                let value = value(piece);
                bins[bin] = Some(bins[bin].map_or(value, |before| join(before, value)));
            }
        }
        bins
    };
    let add = |a: f64, b: f64| a + b;
    match function {
        TimeFn::Rate | TimeFn::Increase => increases(pieces, grid, nature),
        TimeFn::Last => last(pieces, grid),
        TimeFn::Avg => {
            let (sums, counts) = (each(|piece| piece.sum, add), each(|piece| piece.count, add));
            sums.into_iter().zip(counts).map(|(sum, count)| Some(sum? / count?)).collect()
        }
        TimeFn::Min => each(|piece| piece.min, f64::min),
        TimeFn::Max => each(|piece| piece.max, f64::max),
        TimeFn::Sum => each(|piece| piece.sum, add),
        TimeFn::Count => each(|piece| piece.count, add),
    }
}

fn increases(pieces: &[Piece], grid: &Grid, nature: Nature) -> Vec<Option<f64>> {
    let mut bins: Vec<Option<f64>> = vec![None; grid.len()];
    let mut before: Option<f64> = None;
    for piece in pieces.iter().filter(|piece| piece.count > 0.0 && !piece.first.is_nan()) {
        let joined = match (nature, before) {
            (Nature::Delta, _) | (_, None) => None,
            (Nature::Counter, Some(before)) if piece.first < before => Some(piece.first),
            (_, Some(before)) => Some(piece.first - before),
        };
        let inside = match nature {
            Nature::Delta => Some(piece.sum),
            _ if piece.count < 2.0 => None,
            Nature::Counter => Some(piece.increase),
            Nature::Level => Some(piece.last - piece.first),
        };
        before = Some(piece.last);
        if let (Some(bin), Some(growth)) =
            (grid.bin(piece.first_at), joined.map_or(inside, |joined| Some(joined + inside.unwrap_or(0.0))))
        {
            *bins[bin].get_or_insert(0.0) += growth;
        }
    }
    bins
}

fn last(pieces: &[Piece], grid: &Grid) -> Vec<Option<f64>> {
    let mut bins = vec![None; grid.len()];
    for (bin, value) in bins.iter_mut().enumerate().take_while(|(bin, _)| grid.edges[*bin] < grid.to) {
        let end = grid.edges[bin + 1].min(grid.to);
        let after = pieces.partition_point(|piece| piece.first_at < end);
        let newest = after.checked_sub(1).map(|at| pieces[at]);
        let known = newest.filter(|piece| !piece.ended && piece.last_at >= end - LOOKBACK_MS);
        *value = known.map(|piece| piece.last);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::super::inner;
    use super::*;

    /// The hours and the samples that are read.
    type Read<'a> = Option<((i64, i64), &'a [(i64, i64)])>;

    #[test]
    fn every_instant_is_read_once() {
        const H: i64 = HOUR_MS;
        let check = |range, kept_from, computed_to, better, expected: Read<'_>| {
            let got = Split::of(range, kept_from, computed_to, better);
            let expected = expected.map(|(hours, samples)| Split { hours, samples: samples.to_vec() });
            assert_eq!(got, expected, "{range:?} {kept_from} {computed_to} {better}");
        };
        let look = LOOKBACK_MS;
        check(
            (100 * H, 110 * H),
            50 * H,
            109 * H,
            true,
            Some(((100 * H, 109 * H), &[(100 * H - look, 100 * H), (109 * H, 110 * H)])),
        );
        check(
            (100 * H + 9, 110 * H),
            50 * H,
            109 * H,
            true,
            Some(((101 * H, 109 * H), &[(100 * H + 9 - look, 101 * H), (109 * H, 110 * H)])),
        );
        check((100 * H, 110 * H), 50 * H, 99 * H, true, None);
        check((100 * H, 110 * H), 50 * H, 109 * H, false, None);
        // Older than the samples: from the hours, and one more for what was before.
        check((10 * H + 9, 20 * H), 50 * H, 109 * H, true, Some(((9 * H, 20 * H), &[])));
        check((10 * H, 60 * H), 50 * H + 5, 109 * H, false, Some(((9 * H, 51 * H), &[(51 * H, 60 * H)])));
    }

    #[test]
    fn ends_before_the_samples_are_those_of_hours() {
        const H: i64 = HOUR_NS;
        for ((from, to), expected) in [
            ((2 * H + 9, 4 * H + 9), (2 * H, 5 * H)),
            ((2 * H + 9, 20 * H + 9), (2 * H, 20 * H + 9)),
            ((11 * H + 9, 20 * H + 9), (11 * H + 9, 20 * H + 9)),
            // Its last hour began before the samples.
            ((2 * H, 10 * H + 8), (2 * H, 11 * H)),
        ] {
            let range = TimeRange::new(from, to).unwrap();
            let expected = TimeRange::new(expected.0, expected.1).unwrap();
            assert_eq!(widened(range, 10 * H + 5), expected);
        }
    }

    /// Adds a sample to the piece of its hour.
    fn take_in(pieces: &mut Vec<Piece>, sample: &Sample) {
        match pieces.last_mut() {
            Some(piece) if piece.first_at / HOUR_MS == sample.at / HOUR_MS => {
                let has_fallen = sample.value < piece.last;
                piece.increase += if has_fallen { sample.value } else { sample.value - piece.last };
                (piece.last, piece.last_at) = (sample.value, sample.at);
                (piece.count, piece.sum) = (piece.count + 1.0, piece.sum + sample.value);
                (piece.min, piece.max) = (piece.min.min(sample.value), piece.max.max(sample.value));
            }
            _ => pieces.push(Piece::from(*sample)),
        }
    }

    /// Samples as they are, and those of each hour as one piece.
    #[test]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "small numbers")]
    fn hours_come_to_what_their_samples_come_to() {
        let mut state = 5_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for round in 0..300 {
            let (mut at, mut value, mut samples) = (0_i64, 0_u64, Vec::new());
            while at < 9 * HOUR_MS {
                at += 1 + below(HOUR_MS as u64 / 2) as i64;
                value = if below(5) == 0 { below(3) } else { value + below(9) };
                samples.push(Sample { at, value: value as f64 });
            }
            let mut pieces: Vec<Piece> = Vec::new();
            samples.iter().for_each(|sample| take_in(&mut pieces, sample));
            let edges = (0..=4).map(|bin| bin * 2 * HOUR_MS).collect();
            let grid = Grid { edges, from: 0, to: 8 * HOUR_MS };
            for function in TimeFn::ALL {
                for nature in [Nature::Delta, Nature::Counter, Nature::Level] {
                    let want = inner::fold(&samples, &grid, function, nature);
                    assert_eq!(
                        fold(&pieces, &grid, function, nature),
                        want,
                        "round {round} {function:?} {nature:?}"
                    );
                    let single: Vec<Piece> = samples.iter().copied().map(Piece::from).collect();
                    assert_eq!(fold(&single, &grid, function, nature), want, "single {round} {function:?}");
                }
            }
        }
    }
}
