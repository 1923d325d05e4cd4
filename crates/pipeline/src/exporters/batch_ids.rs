//! Numbers for batches: 16 bits of the writer, which is leased, and 48 bits of a counter (schema.md D6).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const COUNTER_BITS: u32 = 48;
const COUNTER_MASK: u64 = (1 << COUNTER_BITS) - 1;

/// Gives out ids that were never used before. Clones share the counter.
#[derive(Debug, Clone)]
pub(crate) struct BatchIds {
    writer: u64,
    next: Arc<AtomicU64>,
}

impl BatchIds {
    /// Starts above every counter that the log has seen. The first id is never 0, which stands for "no batch".
    pub(crate) fn new(writer: u16, next: u64) -> Self {
        let next = (next & COUNTER_MASK).max(1);
        Self { writer: u64::from(writer) << COUNTER_BITS, next: Arc::new(AtomicU64::new(next)) }
    }

    /// Returns the next id.
    pub(crate) fn next_id(&self) -> u64 {
        let counter = self.next.fetch_add(1, Ordering::Relaxed);
        assert!(counter <= COUNTER_MASK, "the batch counter is used up after 2^48 batches");
        self.writer | counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_the_writer_and_rise() {
        let ids = BatchIds::new(3, 0);
        assert_eq!(ids.next_id(), 3 << 48 | 1);
        assert_eq!(ids.clone().next_id(), 3 << 48 | 2);
        assert_eq!(BatchIds::new(0, 7 << 48 | 9).next_id(), 9);
    }
}
