//! What every question has: a name, a range, a zone; and what it becomes inside.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use sightline_model::language::{Filter, KeyUse, Time, read};
use sightline_model::{Exactness, Incomplete, Meta, Nanos, Signal, Stats, TimeRange, Warning};
use sightline_runtime::Clock;

use crate::filter::{Environment, Table, Variables};
use crate::{Error, Problem, frame};

/// An answer is called late when the newest that it could hold is this far behind: counting takes ten seconds by itself.
const LATE_NS: i64 = 60 * 1_000_000_000;

/// A range that begins with all that is kept, as `now-30d` does, was read a moment before it is looked at.
const MOMENT_NS: i64 = 60 * 1_000_000_000;

/// Longest range of a question: a year and a leap day. More would touch every partition for nothing.
const RANGE_NS_MAX: i64 = 366 * 86_400 * 1_000_000_000;

/// What is common to all questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Names the question; empty: one is made.
    pub query_id: String,
    /// From when, to when.
    pub range: TimeRange,
    /// IANA zone; empty is UTC.
    pub tz: String,
    /// Only this environment.
    pub environment: Option<String>,
    /// Values of the variables in filters.
    pub vars: Variables,
}

impl Ask {
    /// Asks about a range, in UTC, without a name.
    #[must_use]
    pub fn over(range: TimeRange) -> Self {
        Self { query_id: String::new(), range, tz: String::new(), environment: None, vars: Variables::new() }
    }

    /// Asks something on the way to this question. It has a name of its own, by which it is stopped with the question:
    /// the engine may still hold a statement's name when its answer is here already, and refuses another of that name.
    pub(crate) fn part(&self, name: &str) -> Self {
        let query_id =
            if self.query_id.is_empty() { String::new() } else { format!("{}-{name}", self.query_id) };
        Self { query_id, ..self.clone() }
    }
}

/// Reads `from` and `to`; without them the last fifteen minutes.
///
/// # Errors
/// The [`Problem`] of a text that is no time, of an unknown zone, or of a range that is empty or too long.
pub fn range(
    from: Option<&str>,
    to: Option<&str>,
    tz: Option<&str>,
    now: Nanos,
) -> Result<TimeRange, Problem> {
    let zone = zone(tz.unwrap_or_default())?;
    let at = |field: &'static str, text: &str| {
        let time = Time::parse(text).ok_or_else(|| {
            let remedy = "use now-15m, 2026-11-22T10:00:00Z, or digits since the epoch";
            Problem::new("bad_time", field, format!("`{text}` is not a time"), remedy)
        })?;
        Ok(time.resolve(now, |at| offset_at(&zone, at)))
    };
    let from = at("from", from.unwrap_or("now-15m"))?;
    let to = at("to", to.unwrap_or("now"))?;
    let range = TimeRange::new(from, to).ok_or_else(|| {
        Problem::new("bad_range", "from", "`from` is not before `to`", "swap or change them")
    })?;
    if from < 0 || range.nanos() > RANGE_NS_MAX {
        return Err(Problem::new(
            "range_too_long",
            "from",
            "the range is longer than 366 days",
            "use a shorter range",
        ));
    }
    Ok(range)
}

pub(crate) fn zone(name: &str) -> Result<TimeZone, Problem> {
    if name.is_empty() || name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| {
        Problem::new(
            "bad_zone",
            "tz",
            format!("`{name}` is not a time zone"),
            "use an IANA name such as Europe/Berlin",
        )
    })
}

pub(crate) fn offset_at(tz: &TimeZone, at: Nanos) -> i64 {
    const SECOND: i64 = 1_000_000_000;
    let instant = jiff::Timestamp::from_second(at.div_euclid(SECOND));
    instant.map_or(0, |instant| i64::from(tz.to_offset(instant).seconds()) * SECOND)
}

