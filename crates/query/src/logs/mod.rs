//! Log records: found, seen in their surroundings, counted over time, followed live.
//!
//! *Invariant:* a record is named by what it says, so its name stays the same wherever and however often it is read.

mod context;
mod histogram;
mod id;
mod page;
mod record;
mod search;
mod shape;
mod tail;

pub use context::{ContextQuery, Near};
pub use histogram::{HistogramBy, HistogramQuery};
pub use id::LogId;
pub use record::{LogQuery, LogRecord};
pub use search::{LogsQuery, TraceLogsQuery};
pub use tail::{Dropped, Look, Tail, TailQuery};

/// Most rows of a page.
const LIMIT_MAX: u32 = 10_000;
