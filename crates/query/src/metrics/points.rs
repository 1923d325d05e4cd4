//! Points of series, read as rows: what they are is worked out here, not in the engine.
//!
//! Why rows: measured on 4,000 series of 15 s over an hour among 20,000 (960,000 samples plus the five minutes before,
//! 19.2 M in the table), CPU of the engine a question: rows of 20 bytes 88 ms; arrays by series 128 ms; the whole
//! increase in SQL 208 ms with `lagInFrame`, 263 ms with arrays and `sumMap`; by series and bin 235 ms. Reading and
//! decoding is the cheapest, and the arithmetic is then plain functions over plain data that can be held against a
//! naive oracle. What it costs is the wire, hence the limits: a question that would read more is refused, and says
//! what to ask instead.

use std::collections::HashMap;
use std::ops::Range;

use sightline_model::{Nanos, TenantScope};
use sightline_store::{Error as StoreError, QueryLimits, Rows, Sql};

use super::inner::{LOOKBACK_MS, Sample, tidy};
use super::series::{Chosen, Kind, Series};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService};

/// Most samples of a question: 60 MB on the wire.
pub(crate) const SAMPLES_MAX: u64 = 3_000_000;

/// Most points of histograms and summaries of a question: each holds lists.
pub(crate) const DISTRIBUTIONS_MAX: u64 = 400_000;

/// TOO_MANY_ROWS_OR_BYTES of the engine: the answer would be longer than asked for.
const TOO_MANY_ROWS: u32 = 396;

const MILLI_NS: i64 = 1_000_000;

/// Rows of points with the series that each belongs to.
pub(crate) struct Points {
    pub(crate) rows: Rows,
    /// Index into the series; none for a series that is not among them.
    pub(crate) series: Vec<Option<usize>>,
    /// Milliseconds since the epoch.
    pub(crate) at: Vec<i64>,
}

/// Rows of points, and whose they are.
struct Found {
    rows: Rows,
    /// The time that offsets count from, in milliseconds.
    base: i64,
    /// Indexes of the series by what stands for their ids in the rows.
    known: HashMap<u64, usize>,
}

/// Rows of one series that stand together.
struct Run {
    /// Index into the series; none for a series that is not among them.
    series: Option<usize>,
    rows: Range<usize>,
}

impl Found {
    fn runs(&self) -> Result<impl Iterator<Item = Run>, Error> {
        let ids = if self.rows.is_empty() { &[] } else { self.rows.column("sid")?.unsigned()? };
        let mut from = 0;
        Ok(ids.chunk_by(|a, b| a == b).map(move |same| {
            let rows = from..from + same.len();
            from = rows.end;
            Run { series: self.known.get(&same[0]).copied(), rows }
        }))
    }

    /// Returns when a point was, in milliseconds since the epoch.
    fn at(&self, offset: u64) -> i64 {
        self.base + i64::try_from(offset).unwrap_or(i64::MAX / 2)
    }
}

/// Which 64 bits of the ids tell these series apart: the lowest, or the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window(u32);

impl Window {
    /// No two of ten thousand series agree in 64 random bits in the life of this world; if they did, the next bits tell.
    pub(crate) fn of(series: &[Series]) -> Result<(Self, HashMap<u64, usize>), Error> {
        for shift in [0, 32] {
            let window = Self(shift);
            let known: HashMap<u64, usize> =
                series.iter().enumerate().map(|(at, series)| (window.key(series.id), at)).collect();
            if known.len() == series.len() {
                return Ok((window, known));
            }
        }
        let detail = "two series cannot be told apart";
        Err(Error::too_expensive("series_collide", "filter", detail, "use a narrower filter"))
    }

    const fn key(self, id: [u8; 16]) -> u64 {
        let id = u128::from_le_bytes(id) >> self.0;
        #[expect(clippy::cast_possible_truncation, reason = "the window is the lowest 64 bits")]
        let key = id as u64;
        key
    }

    pub(crate) fn sql(self) -> String {
        if self.0 == 0 {
            "toUInt64(series_id)".to_owned()
        } else {
            format!("toUInt64(bitShiftRight(series_id, {}))", self.0)
        }
    }
}

/// Returns the first millisecond that is not before the instant.
pub(crate) const fn millis_up(at: Nanos) -> i64 {
    crate::bins::ceil_div(at, MILLI_NS)
}

/// The range in milliseconds, with the bucket of the sort key spelled out (schema.md section 4, rule 2).
pub(crate) fn between(from_ms: i64, to_ms: i64, params: &mut Params) -> String {
    let (low, high) = (params.add(from_ms), params.add(to_ms));
    let (low, high) = (
        format!("fromUnixTimestamp64Milli({low}, 'UTC')"),
        format!("fromUnixTimestamp64Milli({high}, 'UTC')"),
    );
    format!(
        "ts >= {low} AND ts < {high} \
         AND toStartOfHour(ts) >= toStartOfHour({low}) AND toStartOfHour(ts) <= toStartOfHour({high})"
    )
}

