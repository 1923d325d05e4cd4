//! The files of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fs::File;

/// A file of records.
#[derive(Clone)]
pub(crate) struct Segment {
    pub number: u64,
    pub file: Arc<dyn File>,
    pub salt: u64,
    /// The number the first record after the segment before got or will get.
    pub first_seq: u64,
    /// The last record in it or before it.
    pub last_seq: u64,
    /// Bytes it takes on disk.
    pub bytes: u64,
    pub is_active: bool,
    pub is_damaged: bool,
}

/// All files, and the files of keys that are left of removed ones.
#[derive(Default)]
pub(crate) struct Segments {
    records: BTreeMap<u64, Segment>,
    keys: BTreeMap<u64, KeysLeft>,
}

/// A file of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeysLeft {
    /// The last record it has the key of.
    pub last_seq: u64,
    pub bytes: u64,
}

impl Segments {
    pub(crate) fn insert(&mut self, segment: Segment) {
        self.records.insert(segment.number, segment);
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Segment> {
        self.records.get(&number)
    }

    pub(crate) fn remove(&mut self, number: u64) {
        self.records.remove(&number);
    }

    pub(crate) fn oldest(&self) -> Option<&Segment> {
        self.records.values().next()
    }

    /// Notes that a segment is not written any more and takes only so many bytes.
    pub(crate) fn end(&mut self, number: u64, last_seq: u64, bytes: u64) {
        if let Some(segment) = self.records.get_mut(&number) {
            segment.last_seq = last_seq;
            segment.bytes = bytes;
            segment.is_active = false;
        }
    }

    /// Notes that something in a segment cannot be read any more: it is set aside when it is sealed, not removed.
    pub(crate) fn damage(&mut self, number: u64) {
        if let Some(segment) = self.records.get_mut(&number) {
            segment.is_damaged = true;
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        let keys: u64 = self.keys.values().map(|k| k.bytes).sum();
        keys + self.records.values().map(|s| s.bytes).sum::<u64>()
    }

    pub(crate) fn keep_keys(&mut self, number: u64, left: KeysLeft) {
        self.keys.insert(number, left);
    }

    /// Forgets and returns the files of keys in which no key from `first_seq` on is.
    pub(crate) fn take_stale_keys(&mut self, first_seq: u64) -> Vec<u64> {
        let stale: Vec<u64> = self
            .keys
            .iter()
            .filter(|(_, left)| left.last_seq < first_seq)
            .map(|(number, _)| *number)
            .collect();
        for number in &stale {
            self.keys.remove(number);
        }
        stale
    }
}
