//! Why a request failed, by what the caller can do about it.

use serde::Deserialize;

/// The body of a refused request (RFC 9457).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// In a few words.
    pub title: String,
    /// What is wrong with this request.
    pub detail: String,
    /// One per fault of the text.
    pub errors: Vec<ProblemField>,
    /// When to try again.
    pub retry_after_ms: Option<u64>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct ProblemField {
    /// The parameter.
    pub field: String,
    /// UTF-16 offsets into its text.
    pub start: Option<u32>,
    /// End of the range.
    pub end: Option<u32>,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: Option<String>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The server cannot be reached.
    Unreachable,
    /// No credential, or one that does not suffice.
    Auth,
    /// The thing does not exist, or may not be known to exist.
    NotFound,
    /// The request is wrong.
    Refused,
    /// The server cannot answer now; try again.
    Unavailable,
    /// The answer was not understood, or the server failed.
    Failed,
}

/// A request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or no answer in time.
    #[error("cannot reach {url}: {cause}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        cause: String,
    },
    /// The server said no.
    #[error("{}", text(*status, problem))]
    Problem {
        /// HTTP status.
        status: u16,
        /// What it said.
        problem: Box<Problem>,
    },
    /// The answer is longer than the limit or not of the expected form.
    #[error("the answer of {url} was not understood: {detail}")]
    Answer {
        /// Of which path.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The settings cannot work.
    #[error("`{value}` cannot be used as {what}: {detail}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        detail: String,
    },
}

fn text(status: u16, problem: &Problem) -> String {
    let said = [&problem.detail, &problem.title].into_iter().find(|t| !t.is_empty());
    said.map_or_else(|| format!("the server answered {status}"), Clone::clone)
}

impl Error {
    /// Returns whose fault it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreachable { .. } => ErrorKind::Unreachable,
            Self::Setting { .. } => ErrorKind::Refused,
            Self::Answer { .. } => ErrorKind::Failed,
            Self::Problem { status, .. } => match *status {
                401 | 403 => ErrorKind::Auth,
                404 => ErrorKind::NotFound,
                429 | 503 | 504 => ErrorKind::Unavailable,
                400..=499 => ErrorKind::Refused,
                _ => ErrorKind::Failed,
            },
        }
    }

    /// Returns what the server said.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
