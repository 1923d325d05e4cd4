//! Bins: how a range of time is cut for a chart (language.md "Time", "Bin").
//!
//! Bins start at multiples of their width since the epoch; days and weeks at local midnight, so that one has 23 or 25
//! hours at a clock change. The first and the last bin may stick out of the range; they are flagged as partial.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};
use sightline_model::{Nanos, TimeRange};

use crate::Error;

/// Most points of a series; beyond it a request is refused before anything runs.
pub const POINTS_MAX: usize = 11_000;

/// Points of a chart when nobody says otherwise.
pub const POINTS_DEFAULT: usize = 300;

const SECOND: i64 = 1_000_000_000;
const DAY_S: i64 = 86_400;

/// Nanoseconds of an hour.
pub(crate) const HOUR_NS: i64 = 3_600 * SECOND;

/// Nanoseconds of a day.
pub(crate) const DAY_NS: i64 = DAY_S * SECOND;

const WEEK_S: i64 = 7 * DAY_S;

/// The widths that `auto` chooses from, in seconds.
const WIDTHS_S: [i64; 18] =
    [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY_S, WEEK_S];

/// What the asker wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bin {
    /// The smallest width of the list that keeps to the number of points.
    #[default]
    Auto,
    /// This many seconds.
    Fixed(u32),
    /// The whole range: one value instead of a line.
    Whole,
}

/// A range cut into bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bins {
    /// Width in seconds; days and weeks may differ from it by an hour.
    pub(crate) width_s: i64,
    /// Starts in seconds since the epoch, ascending; the first may be before the range.
    pub(crate) starts_s: Vec<i64>,
    /// Whether the first bin begins before the range.
    pub(crate) first_partial: bool,
    /// Whether the last bin ends after the range.
    pub(crate) last_partial: bool,
    /// The width that was asked for, when it had to be raised.
    pub(crate) raised_from_s: Option<i64>,
    end_s: i64,
    calendar: bool,
}

impl Bins {
    /// Cuts the range; no bin is narrower than the data's own windows.
    pub(crate) fn cut(
        range: TimeRange,
        bin: Bin,
        points_max: usize,
        window_s: i64,
        tz: &TimeZone,
    ) -> Result<Self, Error> {
        let (from_s, to_s) = (range.from().div_euclid(SECOND), ceil_div(range.to(), SECOND));
        let asked = match bin {
            Bin::Whole => return Ok(Self::whole(from_s, to_s, window_s)),
            Bin::Auto => auto(to_s - from_s, points_max.clamp(1, POINTS_MAX), window_s),
            Bin::Fixed(width) => i64::from(width).max(1),
        };
        let width_s = if asked % window_s == 0 { asked } else { ceil_div(asked, window_s) * window_s };
        let points = ceil_div(to_s - from_s, width_s) + 1;
        if points > i64::try_from(POINTS_MAX).unwrap_or(i64::MAX) + 1 {
            return Err(too_many_points(points, auto(to_s - from_s, POINTS_DEFAULT, window_s)));
        }
        let calendar = width_s % DAY_S == 0;
        let (starts_s, end_s) = if calendar {
            calendar_starts(from_s, to_s, width_s, tz)?
        } else {
            let first = from_s.div_euclid(width_s) * width_s;
            let end = ceil_div(to_s, width_s) * width_s;
            ((0..(end - first) / width_s).map(|i| first + i * width_s).collect(), end)
        };
        Ok(Self {
            width_s,
            first_partial: starts_s.first().is_some_and(|first| *first * SECOND < range.from()),
            last_partial: end_s * SECOND > range.to(),
            raised_from_s: (width_s != asked).then_some(asked),
            starts_s,
            end_s,
            calendar,
        })
    }

    /// One bin, on the grid of the data's own windows.
    fn whole(from_s: i64, to_s: i64, window_s: i64) -> Self {
        let (first, end) = (from_s.div_euclid(window_s) * window_s, ceil_div(to_s, window_s) * window_s);
        Self {
            width_s: end - first,
            first_partial: first < from_s,
            last_partial: end > to_s,
            raised_from_s: None,
            starts_s: vec![first],
            end_s: end,
            calendar: true,
        }
    }