/// A question while it is answered: collects what goes into the head of the answer.
pub(crate) struct Open<'a> {
    pub(crate) query_id: String,
    pub(crate) ask: &'a Ask,
    /// What its filter is over.
    pub(crate) signal: Signal,
    pub(crate) tz: TimeZone,
    pub(crate) now: Nanos,
    pub(crate) range: TimeRange,
    pub(crate) canonical: String,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) incomplete: Vec<Incomplete>,
    pub(crate) next_cursor: Option<String>,
    /// Everything acknowledged up to here was there before anything was read.
    pub(crate) watermark: Option<Nanos>,
    pub(crate) exactness: Exactness,
    pub(crate) stats: Stats,
    /// Keys of the filter, with their places in the text.
    pub(crate) keys: Vec<KeyUse>,
    /// Keys of the filter that no resource has.
    pub(crate) nowhere: BTreeSet<String>,
    started: std::time::Duration,
    statements: u32,
}

impl<'a> Open<'a> {
    pub(crate) fn new(
        ask: &'a Ask,
        signal: Signal,
        watermark: Option<Nanos>,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        if ask.range.nanos() > RANGE_NS_MAX {
            return Err(Error::too_expensive(
                "range_too_long",
                "from",
                "the range is longer than 366 days",
                "use a shorter range",
            ));
        }
        let now = clock.unix_nanos();
        Ok(Self {
            query_id: if ask.query_id.is_empty() { new_id(now) } else { ask.query_id.clone() },
            ask,
            signal,
            tz: zone(&ask.tz).map_err(|problem| Error::Invalid(vec![problem]))?,
            now,
            range: ask.range,
            canonical: String::new(),
            warnings: Vec::new(),
            incomplete: Vec::new(),
            next_cursor: None,
            watermark,
            exactness: Exactness::Exact,
            stats: Stats::default(),
            keys: Vec::new(),
            nowhere: BTreeSet::new(),
            started: clock.monotonic(),
            statements: 0,
        })
    }

    /// Returns the name of the next statement: the question's, with a number from the second on.
    pub(crate) fn statement_id(&mut self) -> String {
        self.statements += 1;
        match self.statements {
            1 => self.query_id.clone(),
            n => format!("{}-{n}", self.query_id),
        }
    }

    /// Says so when the range begins before what is kept.
    pub(crate) fn retention(&mut self, kept_ns: i64) {
        let kept_from = self.now.saturating_sub(kept_ns);
        if self.range.from() < kept_from.saturating_sub(MOMENT_NS) {
            let day = jiff::Timestamp::from_second(kept_from.div_euclid(1_000_000_000)).unwrap_or_default();
            self.incomplete.push(Incomplete {
                reason: "retention".to_owned(),
                detail: format!("data before {day} is no longer kept"),
                remedy: "use a later start, or keep data longer".to_owned(),
            });
        }
    }

    /// Says so when much of what was acknowledged in the range cannot be in the answer yet. A range that ends now
    /// always passes the watermark by a little; that alone is what the watermark in the head tells.
    fn lateness(&mut self) {
        let newest = self.range.to().min(self.now);
        let Some(watermark) = self.watermark.filter(|mark| newest.saturating_sub(*mark) > LATE_NS) else {
            return;
        };
        let since = jiff::Timestamp::from_second(watermark.div_euclid(1_000_000_000)).unwrap_or_default();
        self.incomplete.push(Incomplete {
            reason: "late_data".to_owned(),
            detail: format!("some of what arrived since {since} is not stored or counted yet"),
            remedy: "ask again later, or end the range earlier".to_owned(),
        });
    }

    /// Notes how far rows can be trusted of which the heaviest stands for so many.
    pub(crate) fn weigh(&mut self, heaviest: Option<f64>) {
        if let Some(weight) = heaviest.filter(|weight| *weight > 1.0) {
            self.exactness = self.exactness.max(Exactness::SampledEstimate);
            let text = format!("the senders kept a part only: a record here stands for up to {weight:.0}");
            self.warnings.push(frame::warning("sampled", text));
        }
    }

    /// Ends the question.
    pub(crate) fn meta(mut self, clock: &dyn Clock) -> Meta {
        self.lateness();
        let elapsed = clock.monotonic().saturating_sub(self.started);
        self.stats.elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let tz = if self.ask.tz.is_empty() { "UTC" } else { self.ask.tz.as_str() };
        Meta {
            query_id: self.query_id,
            canonical: self.canonical,
            range: frame::range_out(self.range, tz),
            complete: self.incomplete.is_empty(),
            incomplete: self.incomplete,
            exactness: self.exactness,
            watermark: self.watermark.map(|mark| mark.to_string()),
            next_cursor: self.next_cursor,
            warnings: self.warnings,
            stats: self.stats,
        }
    }
}

