//! What can go wrong, by what the caller can do about it.

use sightline_model::Kind;

/// `QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING`: an insert of the same batch that was given up here and not there.
const STILL_RUNNING: u32 = 216;

/// Why the store did not do what it was asked. `Display` is for everybody; [`Error::detail`] is for our log only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer: the engine restarts, is stopped, or the connection broke. What was sent may or may not have been done.
    #[error("the store is not reachable now; try again in a moment")]
    Away {
        /// For the log.
        detail: String,
    },
    /// It answers, but has no room: disk, memory of the whole server, parts, concurrent queries.
    #[error("the store is overloaded or out of space (code {code}); try again later")]
    Busy {
        /// ClickHouse's error code.
        code: u32,
        /// For the log.
        detail: String,
    },
    /// It answers, but its tables are not made yet: the server has just started for the first time.
    #[error("the store is being prepared; try again in a moment")]
    Preparing,
    /// A query ran out of time.
    #[error("the query ran out of time; narrow the time range or the filter")]
    Timeout,
    /// A query needs more memory or rows than it may use.
    #[error("the query needs more memory or rows than it may use; narrow the time range or the filter")]
    Budget {
        /// ClickHouse's error code.
        code: u32,
        /// For the log.
        detail: String,
    },
    /// The query was stopped by somebody.
    #[error("the query was stopped before it ended")]
    Killed,
    /// Any other refusal; a defect of ours.
    #[error("the store refused the request (code {code})")]
    Refused {
        /// ClickHouse's error code.
        code: u32,
        /// For the log.
        detail: String,
    },
    /// A statement that could read outside its scope was about to be sent; a defect of ours.
    #[error("statement not sent: {reason}")]
    Statement {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The answer has another shape than expected; a defect of ours.
    #[error("the answer of the store was not understood: {detail}")]
    Answer {
        /// What is wrong with it.
        detail: String,
    },
    /// The schema in the store is not the one this version knows how to continue.
    #[error("schema migration `{name}`: {detail}")]
    Migration {
        /// The migration.
        name: String,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The data volume could not be synced.
    #[error("cannot sync the data volume: {0}")]
    Sync(std::io::Error),
}

impl Error {
    /// Returns the kind, hence the status codes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Away { .. } | Self::Busy { .. } | Self::Preparing | Self::Sync(_) => Kind::Unavailable,
            Self::Timeout => Kind::Timeout,
            Self::Budget { .. } => Kind::Unprocessable,
            Self::Killed => Kind::Conflict,
            Self::Refused { .. } | Self::Statement { .. } | Self::Answer { .. } | Self::Migration { .. } => {
                Kind::Internal
            }
        }
    }

    /// Tells whether what was asked may have been done all the same: settle and look before repeating it.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::Away { .. } | Self::Timeout | Self::Killed | Self::Busy { code: STILL_RUNNING, .. }
        )
    }

    /// Returns the engine's own words, which may contain SQL and data: for the log, never for users.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Away { detail }
            | Self::Busy { detail, .. }
            | Self::Budget { detail, .. }
            | Self::Refused { detail, .. } => detail,
            _ => "",
        }
    }

    /// Makes the error of an answer with an exception code.
    pub(crate) fn from_code(code: u32, detail: String) -> Self {
        match code {
            // UNKNOWN_TABLE, UNKNOWN_DATABASE
            60 | 81 => Self::Preparing,
            // TIMEOUT_EXCEEDED, TOO_SLOW
            159 | 160 => Self::Timeout,
            // QUERY_WAS_CANCELLED, QUERY_WAS_CANCELLED_BY_CLIENT
            394 | 735 => Self::Killed,
            // MEMORY_LIMIT_EXCEEDED: of everything together, or of this query
            241 if detail.contains("(total)") => Self::Busy { code, detail },
            // TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES
            158 | 241 | 307 | 396 => Self::Budget { code, detail },
            // TOO_MANY_SIMULTANEOUS_QUERIES, NOT_ENOUGH_SPACE, SERVER_OVERLOADED, ABORTED, and a query of that name
            // that still runs
            202 | 243 | 745 | 236 | STILL_RUNNING => Self::Busy { code, detail },
            252 if !detail.contains("max_partitions_per_insert_block") => Self::Busy { code, detail },
            _ => Self::Refused { code, detail },
        }
    }

    pub(crate) fn answer(detail: impl Into<String>) -> Self {
        Self::Answer { detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_kind_that_tells_the_caller_what_to_do() {
        for (code, text, kind) in [
            (159, "", Kind::Timeout),
            (241, "(total) memory limit exceeded", Kind::Unavailable),
            (241, "Query memory limit exceeded", Kind::Unprocessable),
            (243, "", Kind::Unavailable),
            (158, "", Kind::Unprocessable),
            (252, "Too many parts", Kind::Unavailable),
            (252, "Too many partitions (max_partitions_per_insert_block)", Kind::Internal),
            (62, "Syntax error", Kind::Internal),
            (60, "Table sightline.spans does not exist", Kind::Unavailable),
            (81, "Database sightline does not exist", Kind::Unavailable),
        ] {
            let error = Error::from_code(code, text.to_owned());
            assert_eq!(error.kind(), kind, "{code}");
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
        }
    }
}
