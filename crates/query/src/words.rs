//! The closed lists of the span columns, as words.

/// OTLP span kinds by number.
const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
/// OTLP status codes by number.
const STATUSES: [&str; 3] = ["unset", "ok", "error"];

/// Returns the word of a span kind.
pub(crate) fn kind(code: u8) -> &'static str {
    KINDS.get(usize::from(code)).copied().unwrap_or(KINDS[0])
}

/// Returns the word of a span status.
pub(crate) fn status(code: u8) -> &'static str {
    STATUSES.get(usize::from(code)).copied().unwrap_or(STATUSES[0])
}
