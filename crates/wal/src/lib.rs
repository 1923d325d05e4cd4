//! A durable, bounded log of opaque records with group commit and the commit protocol's markers.
//!
//! What is appended is on disk when the append returns; what a consumer made of it is noted by markers
//! (INTENT before a batch is inserted, DONE after, SEALED when the store is durable too), so that after any crash
//! the log knows which batches to look for and which records to feed again.
//!
//! *Invariant:* no append is answered before its bytes are `fdatasync`ed; an fsync that failed is never repeated on
//! the same segment; nothing is deleted that is not sealed; nobody here looks into a payload.

mod ballast;
mod config;
mod error;
mod format;
pub mod fs;
pub mod fuzzing;
mod log;
mod op;
mod pack;
mod read;
mod record;
mod recover;
mod removal;
mod report;
mod shared;
#[cfg(any(test, feature = "testing"))]
pub mod sim;
mod state;
#[cfg(test)]
mod tests;
mod wal;
mod writer;

pub use config::Config;
pub use error::{Error, Kind};
pub use fs::{DiskFs, Fs};
pub use record::{Appended, Batch, Intent, NewRecord, Record};
pub use report::{Quarantined, Recovery, Stats, Uncertain};
pub use sightline_runtime::Space;
pub use wal::Wal;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
