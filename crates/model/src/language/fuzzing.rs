//! Entry for fuzzers and for the replay of their corpus: any bytes, every promise of the language.

use crate::Signal;

use super::{complete, parse_filter, read};

/// Reads the bytes as a filter on each signal and checks that printing reads back as the same filter.
///
/// # Panics
/// When a promise of the language is broken; that is the finding.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        let parsed = read(text, signal);
        let units = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        for error in &parsed.errors {
            assert!(error.start <= error.end && error.end <= units, "{error:?} is outside the text");
            assert!(!error.render(text).is_empty(), "an error has a drawing");
        }
        assert_eq!(parsed.filter.is_none(), !parsed.errors.is_empty(), "a filter or errors, never both");
        if let Some(filter) = parsed.filter {
            let printed = filter.to_string();
            assert_eq!(parse_filter(&printed, signal).as_ref(), Ok(&filter), "printed: {printed}");
        }
        // One cursor a signal: a fuzzer visits the others by growing the text.
        let cursor = (units + u32::from(signal.code())) % (units + 1);
        let found = complete(text, cursor, signal);
        assert!(found.start <= found.end && found.end <= units, "{found:?} is outside the text");
    }
}