    /// Returns how many bins there are.
    pub(crate) fn len(&self) -> usize {
        self.starts_s.len()
    }

    /// Returns the bin that starts at or before the instant.
    pub(crate) fn index_of(&self, second: i64) -> Option<usize> {
        let after = self.starts_s.partition_point(|start| *start <= second);
        (second < self.end_s).then(|| after.checked_sub(1)).flatten()
    }

    /// Returns the first second after the last bin.
    pub(crate) const fn end_s(&self) -> i64 {
        self.end_s
    }

    /// Tells whether bins follow the calendar, so that the engine cannot divide by the width.
    pub(crate) const fn is_calendar(&self) -> bool {
        self.calendar
    }

    /// Returns how much of a bin lies inside the range, in seconds: what a rate divides by.
    pub(crate) fn covered_s(&self, index: usize, range: TimeRange) -> f64 {
        let start = self.starts_s[index];
        let end = self.starts_s.get(index + 1).copied().unwrap_or(self.end_s);
        let ns = (end * SECOND).min(range.to()) - (start * SECOND).max(range.from());
        crate::sketch::seconds(u64::try_from(ns).unwrap_or(0))
    }
}

/// Widens a range to whole windows.
pub(crate) fn widen(range: TimeRange, window_s: i64) -> TimeRange {
    let window = window_s * SECOND;
    let from = range.from().div_euclid(window) * window;
    let to = ceil_div(range.to(), window) * window;
    TimeRange::new(from, to).unwrap_or(range)
}

pub(crate) const fn ceil_div(a: i64, b: i64) -> i64 {
    -((-a).div_euclid(b))
}

fn auto(range_s: i64, points_max: usize, window_s: i64) -> i64 {
    let points = i64::try_from(points_max).unwrap_or(i64::MAX).max(1);
    let fits =
        |width: &i64| *width >= window_s && width % window_s == 0 && range_s <= width.saturating_mul(points);
    WIDTHS_S.into_iter().find(fits).unwrap_or_else(|| {
        let weeks = ceil_div(range_s, WEEK_S.saturating_mul(points));
        weeks.max(1) * WEEK_S
    })
}

fn too_many_points(points: i64, fits_s: i64) -> Error {
    Error::too_expensive(
        "too_many_points",
        "bin",
        format!("{points} points, limit {POINTS_MAX}"),
        format!("use bin={} or a shorter range", width_text(fits_s)),
    )
}

