//! The closed lists of the columns, as words.

use sightline_model::language::LEVELS;

/// OTLP span kinds by number.
const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
/// OTLP status codes by number.
const STATUSES: [&str; 3] = ["unset", "ok", "error"];

/// What a span calls, by the number of `dep_type`.
const DEPENDENCIES: [&str; 7] = ["", "cache", "db", "messaging", "rpc", "http", "other"];

/// Returns the word for what a span calls; empty when it calls nothing.
pub(crate) fn dependency(code: u8) -> &'static str {
    DEPENDENCIES.get(usize::from(code)).copied().unwrap_or("other")
}

/// Returns the level of a severity number; empty for none.
pub(crate) fn severity(number: u8) -> &'static str {
    let level = LEVELS.iter().find(|level| (level.number..=level.last).contains(&number));
    // Numbers above the list are as bad as its worst.
    level.or(LEVELS.last().filter(|worst| number > worst.last)).map_or("", |level| level.name)
}

/// Returns the word of a span kind.
pub(crate) fn kind(code: u8) -> &'static str {
    KINDS.get(usize::from(code)).copied().unwrap_or(KINDS[0])
}

/// Returns the word of a span status.
pub(crate) fn status(code: u8) -> &'static str {
    STATUSES.get(usize::from(code)).copied().unwrap_or(STATUSES[0])
}
