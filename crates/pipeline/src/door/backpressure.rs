//! What waits in the log, how fast it drains, and hence when a refused client should come back (promise.md 2.3.10).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Shortest and longest delay that a client is told.
const DELAY_S: (f64, f64) = (1.0, 30.0);
/// Weight of the newest measurement of the drain rate.
const NEWEST: f64 = 0.3;

/// Records that wait, and the rate at which they are stored.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Below zero for a moment when records are stored before their acknowledgement is noted.
    waiting: AtomicI64,
    /// Records per second, as the bits of an `f64`.
    rate: AtomicU64,
}

impl Backlog {
    /// Notes acknowledged records.
    pub(crate) fn add(&self, records: u64) {
        self.waiting.fetch_add(i64::try_from(records).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Notes stored records and how long that took.
    pub(crate) fn drained(&self, records: u64, took: Duration) {
        self.waiting.fetch_sub(i64::try_from(records).unwrap_or(i64::MAX), Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a rate for a delay of whole seconds")]
        let now = records as f64 / took.as_secs_f64().max(1e-3);
        let old = f64::from_bits(self.rate.load(Ordering::Relaxed));
        let rate = if old > 0.0 { old * (1.0 - NEWEST) + now * NEWEST } else { now };
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
    }

    /// Returns when to come back: the time that the backlog needs, between 1 and 30 s, give or take a fifth.
    /// `chance` in 0..1 spreads the clients.
    pub(crate) fn delay(&self, chance: f64) -> Duration {
        let rate = f64::from_bits(self.rate.load(Ordering::Relaxed));
        #[expect(clippy::cast_precision_loss, reason = "a delay of whole seconds")]
        let waiting = self.waiting.load(Ordering::Relaxed).max(0) as f64;
        let seconds = if waiting == 0.0 {
            DELAY_S.0
        } else if rate > 0.0 {
            waiting / rate
        } else {
            DELAY_S.1
        };
        let spread = seconds.clamp(DELAY_S.0, DELAY_S.1) * (0.8 + 0.4 * chance);
        Duration::from_secs_f64(spread.clamp(DELAY_S.0, DELAY_S.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_follows_the_backlog_between_its_bounds() {
        let check = |waiting: u64, drained: u64, chance: f64| {
            let backlog = Backlog::default();
            backlog.add(waiting + drained);
            if drained > 0 {
                backlog.drained(drained, Duration::from_secs(1));
            }
            backlog.delay(chance).as_secs_f64()
        };
        assert_eq!(check(0, 0, 0.0), 1.0);
        assert_eq!(check(1000, 0, 0.5), 30.0, "nothing drains: the engine is away");
        assert_eq!(check(1000, 100, 0.5), 10.0);
        assert_eq!(check(1000, 100, 0.0), 8.0);
        assert_eq!(check(100_000, 100, 1.0), 30.0);
    }
}
