//! Times of log records: texts and numbers as senders write them, and which time a record gets (vocabulary.md 5.3).

use sightline_model::Nanos;

use crate::value::Any;

const SECOND: i128 = 1_000_000_000;

/// Reads a time from a value: RFC 3339 and its relatives, or a number whose size tells its unit.
pub(crate) fn of_value(value: Any<'_>) -> Option<Nanos> {
    match value {
        Any::Int(number) => of_number(i128::from(number), 1),
        Any::Double(number) if number.is_finite() && number.abs() < 1e18 => {
            // A double holds microseconds of this century, so nothing that was sent is lost.
            #[expect(clippy::cast_possible_truncation, reason = "far within the range")]
            let micros = (number * 1e6).round() as i128;
            of_number(micros, 1_000_000)
        }
        Any::Text(text) => of_text(text.trim_ascii()),
        _ => None,
    }
}

/// Reads `number / scale`: seconds below 10^11, then milliseconds, microseconds, nanoseconds.
fn of_number(number: i128, scale: i128) -> Option<Nanos> {
    let unit = match number / scale {
        ..0 => return None,
        0..100_000_000_000 => SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    in_range(number * unit / scale)
}

/// Reads a time as programs write it in logs: RFC 3339 and its relatives, or a number whose size tells its unit.
#[must_use]
pub fn read_time(text: &str) -> Option<Nanos> {
    of_text(text.trim().as_bytes())
}

fn of_text(text: &[u8]) -> Option<Nanos> {
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_number {
        return of_digits(text);
    }
    let (nanos, east) = of_calendar(text)?;
    in_range(nanos - i128::from(east.unwrap_or(0)) * 60 * SECOND)
}

/// Reads a text that tells a time but not how far from UTC, as if it were UTC.
pub(super) fn without_offset(text: &[u8]) -> Option<Nanos> {
    let (nanos, east) = of_calendar(text)?;
    if east.is_some() { None } else { in_range(nanos) }
}

fn in_range(nanos: i128) -> Option<Nanos> {
    Nanos::try_from(nanos).ok().filter(|nanos| *nanos > 0)
}

/// Reads a date with a time of day: nanoseconds as if in UTC, and minutes east of Greenwich if it tells.
fn of_calendar(text: &[u8]) -> Option<(i128, Option<i32>)> {
    let mut rest = Reader(text);
    let (year, month, day) = (rest.digits(4)?, rest.behind(b"-", 2)?, rest.behind(b"-", 2)?);
    let days = days_of(year, month, day)?;
    rest.one_of(b"Tt ")?;
    let (hour, minute) = (rest.digits(2)?, rest.behind(b":", 2)?);
    let second = if rest.peek() == Some(b':') { rest.behind(b":", 2)? } else { 0 };
    let fraction = rest.fraction();
    let offset = rest.offset()?;
    // A leap second is the second after it.
    if hour > 23 || minute > 59 || second > 60 || !rest.0.is_empty() {
        return None;
    }
    let seconds = i128::from(days) * 86_400 + i128::from(hour) * 3_600 + i128::from(minute) * 60;
    Some(((seconds + i128::from(second)) * SECOND + i128::from(fraction), offset))
}

/// Digits with or without a fraction, without going through a double.
fn of_digits(text: &[u8]) -> Option<Nanos> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().take(9).collect();
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let number = whole.parse::<i128>().ok().filter(|n| *n < 1 << 64)?.checked_mul(scale)? + fraction;
    of_number(number, scale)
}

/// Days since the epoch (Howard Hinnant's algorithm).
fn days_of(year: u32, month: u32, day: u32) -> Option<i64> {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.0 = &self.0[1..];
        Some(byte)
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(count)?;
        let text = std::str::from_utf8(head).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
        self.0 = rest;
        text.parse().ok()
    }

    fn behind(&mut self, separator: &[u8], count: usize) -> Option<u32> {
        self.one_of(separator)?;
        self.digits(count)
    }

    /// Nanoseconds; more than nine digits are cut.
    fn fraction(&mut self) -> u32 {
        if self.one_of(b".,").is_none() {
            return 0;
        }
        let len = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.0[..len].iter().chain(std::iter::repeat(&b'0')).take(9);
        let nanos = digits.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
        self.0 = &self.0[len..];
        nanos
    }

    /// Minutes east of Greenwich, if it tells; none when that cannot be read.
    fn offset(&mut self) -> Option<Option<i32>> {
        self.one_of(b" ");
        match self.one_of(b"Zz+-") {
            None => Some(None),
            Some(b'Z' | b'z') => Some(Some(0)),
            Some(sign) => {
                let hours = self.digits(2)?;
                self.one_of(b":");
                let minutes = if self.0.is_empty() { 0 } else { self.digits(2)? };
                let east = i32::try_from(hours * 60 + minutes).ok().filter(|east| *east < 24 * 60)?;
                Some(Some(if sign == b'-' { -east } else { east }))
            }
        }
    }
}