/// Returns the statement over points of some ranges, in milliseconds.
fn statement(
    open: &Open<'_>,
    chosen: &Chosen,
    kind: Kind,
    columns: &str,
    window: Window,
    ranges: &[(i64, i64)],
) -> Result<(Sql, i64), Error> {
    let mut params = Params::default();
    let base = ranges.iter().map(|(from, _)| *from).min().unwrap_or(0);
    let to = ranges.iter().map(|(_, to)| *to).max().unwrap_or(0);
    let each: Vec<String> = ranges.iter().map(|(from, to)| between(*from, *to, &mut params)).collect();
    let when = if each.len() == 1 { each.concat() } else { format!("(({}))", each.join(") OR (")) };
    let series = chosen.points(open, &mut params)?;
    // Four bytes hold fifty days of milliseconds.
    let width = if to - base < i64::from(u32::MAX) { "toUInt32" } else { "toUInt64" };
    let template = format!(
        "SELECT {} AS sid, {width}(toUnixTimestamp64Milli(ts) - {}) AS at, {columns} FROM sightline.{table} \
         WHERE {{scope:{table}}} AND {when} AND {series}",
        window.sql(),
        params.add(base),
        table = kind.table()
    );
    Ok((params.into_sql(template), base))
}

/// The range, and what is needed before it.
pub(super) fn whole(open: &Open<'_>) -> (i64, i64) {
    (millis_up(open.range.from()) - LOOKBACK_MS, millis_up(open.range.to()))
}

impl QueryService {
    /// Reads the points of the series, from five minutes before the range on.
    pub(crate) async fn points(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        kind: Kind,
        series: &[Series],
        columns: &str,
    ) -> Result<Points, Error> {
        let ranges = [whole(open)];
        let found = self.points_in(scope, open, chosen, kind, series, (columns, &ranges)).await?;
        let mut of_rows = vec![None; found.rows.len()];
        found.runs()?.for_each(|run| of_rows[run.rows].fill(run.series));
        let offsets = if found.rows.is_empty() { &[] } else { found.rows.column("at")?.unsigned()? };
        let at = offsets.iter().map(|offset| found.at(*offset)).collect();
        Ok(Points { rows: found.rows, series: of_rows, at })
    }

    /// Reads the points of the series in some ranges.
    async fn points_in(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        kind: Kind,
        series: &[Series],
        (columns, ranges): (&str, &[(i64, i64)]),
    ) -> Result<Found, Error> {
        let (window, known) = Window::of(series)?;
        let (sql, base) = statement(open, chosen, kind, columns, window, ranges)?;
        let rows_max = if kind.is_number() { SAMPLES_MAX } else { DISTRIBUTIONS_MAX };
        let limits = QueryLimits { rows_max, ..self.limits() };
        let rows = self
            .select_limited(scope, open, sql, &limits)
            .await
            .map_err(|error| too_many(error, rows_max))?;
        Ok(Found { rows, base, known })
    }

    /// Reads the samples of each series in some ranges, tidy.
    pub(super) async fn samples_in(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        ranges: &[(i64, i64)],
    ) -> Result<Vec<Vec<Sample>>, Error> {
        let found = self.points_in(scope, open, chosen, Kind::Gauge, series, ("value", ranges)).await?;
        // Most series of a metric have as many samples as the others.
        let usual = found.rows.len().div_ceil(series.len().max(1));
        let mut samples: Vec<Vec<Sample>> = series.iter().map(|_| Vec::with_capacity(usual)).collect();
        if found.rows.is_empty() {
            return Ok(samples);
        }
        let values = found.rows.column("value")?.floats()?;
        let offsets = found.rows.column("at")?.unsigned()?;
        for (of, rows) in found.runs()?.filter_map(|run| Some((run.series?, run.rows))) {
            let factor = series[of].factor;
            let sample = |(offset, value): (&u64, &f64)| Sample {
                at: found.at(*offset),
                // The mark of an end is one by its bits, which a product changes.
                value: if value.is_nan() { *value } else { value * factor },
            };
            samples[of].extend(offsets[rows.clone()].iter().zip(&values[rows]).map(sample));
        }
        samples.iter_mut().for_each(tidy);
        Ok(samples)
    }
}

pub(crate) fn too_many(error: Error, limit: u64) -> Error {
    match &error {
        Error::Store(StoreError::Budget { code: TOO_MANY_ROWS, .. }) => Error::too_expensive(
            "too_many_points",
            "from",
            format!("the question would read more than {limit} points"),
            "use a shorter range or a narrower filter",
        ),
        _ => error,
    }
}

/// Returns the usual time between the points of a series, in milliseconds: the median over the series.
pub(crate) fn interval_ms<'a>(times: impl Iterator<Item = (i64, i64, usize)> + 'a) -> Option<i64> {
    let each = times.filter(|(.., count)| *count > 1);
    let mut gaps: Vec<i64> = each
        .map(|(first, last, count)| (last - first) / i64::try_from(count - 1).unwrap_or(i64::MAX))
        .collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().filter(|gap| *gap > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_interval_is_that_of_the_middle_series() {
        let check = |times: &[(i64, i64, usize)], expected: Option<i64>| {
            assert_eq!(interval_ms(times.iter().copied()), expected, "{times:?}");
        };
        check(&[], None);
        check(&[(5, 5, 1)], None);
        check(&[(0, 60_000, 5)], Some(15_000));
        check(&[(0, 60_000, 5), (0, 60_000, 5), (0, 60_000, 2)], Some(15_000));
    }

    #[test]
    fn instants_round_up_to_milliseconds() {
        assert_eq!((millis_up(1_000_000), millis_up(1_000_001), millis_up(0)), (1, 2, 0));
    }
}
