//! Instants of settings: RFC 3339 out, and the time literals of the language in.

use sightline_model::Nanos;
use sightline_model::language::Time;

use crate::ApiError;

/// Prints an instant, to the second unless it has a fraction.
pub(crate) fn rfc3339(nanos: Nanos) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(nanos)).map_or_else(|_| String::new(), |at| at.to_string())
}

/// Reads an instant; a reading without offset is UTC.
pub(crate) fn parse_instant(field: &str, text: &str, now: Nanos) -> Result<Nanos, ApiError> {
    let time = Time::parse(text).ok_or_else(|| {
        let message = format!("`{text}` is not a time");
        ApiError::field(field, "bad_time", message, "write 2027-01-31T00:00:00Z or now+30d")
    })?;
    Ok(time.resolve(now, |_| 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_their_text() {
        let at = 1_790_000_000_000_000_000;
        assert_eq!(rfc3339(at), "2026-09-21T14:13:20Z");
        assert_eq!(parse_instant("x", &rfc3339(at), 0).unwrap(), at);
        assert_eq!(parse_instant("x", "now+1d", at).unwrap(), at + 86_400_000_000_000);
        assert!(parse_instant("x", "tomorrow", at).is_err());
    }
}
