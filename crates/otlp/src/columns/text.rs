//! Texts one behind the other.

use super::{Column, end_at};

/// A text column without dictionary (`String`).
#[derive(Debug, Clone, Default)]
pub struct StrColumn {
    /// Where each text ends in `bytes`.
    pub ends: Vec<u64>,
    /// The texts one behind the other.
    pub bytes: Vec<u8>,
}

impl StrColumn {
    /// Adds a row.
    #[inline]
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.close();
    }

    /// Adds a row of what was written to `bytes` since the last row.
    #[inline]
    pub fn close(&mut self) {
        self.ends.push(self.bytes.len() as u64);
    }

    /// Returns the text of a row; empty beyond the last.
    #[must_use]
    pub fn get(&self, row: usize) -> &[u8] {
        let (start, end) = (end_at(&self.ends, row), end_at(&self.ends, row + 1));
        self.bytes.get(start..end).unwrap_or_default()
    }
}

impl Column for StrColumn {
    fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
    }
    fn truncate_rows(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.bytes.truncate(end_at(&self.ends, self.ends.len()));
    }
    fn rows(&self) -> usize {
        self.ends.len()
    }
    fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u64>()
    }
}
