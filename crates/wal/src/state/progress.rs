//! How far each consumer is: its intents, which of their batches are done, and what may be sealed.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::format::Seal;
use crate::{Error, Intent};

/// The low bits of a batch id count; the high ones name the writer.
const COUNTER: u64 = (1 << 48) - 1;

/// The most batches one intent may name: one request is split into few tables and partitions.
const BATCHES_MAX: usize = 10_000;

/// An intent with batches that are not done.
#[derive(Debug)]
struct Open {
    from: u64,
    left: usize,
}

/// One consumer.
#[derive(Debug)]
struct Cursor {
    /// The first record no intent covers.
    next: u64,
    /// Oldest first; a finished one stays until those before it are finished.
    open: VecDeque<Open>,
}

/// All consumers.
#[derive(Debug)]
pub(crate) struct Progress {
    cursors: BTreeMap<u8, Cursor>,
    /// Batches that are not done, with the consumer and the start of their intent.
    batches: HashMap<u64, (u8, u64)>,
    sealed: u64,
    next_batch: u64,
}

impl Progress {
    /// Starts with every consumer behind what is sealed.
    pub(crate) fn new(consumers: &[u8], sealed: u64, next_batch: u64) -> Self {
        let start =
            |consumer: &u8| (*consumer, Cursor { next: sealed.saturating_add(1), open: VecDeque::new() });
        let cursors = consumers.iter().map(start).collect();
        Self { cursors, batches: HashMap::new(), sealed, next_batch }
    }

    pub(crate) const fn sealed(&self) -> u64 {
        self.sealed
    }

    pub(crate) fn next(&self) -> BTreeMap<u8, u64> {
        self.cursors.iter().map(|(consumer, cursor)| (*consumer, cursor.next)).collect()
    }

    /// Returns what a SEALED marker says.
    pub(crate) const fn marker(&self, up_to: u64, next_seq: u64) -> Seal {
        Seal { up_to, next_seq, next_batch: self.next_batch }
    }

    /// Checks an intent before it is written. `first` is the first record there is at or after the consumer's next.
    pub(crate) fn check(
        &self,
        intent: &Intent,
        durable: u64,
        first: impl Fn(u64) -> Option<u64>,
    ) -> Result<(), Error> {
        let refuse = |detail: String| Err(Error::Invalid { detail });
        let Intent { consumer, from, to, batches } = intent;
        let Some(cursor) = self.cursors.get(consumer) else {
            return refuse(format!("consumer `{consumer}` was not named when the log was opened"));
        };
        if from > to || *to > durable {
            return refuse(format!(
                "intent range `{from}..={to}` is not within the durable records, to {durable}"
            ));
        }
        // Records between the two can only be missing because they are lost.
        if *from < cursor.next || first(cursor.next).is_some_and(|seq| seq < *from) {
            return refuse(format!(
                "intent of consumer `{consumer}` starts at `{from}`, not at {}",
                cursor.next
            ));
        }
        if batches.len() > BATCHES_MAX {
            return refuse(format!(
                "intent has {} batches, more than {BATCHES_MAX}; split the range",
                batches.len()
            ));
        }
        match batches.iter().find(|batch| self.batches.contains_key(&batch.id)) {
            Some(batch) => refuse(format!("batch `{}` is in use; take a new id", batch.id)),
            None => Ok(()),
        }
    }

    /// Takes in an intent; only the batches it still names count as not done.
    pub(crate) fn intend(&mut self, intent: &Intent) {
        for batch in &intent.batches {
            self.saw_batch(batch.id);
        }
        let Some(cursor) = self.cursors.get_mut(&intent.consumer) else { return };
        cursor.next = cursor.next.max(intent.to.saturating_add(1));
        if intent.batches.is_empty() {
            return;
        }
        cursor.open.push_back(Open { from: intent.from, left: intent.batches.len() });
        for batch in &intent.batches {
            self.batches.insert(batch.id, (intent.consumer, intent.from));
        }
    }

    pub(crate) fn saw_batch(&mut self, id: u64) {
        self.next_batch = self.next_batch.max((id & COUNTER) + 1);
    }

