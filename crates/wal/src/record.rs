//! What goes into the log and comes out of it.

use bytes::Bytes;

/// A record to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// Whose record it is.
    pub org: u32,
    /// What it holds, as the pipeline numbers signals.
    pub signal: u8,
    /// When it was received, nanoseconds since the Unix epoch.
    pub received_at: i64,
    /// How many items (spans, log records, points) are inside.
    pub count: u32,
    /// The idempotency key: a second append with it within the window is a duplicate.
    pub key: [u8; 16],
    /// A small opaque header; stored as it is.
    pub context: Bytes,
    /// The content; stored compressed when that is smaller.
    pub payload: Bytes,
}

/// What became of an append. Both mean: durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The record is new.
    Stored {
        /// Its number.
        seq: u64,
    },
    /// A record with this key was there already.
    Duplicate {
        /// The number of the first one.
        seq: u64,
    },
}

/// A record read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number; numbers grow by one with every record, from 1.
    pub seq: u64,
    /// Whose record it is.
    pub org: u32,
    /// What it holds.
    pub signal: u8,
    /// When it was received, nanoseconds since the Unix epoch.
    pub received_at: i64,
    /// How many items are inside.
    pub count: u32,
    /// The idempotency key.
    pub key: [u8; 16],
    /// The opaque header.
    pub context: Bytes,
    /// The content.
    pub payload: Bytes,
}

/// One insert into one partition of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number: 16 bits writer, 48 bits counter. Unique for ever.
    pub id: u64,
    /// The table, as the store numbers tables.
    pub table: u8,
    /// The partition.
    pub partition: String,
    /// The sort key of its first row, with which the store finds it quickly.
    pub first_key: Bytes,
    /// How many rows it has.
    pub rows: u32,
}

/// A consumer's word that the records of a range go into these batches and into nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Who consumes.
    pub consumer: u8,
    /// The first record's number.
    pub from: u64,
    /// The last record's number, inclusive.
    pub to: u64,
    /// The batches; none when the range feeds nothing.
    pub batches: Vec<Batch>,
}
