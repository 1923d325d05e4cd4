//! Numbers, durations and bytes as words: reading them and printing them in one form.

use super::ast::Number;

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// Why a word that looks like a quantity is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutOfRange {
    /// Too large for the type.
    TooLarge,
    /// Not a whole number of the smallest unit.
    TooFine,
}

const DURATION_UNITS: [(&str, i64); 9] = [
    ("w", 7 * 86_400 * SECOND),
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("ns", 1),
];

const BYTE_UNITS: [(&str, i64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// The units that completion offers after a number on a field of time.
pub(super) const DURATION_WORDS: [&str; 8] = ["ms", "s", "m", "h", "us", "ns", "d", "w"];

/// The units that completion offers after a number on a field of bytes.
pub(super) const BYTE_WORDS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"];

/// Splits digits with an optional fraction off the front.
fn split_decimal(text: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if whole == 0 {
        return None;
    }
    let fraction = text[whole..].strip_prefix('.').map_or(0, |rest| match digits(rest) {
        0 => 0,
        count => count + 1,
    });
    Some(text.split_at(whole + fraction))
}

/// Multiplies a decimal text by a whole factor, exactly.
fn times(decimal: &str, factor: i64) -> Result<i128, OutOfRange> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    let fraction = fraction.trim_end_matches('0');
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).map_err(|_| OutOfRange::TooFine)?);
    let scale = scale.ok_or(OutOfRange::TooFine)?;
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| OutOfRange::TooLarge)?;
    let product = digits.checked_mul(i128::from(factor)).ok_or(OutOfRange::TooLarge)?;
    if product % scale == 0 { Ok(product / scale) } else { Err(OutOfRange::TooFine) }
}

/// Reads `250ms`, `1h30m`, `-1.5s`; none if the word is no duration at all.
pub(super) fn duration(word: &str) -> Option<Result<i64, OutOfRange>> {
    let (negative, mut rest) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let mut sum = Ok(0_i128);
    loop {
        let (decimal, tail) = split_decimal(rest)?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (_, factor) = DURATION_UNITS.iter().find(|(name, _)| *name == &tail[..end])?;
        sum = sum.and_then(|sum| sum.checked_add(times(decimal, *factor)?).ok_or(OutOfRange::TooLarge));
        rest = &tail[end..];
        if rest.is_empty() {
            break;
        }
    }
    // `i64::MIN` is left out, so that every duration has an absolute value.
    Some(sum.and_then(|sum| {
        let length = i64::try_from(sum).map_err(|_| OutOfRange::TooLarge)?;
        Ok(if negative { -length } else { length })
    }))
}

/// Reads `10MiB`, `1.5GB`; none if the word is no amount of bytes at all.
pub(super) fn bytes(word: &str) -> Option<Result<u64, OutOfRange>> {
    let (decimal, unit) = split_decimal(word)?;
    let (_, factor) = BYTE_UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(times(decimal, *factor).and_then(|n| u64::try_from(n).map_err(|_| OutOfRange::TooLarge)))
}

/// Reads `5`, `-0.5`, `5e1`; none if the word is no number at all.
pub(super) fn number(word: &str) -> Option<Result<Number, OutOfRange>> {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (_, rest) = split_decimal(unsigned)?;
    let is_exponent = rest.strip_prefix(['e', 'E']).is_some_and(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    if !rest.is_empty() && !is_exponent {
        return None;
    }
    if let Some(whole) = word.parse::<i128>().ok().filter(|n| is_64_bit(*n)) {
        return Some(Ok(Number::Int(whole)));
    }
    let value: f64 = word.parse().ok()?;
    Some(if value.is_finite() { Ok(from_f64(value)) } else { Err(OutOfRange::TooLarge) })
}

fn is_64_bit(value: i128) -> bool {
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value)
}

