//! Instants as people write them: `now-15m`, `now-1d/d`, `2026-11-22T10:00:00Z`, epoch digits.
//!
//! *Invariant:* no clock and no zone table here; `now` and the zone's offset are arguments of [`Time::resolve`].

use std::fmt;

use crate::Nanos;

use super::units::{self, SECOND};

const DAY: i64 = 86_400 * SECOND;

/// An instant, perhaps relative to the time of asking or to the zone of the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Time {
    /// `now`, moved by nanoseconds, then rounded down to a unit in the zone of the request.
    Now {
        /// Added to now; mostly negative.
        plus: i64,
        /// What it is rounded down to.
        round: Option<Round>,
    },
    /// Nanoseconds since the epoch.
    At(Nanos),
    /// A wall-clock reading in the zone of the request: the nanoseconds since the epoch if that zone were UTC.
    Local(Nanos),
}

/// A unit that an instant is rounded down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Round {
    Second,
    Minute,
    Hour,
    Day,
    /// Weeks start on Monday.
    Week,
}

impl Round {
    const ALL: [(Self, &'static str); 5] =
        [(Self::Second, "s"), (Self::Minute, "m"), (Self::Hour, "h"), (Self::Day, "d"), (Self::Week, "w")];

    fn letter(self) -> &'static str {
        Self::ALL.iter().find(|(round, _)| *round == self).map_or("", |(_, letter)| letter)
    }

    /// Rounds a wall-clock reading down.
    fn down(self, local: Nanos) -> Nanos {
        // 1970-01-01 was a Thursday, so Mondays are four days after multiples of a week.
        let (size, shift) = match self {
            Self::Second => (SECOND, 0),
            Self::Minute => (60 * SECOND, 0),
            Self::Hour => (3_600 * SECOND, 0),
            Self::Day => (DAY, 0),
            Self::Week => (7 * DAY, 4 * DAY),
        };
        local.saturating_sub((local.saturating_sub(shift)).rem_euclid(size))
    }
}

impl Time {
    /// Reads `now` with offsets and rounding, RFC 3339 with or without offset, a date, or 10, 13, 16 or 19 digits
    /// (s, ms, us, ns since the epoch). Returns none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("now") {
            Some(rest) => parse_now(rest),
            None => parse_digits(text).or_else(|| parse_date_time(text)),
        }
    }

    /// Returns the instant in nanoseconds since the epoch.
    ///
    /// `offset_at` returns the zone's offset from UTC (ns to add to UTC) at an instant; for UTC it is `|_| 0`.
    #[must_use]
    pub fn resolve(&self, now: Nanos, offset_at: impl Fn(Nanos) -> i64) -> Nanos {
        // Offsets change by little and seldom: one correction step finds the offset that is valid at the result.
        let to_utc = |local: Nanos| {
            let guess = local.saturating_sub(offset_at(local));
            local.saturating_sub(offset_at(guess))
        };
        match *self {
            Self::At(at) => at,
            Self::Local(local) => to_utc(local),
            Self::Now { plus, round } => {
                let at = now.saturating_add(plus);
                round.map_or(at, |unit| to_utc(unit.down(at.saturating_add(offset_at(at)))))
            }
        }
    }
}

fn parse_now(mut rest: &str) -> Option<Time> {
    let mut plus = 0_i64;
    while let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-')) {
        let end = rest[1..].find(['+', '-', '/']).map_or(rest.len(), |at| at + 1);
        let length = units::duration(&rest[1..end])?.ok().filter(|length| *length >= 0)?;
        plus = plus.checked_add(if sign == '-' { -length } else { length })?;
        rest = &rest[end..];
    }
    let round = match rest.strip_prefix('/') {
        Some(letter) => Some(Round::ALL.iter().find(|(_, name)| *name == letter)?.0),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some(Time::Now { plus, round })
}

