//! Which keys were appended lately, and which are being appended now.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::watch;

use crate::Error;
use crate::format::Remembered;

/// How an append ended; `None` while it goes on.
pub(crate) type Outcome = Option<Result<u64, Error>>;

/// What to do with a record, judging by its key.
pub(crate) enum Claim {
    /// It is the first: append it and report through the sender.
    First(watch::Sender<Outcome>, watch::Receiver<Outcome>),
    /// The same key is being appended: wait for that one.
    Wait(watch::Receiver<Outcome>),
    /// It is there.
    Known(u64),
}

/// The window of remembered keys, bounded by time and by count.
pub(crate) struct Dedup {
    window: i64,
    entries_max: usize,
    known: HashMap<[u8; 16], u64>,
    /// Oldest first, by number. `at` is the monotonic clock: a step of the wall clock forgets nothing early.
    order: VecDeque<Remembered>,
    pending: HashMap<[u8; 16], watch::Receiver<Outcome>>,
}

impl Dedup {
    pub(crate) fn new(window: Duration, entries_max: usize) -> Self {
        Self {
            window: i64::try_from(window.as_nanos()).unwrap_or(i64::MAX),
            entries_max,
            known: HashMap::new(),
            order: VecDeque::new(),
            pending: HashMap::new(),
        }
    }

    /// Decides about a key that comes in.
    pub(crate) fn claim(&mut self, key: [u8; 16], now: i64) -> Claim {
        self.forget(now);
        if let Some(seq) = self.known.get(&key) {
            return Claim::Known(*seq);
        }
        // Whoever gave up before it was written has dropped its sender: then this one is the first.
        if let Some(first) = self.pending.get(&key).filter(|first| first.has_changed().is_ok()) {
            return Claim::Wait(first.clone());
        }
        let (sender, receiver) = watch::channel(None);
        self.pending.insert(key, receiver.clone());
        Claim::First(sender, receiver)
    }

    /// Notes that the record of a key is durable.
    pub(crate) fn settle(&mut self, one: Remembered) {
        self.pending.remove(&one.key);
        self.known.insert(one.key, one.seq);
        self.order.push_back(one);
        if self.order.len() > self.entries_max {
            self.forget_oldest();
        }
    }

    /// Notes that the record of a key was not appended.
    pub(crate) fn release(&mut self, key: &[u8; 16]) {
        self.pending.remove(key);
    }

    /// Forgets what is older than the window.
    pub(crate) fn forget(&mut self, now: i64) {
        while self.order.front().is_some_and(|oldest| now.saturating_sub(oldest.at) > self.window) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.order.pop_front()
            && self.known.get(&oldest.key) == Some(&oldest.seq)
        {
            self.known.remove(&oldest.key);
        }
    }

    /// Returns the remembered keys of a range of numbers, inclusive.
    pub(crate) fn between(&self, from: u64, to: u64) -> Vec<Remembered> {
        let start = self.order.partition_point(|one| one.seq < from);
        self.order.range(start..).take_while(|one| one.seq <= to).copied().collect()
    }

    /// Returns the number of the oldest remembered record.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        self.order.front().map(|one| one.seq)
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(n: u8, at: i64) -> Remembered {
        Remembered { key: [n; 16], seq: u64::from(n), at }
    }

    fn is_known(dedup: &mut Dedup, n: u8, now: i64) -> bool {
        matches!(dedup.claim([n; 16], now), Claim::Known(seq) if seq == u64::from(n))
    }

    #[test]
    fn keys_are_forgotten_by_age_and_by_count() {
        let mut dedup = Dedup::new(Duration::from_nanos(10), 3);
        (1..=4).for_each(|n| dedup.settle(one(n, i64::from(n))));
        assert!(!is_known(&mut dedup, 1, 4), "only three are kept");
        assert!(is_known(&mut dedup, 2, 12) && !is_known(&mut dedup, 2, 13));
        assert_eq!(dedup.between(0, 3), [one(3, 3)]);
        assert_eq!(dedup.first_seq(), Some(3));
    }

    #[test]
    fn the_second_waits_for_the_first_and_takes_over_when_that_one_gives_up() {
        let mut dedup = Dedup::new(Duration::from_nanos(10), 3);
        let Claim::First(first, _) = dedup.claim([1; 16], 0) else { panic!("nobody was before") };
        assert!(matches!(dedup.claim([1; 16], 0), Claim::Wait(_)));
        drop(first);
        assert!(matches!(dedup.claim([1; 16], 0), Claim::First(..)));
    }
}
