//! Finding spans and traces: newest first, a page at a time.

mod keys;
mod opening;
mod probe;
mod spans;
mod summary;
mod traces;

use crate::Ask;

pub(crate) use opening::{Begun, Search};
pub(crate) use probe::{Place, attempts, keep, limit, predicate};

/// Rows of a page when nobody says otherwise.
const LIMIT_DEFAULT: u32 = 100;

/// Most rows of a page of spans.
const SPANS_LIMIT_MAX: u32 = 10_000;

/// Most rows of a page of traces: each is read whole.
const TRACES_LIMIT_MAX: u32 = 1_000;

/// Which traces to list.
#[derive(Debug, Clone, PartialEq)]
pub struct TracesQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// A trace is listed when one of its spans in the range matches.
    pub filter: String,
    /// The order.
    pub sort: Sort,
    /// Rows of a page; at most 1,000.
    pub limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    pub after: Option<String>,
}

/// The order of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Newest first.
    #[default]
    Start,
    /// Longest first, among the newest 10,000.
    Duration,
}

impl Sort {
    /// Reads `start`, `duration`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "start" => Some(Self::Start),
            "duration" => Some(Self::Duration),
            _ => None,
        }
    }
}

/// Which spans to list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct SpansQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which spans.
    pub filter: String,
    /// Rows of a page; at most 10,000.
    pub limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    pub after: Option<String>,
}
