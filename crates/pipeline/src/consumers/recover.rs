//! Which batches of the open intents are still to be looked for after a start.

use sightline_wal::{Batch, Intent};

/// A batch whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenBatch {
    /// First record whose rows it has.
    pub(super) from: u64,
    /// Last one.
    pub(super) to: u64,
    /// As it was noted.
    pub(super) batch: Batch,
}

/// Lists the open batches of a consumer, oldest first as the log lists their intents.
pub(super) fn open_batches(intents: &[Intent], consumer: u8) -> Vec<OpenBatch> {
    let own = intents.iter().filter(|intent| intent.consumer == consumer);
    own.flat_map(|intent| {
        let open = |batch: &Batch| OpenBatch { from: intent.from, to: intent.to, batch: batch.clone() };
        intent.batches.iter().map(open).collect::<Vec<_>>()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_open_batch_of_the_consumer_is_looked_for_in_its_range() {
        let intent = |consumer, from, to, ids: &[u64]| {
            let batch = |id: &u64| Batch {
                id: *id,
                table: 1,
                partition: "p".to_owned(),
                first_key: bytes::Bytes::new(),
                rows: 1,
            };
            Intent { consumer, from, to, batches: ids.iter().map(batch).collect() }
        };
        let intents =
            [intent(2, 1, 9, &[7]), intent(1, 1, 4, &[1, 2]), intent(1, 5, 5, &[]), intent(1, 6, 6, &[3])];
        let open = open_batches(&intents, 1);
        let seen: Vec<_> = open.iter().map(|open| (open.batch.id, open.from, open.to)).collect();
        assert_eq!(seen, [(1, 1, 4), (2, 1, 4), (3, 6, 6)]);
    }
}
