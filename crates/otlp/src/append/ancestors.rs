//! Who is whose parent inside one request.

use crate::SpanBatch;
use crate::columns::process_seed;

/// No row.
const NONE: u32 = u32::MAX;

/// An index of the spans of one request by trace and span id.
#[derive(Debug, Default)]
pub(super) struct Ancestors {
    /// Row number in the request + 1; 0 is a free slot. Linear probing, at most half full.
    slots: Vec<u32>,
    /// Row of the parent of each row, relative to the first of the request.
    parent: Vec<u32>,
    seed: u64,
}

fn mix(id: [u8; 8], seed: u64) -> u64 {
    // Ids are random as a rule, but a sender may choose them; the seed keeps chosen ones from colliding.
    let product = u128::from(u64::from_le_bytes(id) ^ seed) * 0x9E37_79B9_7F4A_7C15;
    let [low, high] =
        [product & u128::from(u64::MAX), product >> 64].map(|half| u64::try_from(half).unwrap_or(0));
    low ^ high
}

impl Ancestors {
    /// Indexes the rows from `first` on.
    pub(super) fn index(&mut self, batch: &SpanBatch, first: usize) {
        let rows = batch.len() - first;
        let size = (rows * 2).next_power_of_two().max(64);
        self.seed = process_seed();
        self.slots.clear();
        self.slots.resize(size, 0);
        for row in first..batch.len() {
            self.insert(batch, first, row);
        }
        self.parent.clear();
        for row in first..batch.len() {
            let parent = self.find(batch, first, batch.trace_id[row], batch.parent_span_id[row]);
            self.parent.push(parent);
        }
    }

    fn insert(&mut self, batch: &SpanBatch, first: usize, row: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = position(mix(batch.span_id[row], self.seed), mask);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = u32::try_from(row - first + 1).unwrap_or(NONE);
    }

    fn find(&self, batch: &SpanBatch, first: usize, trace_id: [u8; 16], span_id: [u8; 8]) -> u32 {
        if span_id == [0; 8] {
            return NONE;
        }
        let mask = self.slots.len() - 1;
        let mut slot = position(mix(span_id, self.seed), mask);
        while let Some(row) = self.slots[slot].checked_sub(1) {
            let at = first + row as usize;
            if batch.span_id[at] == span_id && batch.trace_id[at] == trace_id {
                return row;
            }
            slot = (slot + 1) & mask;
        }
        NONE
    }

    /// Returns the parent of a row of the request.
    pub(super) fn parent(&self, row: usize) -> Option<usize> {
        self.parent.get(row).filter(|parent| **parent != NONE).map(|parent| *parent as usize)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        (self.slots.capacity() + self.parent.capacity()) * size_of::<u32>()
    }
}

fn position(hash: u64, mask: usize) -> usize {
    usize::try_from(hash & mask as u64).unwrap_or(0)
}
