//! Where each record that is not sealed stands on disk: 32 bytes a record, the content is read back when asked for.

use std::collections::VecDeque;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub seq: u64,
    /// When it was appended, nanoseconds of the monotonic clock.
    pub at: i64,
    pub segment: u32,
    pub offset: u32,
    pub frame_bytes: u32,
    pub payload_bytes: u32,
}

const _: () = assert!(size_of::<Entry>() == 32, "two million entries are 64 MiB");

/// The entries, by number.
#[derive(Debug, Default)]
pub(crate) struct Index(VecDeque<Entry>);

impl Index {
    /// Adds the next record.
    pub(crate) fn push(&mut self, entry: Entry) {
        debug_assert!(self.0.back().is_none_or(|last| last.seq < entry.seq), "numbers only grow");
        self.0.push_back(entry);
    }

    /// Returns entries from `from` on, at least one and as many as `bytes_max` of payload hold.
    pub(crate) fn range(&self, from: u64, bytes_max: usize) -> Vec<Entry> {
        let mut bytes = 0_usize;
        let start = self.position(from);
        let fits = |entry: &&Entry| {
            bytes = bytes.saturating_add(usize::try_from(entry.payload_bytes).unwrap_or(usize::MAX));
            bytes <= bytes_max
        };
        let mut taken: Vec<Entry> = self.0.range(start..).take_while(fits).copied().collect();
        if taken.is_empty() {
            taken.extend(self.0.get(start));
        }
        taken
    }

    /// Returns the first record at or after a number.
    pub(crate) fn at_or_after(&self, seq: u64) -> Option<u64> {
        self.0.get(self.position(seq)).map(|entry| entry.seq)
    }

    pub(crate) fn first(&self) -> Option<&Entry> {
        self.0.front()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets what is sealed.
    pub(crate) fn drop_through(&mut self, seq: u64) {
        let sealed = self.position(seq.saturating_add(1));
        self.0.drain(..sealed);
        if self.0.capacity() > 4096 && self.0.len() < self.0.capacity() / 8 {
            self.0.shrink_to(self.0.len() * 2);
        }
    }

    /// Forgets a record that turned out to be unreadable; tells whether it was there.
    pub(crate) fn remove(&mut self, seq: u64) -> bool {
        let position = self.position(seq);
        let is_there = self.0.get(position).is_some_and(|entry| entry.seq == seq);
        if is_there {
            self.0.remove(position);
        }
        is_there
    }

    fn position(&self, seq: u64) -> usize {
        self.0.partition_point(|entry| entry.seq < seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records 1, 2, 4, 5 (3 is lost) of 10 bytes each.
    fn check(from: u64, bytes_max: usize, seqs: &[u64]) {
        let mut index = Index::default();
        for seq in [1, 2, 4, 5] {
            index.push(Entry { seq, at: 0, segment: 1, offset: 0, frame_bytes: 0, payload_bytes: 10 });
        }
        let got: Vec<u64> = index.range(from, bytes_max).iter().map(|e| e.seq).collect();
        assert_eq!(got, seqs, "from {from}, {bytes_max} bytes");
    }

    #[test]
    fn a_range_holds_what_fits_and_at_least_one() {
        check(0, 1000, &[1, 2, 4, 5]);
        check(2, 20, &[2, 4]);
        check(3, 10, &[4]);
        check(3, 0, &[4]);
        check(6, 10, &[]);
    }

    #[test]
    fn sealed_and_lost_records_are_forgotten() {
        let mut index = Index::default();
        for seq in 1..=4 {
            index.push(Entry { seq, at: 0, segment: 1, offset: 0, frame_bytes: 0, payload_bytes: 10 });
        }
        index.drop_through(2);
        assert_eq!((index.len(), index.at_or_after(0)), (2, Some(3)));
        assert!(index.remove(3) && !index.remove(3));
        assert_eq!(index.at_or_after(3), Some(4));
        index.drop_through(u64::MAX);
        assert_eq!(index.len(), 0);
    }
}