    pub(crate) fn is_open(&self, batch: u64) -> bool {
        self.batches.contains_key(&batch)
    }

    /// Takes in that a batch is in the store.
    pub(crate) fn done(&mut self, batch: u64) {
        let Some((consumer, from)) = self.batches.remove(&batch) else { return };
        let cursor = self.cursors.get_mut(&consumer).expect("batches are only kept for known consumers");
        if let Ok(position) = cursor.open.binary_search_by_key(&from, |open| open.from) {
            cursor.open[position].left -= 1;
        }
        while cursor.open.front().is_some_and(|open| open.left == 0) {
            cursor.open.pop_front();
        }
    }

    /// Returns the last record every consumer has passed. Without consumers nothing holds `durable` back.
    pub(crate) fn sealable(&self, durable: u64) -> u64 {
        let passed =
            |cursor: &Cursor| cursor.open.front().map_or(cursor.next, |open| open.from).saturating_sub(1);
        self.cursors.values().map(passed).min().unwrap_or(durable)
    }

    pub(crate) fn seal(&mut self, up_to: u64) {
        self.sealed = self.sealed.max(up_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;

    fn intent(consumer: u8, from: u64, to: u64, ids: &[u64]) -> Intent {
        let batch = |id: &u64| Batch {
            id: *id,
            table: 1,
            partition: String::new(),
            first_key: bytes::Bytes::new(),
            rows: 1,
        };
        Intent { consumer, from, to, batches: ids.iter().map(batch).collect() }
    }

    /// Two consumers over ten records: `(intents, done)` gives what may be sealed.
    fn check(intents: &[Intent], done: &[u64], sealable: u64) {
        let mut progress = Progress::new(&[1, 2], 0, 1);
        for intent in intents {
            progress.check(intent, 10, |_| None).unwrap();
            progress.intend(intent);
        }
        done.iter().for_each(|batch| progress.done(*batch));
        assert_eq!(progress.sealable(10), sealable, "{intents:?} {done:?}");
    }

    #[test]
    fn what_every_consumer_has_done_may_be_sealed() {
        let both = [intent(1, 1, 4, &[10, 11]), intent(2, 1, 6, &[12]), intent(1, 5, 8, &[13])];
        check(&[], &[], 0);
        check(&both, &[], 0);
        check(&both, &[10, 12, 13], 0);
        check(&both, &[10, 11, 12], 4);
        check(&both, &[13, 12, 11, 10], 6);
        check(&[intent(1, 1, 4, &[]), intent(2, 1, 9, &[])], &[], 4);
    }

    #[test]
    fn an_intent_that_does_not_follow_the_last_one_is_refused() {
        let mut progress = Progress::new(&[1], 0, 1);
        progress.intend(&intent(1, 1, 4, &[10]));
        let refused = |intent: &Intent, first: Option<u64>| {
            progress.check(intent, 9, |_| first).err().map(|e| e.to_string())
        };
        assert_eq!(refused(&intent(1, 5, 9, &[11]), Some(5)), None);
        assert_eq!(refused(&intent(1, 7, 9, &[11]), Some(7)), None, "5 and 6 are lost");
        assert!(refused(&intent(1, 7, 9, &[11]), Some(6)).unwrap().contains("not at 5"));
        assert!(refused(&intent(1, 4, 9, &[11]), Some(4)).unwrap().contains("starts at `4`"));
        assert!(refused(&intent(1, 5, 10, &[11]), Some(5)).unwrap().contains("durable"));
        assert!(refused(&intent(2, 1, 1, &[]), Some(1)).unwrap().contains("consumer `2`"));
        assert!(refused(&intent(1, 5, 9, &[10]), Some(5)).unwrap().contains("batch `10`"));
    }

    #[test]
    fn the_next_batch_counts_above_all_writers() {
        let mut progress = Progress::new(&[1], 0, 1);
        progress.intend(&intent(1, 1, 4, &[(3 << 48) | 9, (1 << 48) | 12]));
        assert_eq!(progress.marker(0, 5), Seal { up_to: 0, next_seq: 5, next_batch: 13 });
    }
}