fn parse_digits(text: &str) -> Option<Time> {
    let factor = match text.len() {
        10 => SECOND,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>().ok()?.checked_mul(factor).map(Time::At)
}

/// Reads fixed-width digits.
fn number(text: &str, digits: std::ops::Range<usize>) -> Option<i64> {
    let part = text.get(digits)?;
    if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
}

fn parse_date_time(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
    if !dashes || !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_from_civil(year, month, day).checked_mul(DAY)?;
    if text.len() == 10 {
        return Some(Time::Local(midnight));
    }
    let (clock, zone) = parse_clock(text.get(10..)?)?;
    let local = midnight.checked_add(clock)?;
    match zone {
        Some(offset) => local.checked_sub(offset).map(Time::At),
        None => Some(Time::Local(local)),
    }
}

/// Reads `Thh:mm[:ss[.fraction]][Z|+hh:mm]` into nanoseconds since midnight and the offset.
fn parse_clock(text: &str) -> Option<(i64, Option<i64>)> {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'T' | b't' | b' ')) || bytes.get(3) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (number(text, 1..3)?, number(text, 4..6)?);
    let mut rest = text.get(6..)?;
    let mut second = 0;
    let mut fraction = 0;
    if rest.starts_with(':') {
        second = number(rest, 1..3)?;
        rest = rest.get(3..)?;
        if let Some(digits) = rest.strip_prefix('.') {
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            let scale = u32::try_from(9_usize.checked_sub(count)?).ok()?;
            fraction = number(digits, 0..count)? * 10_i64.pow(scale);
            rest = &digits[count..];
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let clock = ((hour * 60 + minute) * 60 + second) * SECOND + fraction;
    Some((clock, parse_offset(rest)?))
}

fn parse_offset(text: &str) -> Option<Option<i64>> {
    let sign = match text.as_bytes().first() {
        None => return Some(None),
        Some(b'Z' | b'z') => return (text.len() == 1).then_some(Some(0)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let (hours, minutes) = match (text.len(), text.as_bytes().get(3)) {
        (6, Some(b':')) => (number(text, 1..3)?, number(text, 4..6)?),
        (5, _) => (number(text, 1..3)?, number(text, 3..5)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(Some(sign * (hours * 60 + minutes) * 60 * SECOND))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar: years start in March, so that the leap day is last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn write_civil(f: &mut fmt::Formatter<'_>, nanos: Nanos) -> fmt::Result {
    let (year, month, day) = civil_from_days(nanos.div_euclid(DAY));
    let seconds = nanos.rem_euclid(DAY) / SECOND;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
    let fraction = nanos.rem_euclid(SECOND);
    if fraction == 0 {
        return Ok(());
    }
    write!(f, ".{}", format!("{fraction:09}").trim_end_matches('0'))
}

/// Prints the canonical form, without quotes.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::At(at) => {
                write_civil(f, at)?;
                f.write_str("Z")
            }
            Self::Local(local) => write_civil(f, local),
            Self::Now { plus, round } => {
                f.write_str("now")?;
                if plus != 0 {
                    let sign = if plus < 0 { '-' } else { '+' };
                    write!(f, "{sign}{}", units::print_duration(plus.saturating_abs()))?;
                }
                round.map_or(Ok(()), |unit| write!(f, "/{}", unit.letter()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, printed: Option<&str>) {
        let time = Time::parse(text);
        assert_eq!(time.map(|t| t.to_string()).as_deref(), printed, "{text}");
        if let Some(time) = time {
            assert_eq!(Time::parse(&time.to_string()), Some(time), "{text}");
        }
    }

    #[test]
    fn instants_print_in_one_form() {
        check("now", Some("now"));
        check("now-15m", Some("now-15m"));
        check("now-1d/d", Some("now-1d/d"));
        check("now-1d-2h", Some("now-26h"));
        check("now/w", Some("now/w"));
        check("now+90s", Some("now+90s"));
        check("2026-11-22T10:00:00Z", Some("2026-11-22T10:00:00Z"));
        check("2026-11-22 10:00", Some("2026-11-22T10:00:00"));
        check("2026-11-22", Some("2026-11-22T00:00:00"));
        check("2026-11-22T10:00:00.120+02:00", Some("2026-11-22T08:00:00.12Z"));
        check("1763805600", Some("2025-11-22T10:00:00Z"));
        check("1763805600123", Some("2025-11-22T10:00:00.123Z"));
        check("1763805600123456789", Some("2025-11-22T10:00:00.123456789Z"));
        check("1969-12-31T23:59:59Z", Some("1969-12-31T23:59:59Z"));
        check("2024-02-29", Some("2024-02-29T00:00:00"));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "yesterday",
            "now-",
            "now-5",
            "now/x",
            "nowish",
            "2025-02-29",
            "2026-13-01",
            "2026-11-22T25:00:00Z",
            "2026-11-22T10:00:00Zz",
            "2026-11-22T10:00:00.1234567890Z",
            "2600-01-01",
            "123",
            "9999999999999999999",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn rounding_and_wall_clocks_follow_the_zone() {
        let berlin = |_| 3_600 * SECOND;
        let now = 1_763_805_600 * SECOND; // 2025-11-22T10:00:00Z, a Saturday
        let at = |text: &str| Time::At(Time::parse(text).unwrap().resolve(now, berlin)).to_string();
        assert_eq!(at("now/d"), "2025-11-21T23:00:00Z");
        assert_eq!(at("now/w"), "2025-11-16T23:00:00Z");
        assert_eq!(at("now-15m"), "2025-11-22T09:45:00Z");
        assert_eq!(at("2025-11-22 00:00"), "2025-11-21T23:00:00Z");
    }
}