/// Which time a record gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// None: when it arrived.
    pub(crate) time: Option<Nanos>,
    /// When it was first seen by a collector; none when it does not say or lies in the future.
    pub(crate) observed: Option<Nanos>,
    /// Whether a time that was sent lies in the future, and so another was taken.
    pub(crate) is_future: bool,
}

/// Chooses among the field, the time in the line and the observed time: the first that is there and not in the future.
pub(crate) fn choose(sent: u64, in_line: Option<Nanos>, observed: u64, newest: Nanos) -> Chosen {
    let nanos = |unix: u64| (unix != 0).then(|| Nanos::try_from(unix).unwrap_or(Nanos::MAX));
    let own = nanos(sent).or(in_line);
    let is_future = own.is_some_and(|time| time > newest);
    let observed = nanos(observed).filter(|time| *time <= newest);
    Chosen { time: own.filter(|_| !is_future).or(observed), observed, is_future }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_kind_are_read() {
        let base = 1_705_746_645 * 1_000_000_000;
        for (text, expected) in [
            ("2024-01-20T10:30:45.123Z", Some(base + 123_000_000)),
            ("2024-01-20T10:30:45Z", Some(base)),
            ("2024-01-20t10:30:45z", Some(base)),
            ("2024-01-20 10:30:45,123", Some(base + 123_000_000)),
            ("2024-01-20T10:30:45.123456789123Z", Some(base + 123_456_789)),
            ("2024-01-20T12:30:45+02:00", Some(base)),
            ("2024-01-20T12:30:45+0200", Some(base)),
            ("2024-01-20T05:30:45 -05", Some(base)),
            ("2024-01-20T10:30Z", Some(base - 45_000_000_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-20T24:00:00Z", None),
            ("2024-01-20", None),
            ("2024-01-20T10:30:45.123Zx", None),
            ("yesterday", None),
            ("", None),
            ("1705746645", Some(base)),
            ("1705746645.5", Some(base + 500_000_000)),
            ("1705746645123", Some(base + 123_000_000)),
            ("1705746645123456", Some(base + 123_456_000)),
            ("1705746645123456789", Some(base + 123_456_789)),
            ("99999999999999999999999999", None),
            (".", None),
            ("1.2.3", None),
        ] {
            assert_eq!(of_value(Any::Text(text.as_bytes())), expected, "`{text}`");
        }
    }

    #[test]
    fn numbers_tell_their_unit_by_their_size() {
        let base = 1_705_746_645 * 1_000_000_000;
        assert_eq!(of_value(Any::Int(1_705_746_645)), Some(base));
        assert_eq!(of_value(Any::Int(1_705_746_645_123)), Some(base + 123_000_000));
        assert_eq!(of_value(Any::Double(1_705_746_645.25)), Some(base + 250_000_000));
        assert_eq!(of_value(Any::Double(f64::NAN)), None);
        assert_eq!(of_value(Any::Double(1e300)), None);
        assert_eq!(of_value(Any::Int(-5)), None);
        assert_eq!(of_value(Any::Int(0)), None);
        assert_eq!(of_value(Any::Bool(true)), None);
    }

    #[test]
    fn the_first_time_that_is_not_in_the_future_counts() {
        let check = |sent, line, observed| {
            let chosen = choose(sent, line, observed, 100);
            (chosen.time, chosen.is_future)
        };
        assert_eq!(check(5, Some(6), 7), (Some(5), false));
        assert_eq!(check(0, Some(6), 7), (Some(6), false));
        assert_eq!(check(0, None, 7), (Some(7), false));
        assert_eq!(check(0, None, 0), (None, false));
        assert_eq!(
            check(101, Some(6), 7),
            (Some(7), true),
            "what was sent is wrong, so is not replaced by a guess"
        );
        assert_eq!(check(u64::MAX, None, u64::MAX), (None, true));
        assert_eq!(check(0, Some(101), 0), (None, true));
    }
}
