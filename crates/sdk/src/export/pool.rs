//! The receivers of a signal: who is tried, how often, with what pauses, and what came of it.
//!
//! A batch gets `attempts_max` attempts at the receiver whose turn it is, with exponential back-off and full jitter or
//! the pause that the receiver asks for; then the next receiver's turn comes. Nothing here gives a batch up, unless a
//! receiver refuses it for good.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::attempt::{Destination, Outcome, Parcel};
use super::rotation::Rotation;
use crate::config::{Collector, Retry};
use crate::{Config, Error};

/// What a round over all receivers came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Acknowledged, or refused for good: this many records were stored.
    Settled { exported: u64 },
    /// No receiver acknowledged.
    AllFailed,
}

/// Attempts at one receiver so far, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub(crate) accepted: u64,
    pub(crate) failed: u64,
    pub(crate) refused: u64,
}

/// The receivers of one or more signals.
#[derive(Debug)]
pub(crate) struct Pool {
    targets: Vec<Target>,
    rotation: Mutex<Rotation>,
    retry: Retry,
}

#[derive(Debug)]
struct Target {
    endpoint: String,
    destination: Destination,
    attempts: Mutex<Attempts>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// Must be called inside the runtime that sends.
    pub(super) fn new(
        collectors: &[Collector],
        headers: &[(String, String)],
        config: &Config,
    ) -> Result<Self, Error> {
        let target = |collector: &Collector| {
            let destination = Destination::new(&collector.endpoint, headers, config.attempt_timeout)?;
            Ok(Target { endpoint: collector.endpoint.clone(), destination, attempts: Mutex::default() })
        };
        Ok(Self {
            targets: collectors.iter().map(target).collect::<Result<_, Error>>()?,
            rotation: Mutex::new(Rotation::new(collectors.iter().map(|c| c.weight))),
            retry: config.retry.clone(),
        })
    }

    /// The pause after a round in which all failed.
    pub(super) const fn pause_max(&self) -> Duration {
        self.retry.pause_max
    }

    /// Tries each receiver in turn until one acknowledges or refuses the parcel.
    pub(super) async fn round(&self, parcel: &Parcel) -> Round {
        let order = lock(&self.rotation).next_order(Instant::now());
        for seat in order {
            match self.try_target(&self.targets[seat], parcel).await {
                Outcome::Accepted { rejected } => {
                    lock(&self.rotation).resume(seat);
                    return Round::Settled { exported: parcel.records.saturating_sub(rejected) };
                }
                Outcome::Refused { why } => {
                    let records = parcel.records;
                    tracing::warn!(target: "sightline_sdk", records, why, "the receiver refused a batch for good");
                    return Round::Settled { exported: 0 };
                }
                Outcome::Retry { pause } => {
                    let pause = pause.unwrap_or_default().max(self.retry.pause_max);
                    lock(&self.rotation).pause(seat, Instant::now() + pause);
                }
            }
        }
        Round::AllFailed
    }

    async fn try_target(&self, target: &Target, parcel: &Parcel) -> Outcome {
        for attempt in 1.. {
            let outcome = target.destination.send(parcel).await;
            target.count(&outcome);
            let Outcome::Retry { pause } = outcome else { return outcome };
            if attempt >= self.retry.attempts_max {
                return Outcome::Retry { pause };
            }
            tokio::time::sleep(self.pause(attempt, pause, rand::random::<f64>())).await;
        }
        Outcome::Retry { pause: None }
    }

    /// The pause after failed attempt `n`, from 1: what the receiver asked for, else a share of a doubling bound.
    fn pause(&self, attempt: u32, asked: Option<Duration>, share: f64) -> Duration {
        let bound =
            self.retry.pause_first.saturating_mul(1 << (attempt - 1).min(16)).min(self.retry.pause_max);
        asked.unwrap_or_else(|| bound.mul_f64(share))
    }

    /// Endpoint, attempts, and whether it is in turn, of each receiver.
    pub(crate) fn report(&self) -> Vec<(String, Attempts, bool)> {
        let usable = lock(&self.rotation).usable(Instant::now());
        let row =
            |(target, usable): (&Target, bool)| (target.endpoint.clone(), *lock(&target.attempts), usable);
        self.targets.iter().zip(usable).map(row).collect()
    }
}

impl Target {
    fn count(&self, outcome: &Outcome) {
        let mut attempts = lock(&self.attempts);
        match outcome {
            Outcome::Accepted { .. } => attempts.accepted += 1,
            Outcome::Retry { .. } => attempts.failed += 1,
            Outcome::Refused { .. } => attempts.refused += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_bound_unless_the_receiver_asks_for_another() {
        let retry = Retry {
            attempts_max: 9,
            pause_first: Duration::from_millis(200),
            pause_max: Duration::from_secs(1),
        };
        let config = Config { retry, ..Config::default() };
        let pool = Pool::new(&[], &[], &config).unwrap();
        let check = |attempt, asked, share, want: u64| {
            assert_eq!(pool.pause(attempt, asked, share), Duration::from_millis(want), "{attempt}");
        };
        for (attempt, want) in [(1, 200), (2, 400), (3, 800), (4, 1_000), (40, 1_000)] {
            check(attempt, None, 1.0, want);
            check(attempt, None, 0.5, want / 2);
        }
        check(1, None, 0.0, 0);
        check(1, Some(Duration::from_secs(3)), 0.5, 3_000);
    }
}
