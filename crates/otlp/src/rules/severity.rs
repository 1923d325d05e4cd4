//! Words and numbers for how severe a log record is, as numbers of OpenTelemetry (vocabulary.md 5.4).

/// Words by number; trimmed and compared without case.
const WORDS: [(u8, &[&str]); 14] = [
    (1, &["trace", "trc", "finest", "silly"]),
    (5, &["debug", "dbg", "d", "finer", "verbose"]),
    (6, &["fine"]),
    (7, &["config"]),
    (9, &["info", "information", "informational", "inf", "i"]),
    (10, &["notice"]),
    (13, &["warn", "warning", "wrn", "w"]),
    (17, &["error", "err", "severe", "e"]),
    (18, &["dpanic"]),
    (19, &["panic", "alert"]),
    // Python and .NET say FATAL with it; syslog, which means less, sends numbers.
    (21, &["critical", "crit"]),
    (21, &["fatal", "emerg", "emergency", "f"]),
    (0, &["unknown"]),
    (0, &[""]),
];

/// Largest number of OpenTelemetry.
const MAX: u8 = 24;

/// How numbers of a sender are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// 1 to 24.
    Otel,
    /// 10 to 60 in tens: pino and bunyan.
    Pino,
    /// 10 to 50 in tens: `levelno` of Python.
    Python,
    /// 0 (emergency) to 7 (debug).
    Syslog,
}

/// Returns the number of a word; none if nobody knows it.
pub(crate) fn of_word(text: &[u8]) -> Option<u8> {
    let text = text.trim_ascii();
    // Levels that a sender numbers itself: DEBUG2, INFO3.
    let (word, step) = match text.split_last() {
        Some((digit @ b'2'..=b'4', word)) if !word.is_empty() => (word, digit - b'1'),
        _ => (text, 0),
    };
    let known = |word: &[u8]| {
        WORDS.iter().find(|(_, words)| words.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(word)))
    };
    let number = known(word).map(|(number, _)| *number)?;
    let is_named = matches!(number, 1 | 5 | 9 | 13 | 17 | 21);
    (step == 0 || is_named).then_some(number + step)
}

/// Returns the number of OpenTelemetry for a number of a sender; none if it is outside the scale.
pub(crate) fn of_number(number: i64, scale: Scale) -> Option<u8> {
    let steps = |number: i64, table: &[u8]| {
        let at = usize::try_from(number).ok()?;
        table.get(at).copied()
    };
    match scale {
        Scale::Otel => u8::try_from(number).ok().filter(|number| *number <= MAX),
        Scale::Pino if number % 10 == 0 => steps(number / 10, &[0, 1, 5, 9, 13, 17, 21]),
        Scale::Python if number % 10 == 0 => steps(number / 10, &[0, 5, 9, 13, 17, 21]),
        Scale::Pino | Scale::Python => None,
        // Emergency, alert, critical, error, warning, notice, informational, debug.
        Scale::Syslog => steps(number, &[21, 19, 18, 17, 13, 10, 9, 5]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_one_number() {
        for (text, number) in [
            ("INFO", Some(9)),
            (" Warning ", Some(13)),
            ("critical", Some(21)),
            ("FATAL", Some(21)),
            ("finest", Some(1)),
            ("notice", Some(10)),
            ("dpanic", Some(18)),
            ("DEBUG2", Some(6)),
            ("ERROR4", Some(20)),
            ("notice2", None),
            ("2", None),
            ("unknown", Some(0)),
            ("", Some(0)),
            ("loud", None),
        ] {
            assert_eq!(of_word(text.as_bytes()), number, "`{text}`");
        }
    }

    #[test]
    fn numbers_are_read_by_their_scale() {
        for (number, scale, expected) in [
            (9, Scale::Otel, Some(9)),
            (24, Scale::Otel, Some(24)),
            (25, Scale::Otel, None),
            (-1, Scale::Otel, None),
            (30, Scale::Pino, Some(9)),
            (60, Scale::Pino, Some(21)),
            (35, Scale::Pino, None),
            (70, Scale::Pino, None),
            (20, Scale::Python, Some(9)),
            (50, Scale::Python, Some(21)),
            (0, Scale::Syslog, Some(21)),
            (2, Scale::Syslog, Some(18)),
            (7, Scale::Syslog, Some(5)),
            (8, Scale::Syslog, None),
        ] {
            assert_eq!(of_number(number, scale), expected, "{number} {scale:?}");
        }
    }
}
