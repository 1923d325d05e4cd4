//! Where telemetry goes: the commit protocol of promise.md 2.3 towards ClickHouse.
//!
//! INTENT (durable) names every batch of a range of the log before the first of them is inserted; DONE follows each
//! insert. One batch is one insert into one partition of one table, hence atomic, and is looked for by its id before
//! it is ever sent a second time.

mod batch_ids;
mod commit;
mod dead_letter;
mod storage;

pub(crate) use batch_ids::BatchIds;
pub(crate) use commit::{Abandoned, Committer, Prepared, Tally, Verdict};
pub(crate) use dead_letter::{DeadLetters, Piece};
pub use storage::{Pending, Storage};