/// Prints a width in its largest whole unit.
pub(crate) fn width_text(seconds: i64) -> String {
    let units = [(WEEK_S, "w"), (DAY_S, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let whole = units.into_iter().find(|(unit, _)| seconds % unit == 0).unwrap_or((1, "s"));
    format!("{}{}", seconds / whole.0, whole.1)
}

fn calendar_starts(from_s: i64, to_s: i64, width_s: i64, tz: &TimeZone) -> Result<(Vec<i64>, i64), Error> {
    let outside =
        || Error::invalid("bad_time", "from", "the time is outside the calendar", "use a later time");
    let at = Timestamp::from_second(from_s).map_err(|_| outside())?.to_zoned(tz.clone());
    let mut midnight = at.start_of_day().map_err(|_| outside())?;
    if width_s % WEEK_S == 0 {
        let back = i64::from(midnight.weekday().since(Weekday::Monday));
        midnight = moved(&midnight, (-back).days()).ok_or_else(outside)?;
    }
    let step = (width_s / DAY_S).days();
    let mut starts = Vec::new();
    while midnight.timestamp().as_second() < to_s {
        starts.push(midnight.timestamp().as_second());
        midnight = moved(&midnight, step).ok_or_else(outside)?;
    }
    Ok((starts, midnight.timestamp().as_second()))
}

fn moved(from: &Zoned, by: Span) -> Option<Zoned> {
    from.checked_add(by).ok()?.start_of_day().ok()
}

/// Returns the start of a bin in milliseconds, for the x axis.
pub(crate) const fn millis(second: i64) -> i64 {
    second * 1000
}

/// Returns whole seconds of an instant, rounded down.
pub(crate) const fn second_of(at: Nanos) -> i64 {
    at.div_euclid(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from_s: i64, to_s: i64) -> TimeRange {
        TimeRange::new(from_s * SECOND, to_s * SECOND).unwrap()
    }

    fn width(range_s: i64, points: usize) -> i64 {
        let bins = Bins::cut(range(0, range_s), Bin::Auto, points, 10, &TimeZone::UTC).unwrap();
        bins.width_s
    }

    #[test]
    fn auto_takes_the_smallest_width_that_keeps_to_the_points() {
        assert_eq!(width(900, 300), 10);
        assert_eq!(width(3600, 300), 30);
        assert_eq!(width(86_400, 300), 300);
        assert_eq!(width(7 * 86_400, 300), 3600);
        assert_eq!(width(400 * 86_400, 300), WEEK_S);
        assert_eq!(width(10_000 * 86_400, 300), 5 * WEEK_S);
    }

    #[test]
    fn edges_that_stick_out_are_partial() {
        let bins = Bins::cut(range(65, 185), Bin::Fixed(60), 300, 10, &TimeZone::UTC).unwrap();
        assert_eq!(bins.starts_s, [60, 120, 180]);
        assert!(bins.first_partial && bins.last_partial);
        let whole = Bins::cut(range(60, 180), Bin::Fixed(60), 300, 10, &TimeZone::UTC).unwrap();
        assert!(!whole.first_partial && !whole.last_partial);
        assert_eq!((bins.index_of(60), bins.index_of(239), bins.index_of(240)), (Some(0), Some(2), None));
        assert_eq!((bins.index_of(59), bins.index_of(120)), (None, Some(1)));
        let covered = (0..3).map(|i| bins.covered_s(i, range(65, 185))).collect::<Vec<_>>();
        assert_eq!(covered, [55.0, 60.0, 5.0]);
    }

    #[test]
    fn the_whole_range_is_one_bin() {
        let whole = |range, window_s| Bins::cut(range, Bin::Whole, 300, window_s, &TimeZone::UTC).unwrap();
        let bins = whole(range(65, 185), 1);
        assert_eq!((&*bins.starts_s, bins.end_s(), bins.width_s), (&[65][..], 185, 120));
        assert!(!bins.first_partial && !bins.last_partial);
        assert_eq!((bins.index_of(64), bins.index_of(184), bins.index_of(185)), (None, Some(0), None));
        let wide = whole(range(65, 185), 10);
        assert_eq!((&*wide.starts_s, wide.end_s()), (&[60][..], 190));
        assert!(wide.first_partial && wide.last_partial);
        assert!((wide.covered_s(0, range(65, 185)) - 120.0).abs() < 1e-9);
    }

    #[test]
    fn a_bin_below_the_windows_of_the_data_is_raised() {
        let bins = Bins::cut(range(0, 60), Bin::Fixed(4), 300, 10, &TimeZone::UTC).unwrap();
        assert_eq!((bins.width_s, bins.raised_from_s), (10, Some(4)));
    }

    #[test]
    fn days_start_at_local_midnight_and_follow_the_clock_change() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // 2026-03-28T12:00Z to 2026-03-31T12:00Z; the clocks go forward on the 29th.
        let bins =
            Bins::cut(range(1_774_699_200, 1_774_958_400), Bin::Fixed(86_400), 300, 10, &berlin).unwrap();
        let hours: Vec<i64> = bins.starts_s.windows(2).map(|pair| (pair[1] - pair[0]) / 3600).collect();
        assert_eq!(hours, [24, 23, 24]);
        let weeks =
            Bins::cut(range(1_774_699_200, 1_774_958_400), Bin::Fixed(604_800), 300, 10, &berlin).unwrap();
        assert_eq!(weeks.len(), 2);
    }

    #[test]
    fn too_many_points_are_refused_with_the_bin_that_fits() {
        let error = Bins::cut(range(0, 30 * 86_400), Bin::Fixed(10), 300, 10, &TimeZone::UTC).unwrap_err();
        assert_eq!(error.kind(), sightline_model::Kind::Unprocessable);
        assert!(error.to_string().contains("limit 11000"), "{error}");
    }

    #[test]
    fn ranges_widen_to_whole_windows() {
        assert_eq!(widen(range(65, 185), 10), range(60, 190));
        assert_eq!(widen(range(60, 180), 10), range(60, 180));
    }
}