/// Makes the one form of a number: whole numbers of 64 bits are [`Number::Int`].
#[expect(clippy::cast_possible_truncation, reason = "whole and below 1e20, so it fits i128 exactly")]
pub(super) fn from_f64(value: f64) -> Number {
    if value.fract() == 0.0 && value.abs() < 1e20 {
        let whole = value as i128;
        if is_64_bit(whole) {
            return Number::Int(whole);
        }
    }
    Number::Float(value)
}

/// Prints a number so that reading it gives the same number.
pub(super) fn print_number(number: Number) -> String {
    match number {
        Number::Int(value) => value.to_string(),
        Number::Float(value) if value == 0.0 || (1e-5..1e21).contains(&value.abs()) => value.to_string(),
        Number::Float(value) => format!("{value:e}"),
    }
}

/// Prints a duration in the largest whole unit.
pub(super) fn print_duration(nanos: i64) -> String {
    let fits = |(_, factor): &&(&str, i64)| nanos % factor == 0 && nanos != 0;
    let (unit, factor) = DURATION_UNITS.iter().find(fits).unwrap_or(&("s", SECOND));
    format!("{}{unit}", nanos / factor)
}

/// Prints an amount of bytes in the largest whole unit.
pub(super) fn print_bytes(bytes: u64) -> String {
    let factor_of = |factor: i64| factor.unsigned_abs();
    let fits = |(_, factor): &&(&str, i64)| bytes.is_multiple_of(factor_of(*factor)) && bytes != 0;
    let (unit, factor) = BYTE_UNITS.iter().find(fits).unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / factor_of(*factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_and_print_in_the_largest_whole_unit() {
        let check = |word: &str, printed: &str| {
            let nanos = duration(word).unwrap().unwrap();
            assert_eq!(print_duration(nanos), printed, "{word}");
            assert_eq!(duration(printed), Some(Ok(nanos)), "{word}");
        };
        for (word, printed) in [
            ("250ms", "250ms"),
            ("1h30m", "90m"),
            ("1.5s", "1500ms"),
            ("7d", "1w"),
            ("1000000000ns", "1s"),
            ("-5ms", "-5ms"),
            ("0h", "0s"),
            ("0.000000001s", "1ns"),
            ("3\u{b5}s", "3us"),
        ] {
            check(word, printed);
        }
        for word in ["", "5", "ms", "5x", "5m5", "1h 5m", "1,5s", "5M"] {
            assert_eq!(duration(word), None, "{word}");
        }
        assert_eq!(duration("1000000w"), Some(Err(OutOfRange::TooLarge)));
        assert_eq!(duration("0.5ns"), Some(Err(OutOfRange::TooFine)));
    }

    #[test]
    fn bytes_print_in_the_largest_whole_unit() {
        for (word, printed) in [("1024KiB", "1MiB"), ("1.5GB", "1500MB"), ("0B", "0B"), ("1023B", "1023B")] {
            assert_eq!(bytes(word).map(|b| b.map(print_bytes)), Some(Ok(printed.to_owned())), "{word}");
        }
        assert_eq!(bytes("10mb"), None);
        assert_eq!(bytes("99999999TiB"), Some(Err(OutOfRange::TooLarge)));
    }

    #[test]
    fn numbers_are_kept_exactly_and_print_as_they_read() {
        let check = |word: &str, printed: &str| {
            let read = number(word).unwrap().unwrap();
            assert_eq!(print_number(read), printed, "{word}");
            assert_eq!(number(printed), Some(Ok(read)), "{word}");
        };
        for (word, printed) in [
            ("5e1", "50"),
            ("-0.5", "-0.5"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e19", "10000000000000000000"),
            ("1e300", "1e300"),
            ("1.5e-9", "1.5e-9"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1e-400", "0"),
        ] {
            check(word, printed);
        }
        for word in ["", "-", "inf", "NaN", ".5", "5.", "0x1f", "1_000", "+5", "1e", "12e4f"] {
            assert_eq!(number(word), None, "{word}");
        }
        assert_eq!(number("1e400"), Some(Err(OutOfRange::TooLarge)));
    }
}
