//! What the log knows in memory: plain data behind one lock, never held while the disk is waited for.

mod dedup;
mod index;
mod progress;
mod segments;

use std::time::Duration;

use crate::Stats;
use crate::format::Remembered;

pub(crate) use dedup::{Claim, Dedup, Outcome};
pub(crate) use index::{Entry, Index};
pub(crate) use progress::Progress;
pub(crate) use segments::{KeysLeft, Segment, Segments};

/// Counters since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counters {
    pub appended: u64,
    pub deduplicated: u64,
    pub lost: u64,
    pub written: u64,
    pub syncs: u64,
    pub failures: u64,
}

/// All of it.
pub(crate) struct State {
    pub index: Index,
    pub dedup: Dedup,
    pub progress: Progress,
    pub segments: Segments,
    pub counters: Counters,
    /// The last durable record.
    pub durable: u64,
    pub failures_in_a_row: u32,
    pub is_full: bool,
    pub is_closed: bool,
}

impl State {
    /// Takes in a record that became durable.
    pub(crate) fn stored(&mut self, entry: Entry, key: [u8; 16]) {
        self.index.push(entry);
        self.dedup.settle(Remembered { key, seq: entry.seq, at: entry.at });
        self.durable = self.durable.max(entry.seq);
    }

    /// Takes in a SEALED marker.
    pub(crate) fn sealed(&mut self, up_to: u64) {
        self.progress.seal(up_to);
        self.index.drop_through(up_to);
    }

    /// Returns the oldest segment, when all of it is sealed and it is not being written.
    pub(crate) fn removable(&self) -> Option<Segment> {
        let oldest = self.segments.oldest()?;
        (!oldest.is_active && oldest.last_seq <= self.progress.sealed()).then(|| oldest.clone())
    }

    pub(crate) fn stats(&self, now: i64) -> Stats {
        let age = self.index.first().map_or(0, |entry| now - entry.at);
        Stats {
            bytes: self.segments.bytes(),
            segments: self.segments.count(),
            records_pending: self.index.len() as u64,
            oldest_age: Duration::from_nanos(u64::try_from(age).unwrap_or(0)),
            last_seq: self.durable,
            sealed: self.progress.sealed(),
            is_ready: self.failures_in_a_row < 2 && !self.is_closed,
            is_full: self.is_full,
            records_appended: self.counters.appended,
            records_deduplicated: self.counters.deduplicated,
            records_lost: self.counters.lost,
            bytes_written: self.counters.written,
            syncs: self.counters.syncs,
            failures: self.counters.failures,
            dedup_entries: self.dedup.len() as u64,
        }
    }
}
