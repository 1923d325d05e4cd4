//! What the log says about itself: what was found when it was opened, and how it is now.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::Intent;

/// What was found when the log was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Intents with batches whose outcome is unknown, oldest first, with only those batches: the ones without DONE
    /// and, where the machine has started anew since, also the ones with DONE that are not sealed.
    /// Look for each batch in the store, insert it again with the same id when it is absent, then call `done`.
    pub open: Vec<Intent>,
    /// For each consumer the first record no intent covers.
    pub next: BTreeMap<u8, u64>,
    /// Records up to here are in the store for good.
    pub sealed: u64,
    /// Bytes behind the last whole record: a write that was cut off. Nothing of it was acknowledged.
    pub torn_bytes: u64,
    /// Damaged or missing files.
    pub quarantined: Vec<Quarantined>,
    /// Ranges whose intent is lost to damage; they are not fed again, since they may be stored.
    pub uncertain: Vec<Uncertain>,
    /// Whether something in the log that is not sealed is from before the machine's last start.
    pub boot_changed: bool,
    /// Records not yet sealed.
    pub records: u64,
    /// A counter above the low 48 bits of every batch id ever noted here.
    pub next_batch: u64,
}

impl Recovery {
    /// Returns how many acknowledged records are known to be lost.
    #[must_use]
    pub fn lost_records(&self) -> u64 {
        self.quarantined.iter().map(|q| q.lost_records).sum()
    }
}

/// A damaged or missing file of the log. What could be read of it is kept in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The segment's number.
    pub segment: u64,
    /// Where the damaged file is now; `None` when there is no file. A file of which something can still be read
    /// stays in place until its records are sealed, then it is moved to `quarantine/`.
    pub path: Option<PathBuf>,
    /// How many records that were not sealed are lost.
    pub lost_records: u64,
    /// Whether that number is exact; if not, it is the least possible one.
    pub is_exact: bool,
    /// What is wrong.
    pub reason: String,
}

/// A range of records of which nobody knows whether a consumer stored it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncertain {
    /// Whose.
    pub consumer: u8,
    /// The first record's number.
    pub from: u64,
    /// The last record's number, inclusive.
    pub to: u64,
}

/// How the log is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes taken on disk, reserved ones included.
    pub bytes: u64,
    /// Files of records.
    pub segments: u64,
    /// Records not yet sealed.
    pub records_pending: u64,
    /// The age of the oldest record not yet sealed; zero when there is none.
    pub oldest_age: Duration,
    /// The number of the last durable record; 0 when there was none yet.
    pub last_seq: u64,
    /// Records up to here are sealed.
    pub sealed: u64,
    /// False after two failures of the disk in a row, until a group is written again.
    pub is_ready: bool,
    /// Whether the last append was refused for want of room.
    pub is_full: bool,
    /// Records appended since the start.
    pub records_appended: u64,
    /// Duplicates answered since the start.
    pub records_deduplicated: u64,
    /// Records found unreadable since the start, the ones found at the start included.
    pub records_lost: u64,
    /// Bytes written since the start.
    pub bytes_written: u64,
    /// Groups made durable since the start.
    pub syncs: u64,
    /// Writes and syncs that failed since the start.
    pub failures: u64,
    /// Keys remembered.
    pub dedup_entries: u64,
}