/// Makes a query id: `q_` and a UUID of version 7, so that ids sort by time.
fn new_id(now: Nanos) -> String {
    let seconds = u64::try_from(now.div_euclid(1_000_000_000)).unwrap_or(0);
    let nanos = u32::try_from(now.rem_euclid(1_000_000_000)).unwrap_or(0);
    let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
    format!("q_{}", uuid::Uuid::new_v7(at).simple())
}

impl Open<'_> {
    /// Reads a filter, and notes its canonical form and what should be known about it.
    pub(crate) fn filter(&mut self, text: &str) -> Result<Filter, Error> {
        let parsed = read(text, self.signal);
        let filter = parsed.filter.ok_or(parsed.errors)?;
        self.canonical = filter.to_string();
        self.warnings.extend(parsed.warnings);
        self.keys = parsed.keys;
        Ok(filter)
    }

    /// Returns what a filter is compiled in, for rows of a table in a range.
    pub(crate) fn reading(&self, table: Table, range: TimeRange) -> Environment<'_> {
        Environment {
            table,
            range,
            now: self.now,
            tz: &self.tz,
            variables: &self.ask.vars,
            nowhere: &self.nowhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use sightline_runtime::ManualClock;

    use super::*;

    const NOW: Nanos = 1_764_072_000_000_000_000;

    fn check(from: Option<&str>, to: Option<&str>, expected: Result<i64, &str>) {
        let got = range(from, to, None, NOW).map(TimeRange::nanos).map_err(|p| p.code);
        assert_eq!(got, expected, "{from:?} {to:?}");
    }

    #[test]
    fn ranges_are_read_and_bounded() {
        const MINUTE: i64 = 60_000_000_000;
        check(None, None, Ok(15 * MINUTE));
        check(Some("now-1h"), Some("now"), Ok(60 * MINUTE));
        check(Some("1764068400"), Some("1764072000000"), Ok(60 * MINUTE));
        check(Some("now"), Some("now-1h"), Err("bad_range"));
        check(Some("yesterday"), None, Err("bad_time"));
        check(Some("2016-11-22T10:00:00Z"), None, Err("range_too_long"));
    }

    #[test]
    fn a_range_of_all_that_is_kept_is_whole() {
        const KEPT_NS: i64 = 30 * crate::bins::DAY_NS;
        let clock = ManualClock::new(NOW);
        for (late_ns, is_complete) in [(0, true), (1_000_000_000, true), (120_000_000_000, false)] {
            let from = NOW - KEPT_NS - late_ns;
            let ask = Ask::over(TimeRange::new(from, NOW).unwrap());
            let mut open = Open::new(&ask, Signal::Logs, None, &clock).unwrap();
            open.retention(KEPT_NS);
            assert_eq!(open.meta(&clock).complete, is_complete, "{late_ns}");
        }
    }

    #[test]
    fn every_statement_of_a_question_has_a_name_of_its_own() {
        let clock = ManualClock::new(NOW);
        let named = Ask { query_id: "mine".to_owned(), ..Ask::over(TimeRange::new(0, 1).unwrap()) };
        let part = named.part("extent");
        let mut names = Vec::new();
        for ask in [&named, &part] {
            let mut open = Open::new(ask, Signal::Logs, None, &clock).unwrap();
            names.extend([open.statement_id(), open.statement_id()]);
        }
        assert_eq!(names, ["mine", "mine-2", "mine-extent", "mine-extent-2"]);
        assert_eq!(Ask::over(named.range).part("extent").query_id, "", "one is made");
    }

    #[test]
    fn ids_sort_by_time() {
        let (a, b) = (new_id(NOW), new_id(NOW + 1_000_000_000));
        assert!(a < b && a.starts_with("q_") && a.len() == 34, "{a} {b}");
    }
}
