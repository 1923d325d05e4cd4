//! Which batches of the open intents are still to be looked for after a start.

use sightline_wal::{Batch, Intent};

/// A batch whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenBatch {
    /// First record whose rows it has.
    pub(super) from: u64,
    /// Last one.
    pub(super) to: u64,
    /// The partition.
    pub(super) partition: String,
    /// As it was noted.
    pub(super) batch: Batch,
}

/// What to do with the open intents of one consumer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// To be looked for, and inserted when absent.
    pub(super) open: Vec<OpenBatch>,
    /// To be noted as done without looking: smaller batches took their place, and they were absent then.
    pub(super) replaced: Vec<u64>,
}

/// Writes the partition of a batch that has the rows of a part of its intent's range only.
pub(super) fn partition_of_part(partition: &str, from: u64, to: u64) -> String {
    format!("{partition}@{from}-{to}")
}

fn parse_part(text: &str) -> Option<(&str, u64, u64)> {
    let (partition, range) = text.split_once('@')?;
    let (from, to) = range.split_once('-')?;
    Some((partition, from.parse().ok()?, to.parse().ok()?))
}

/// Plans the open intents of a consumer, oldest first as the log lists them.
pub(super) fn plan(intents: &[Intent], consumer: u8) -> Plan {
    let mut plan = Plan::default();
    for intent in intents.iter().filter(|intent| intent.consumer == consumer) {
        for batch in &intent.batches {
            let whole = (batch.partition.as_str(), intent.from, intent.to);
            let (partition, from, to) = parse_part(&batch.partition).unwrap_or(whole);
            let this = OpenBatch { from, to, partition: partition.to_owned(), batch: batch.clone() };
            // A batch inside the range of an older one was noted when that one was known to be absent.
            let is_replaced = |old: &OpenBatch| {
                let is_inside = old.from <= from && to <= old.to && (old.from, old.to) != (from, to);
                old.partition == partition && old.batch.table == batch.table && is_inside
            };
            let (replaced, open) = plan.open.drain(..).partition(is_replaced);
            plan.open = open;
            plan.replaced.extend(replaced.iter().map(|old: &OpenBatch| old.batch.id));
            plan.open.push(this);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(from: u64, to: u64, batches: &[(u64, &str)]) -> Intent {
        let batch = |(id, partition): &(u64, &str)| Batch {
            id: *id,
            table: 1,
            partition: (*partition).to_owned(),
            first_key: bytes::Bytes::new(),
            rows: 1,
        };
        Intent { consumer: 1, from, to, batches: batches.iter().map(batch).collect() }
    }

    fn check(intents: &[Intent]) -> (Vec<(u64, u64, u64)>, Vec<u64>) {
        let plan = plan(intents, 1);
        (plan.open.iter().map(|o| (o.batch.id, o.from, o.to)).collect(), plan.replaced)
    }

    #[test]
    fn every_open_batch_is_looked_for_in_its_range() {
        let mut foreign = intent(1, 9, &[(7, "p")]);
        foreign.consumer = 2;
        let intents = [foreign, intent(1, 4, &[(1, "p"), (2, "q")]), intent(5, 5, &[(3, "p")])];
        assert_eq!(check(&intents), (vec![(1, 1, 4), (2, 1, 4), (3, 5, 5)], vec![]));
    }

    #[test]
    fn halves_take_the_place_of_the_whole_and_of_halves_before() {
        let halves = intent(1, 4, &[(3, "p@1-2"), (4, "p@3-4")]);
        let quarters = intent(1, 4, &[(5, "p@1-1"), (6, "p@2-2")]);
        let whole = intent(1, 4, &[(1, "p"), (2, "q")]);
        let expected = (vec![(2, 1, 4), (3, 1, 2), (4, 3, 4)], vec![1]);
        assert_eq!(check(&[whole.clone(), halves.clone()]), expected);
        let expected = (vec![(2, 1, 4), (4, 3, 4), (5, 1, 1), (6, 2, 2)], vec![1, 3]);
        assert_eq!(check(&[whole, halves, quarters]), expected);
        assert_eq!(partition_of_part("p", 3, 4), "p@3-4");
    }
}
