//! Reads the log once for all consumers, and hands each what its own cursor has not passed yet.

use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::{Backoff, Clock, Health, Scope, Sender, Stop, queue};
use sightline_wal::{Recovery, Wal};
use tokio::time::Instant;

use super::counting::Counting;
use super::desk::{Broken, Desk, DeskParts, Flushed, Wants};
use super::ids::{RED, STORE};
use super::material::{Rules, find_broken, read_up_to};
use super::red::Caps;
use super::storing::Storing;
use crate::config::{Config, Flush, ms};
use crate::door::Backlog;
use crate::exporters::{Abandoned, BatchIds, Committer, DeadLetters, Prepared, Storage};
use crate::offload;

/// Pause after the log could not be read, from and to.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What a feeder works with.
pub(crate) struct FeederParts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) wal: Wal,
    pub(crate) recovery: Recovery,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) writer_number: u16,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Health,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) scope: Scope,
    pub(crate) abandon: Stop,
}

/// Reads the log.
pub(crate) struct Feeder {
    wal: Wal,
    recovery: Recovery,
    scope: Scope,
    abandon: Stop,
    flush: Flush,
    storing: Storing,
    counting: Counting,
    desk: Option<Desk>,
    desk_parts: DeskParts,
    cursors: Cursors,
    red_due: Option<Instant>,
    catalogue_due: Option<Instant>,
}

/// Where each consumer is, and where the desk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursors {
    /// The next record to read.
    pub(super) position: u64,
    /// The first record that is in no prepared range of the store.
    pub(super) store: u64,
    /// The first record that is in no prepared range of counts.
    pub(super) red: u64,
}

impl Cursors {
    /// Tells which consumers want the record at the position, and up to which record that stays so.
    pub(super) const fn wanted(&self) -> (Wants, u64) {
        let wants = Wants { store: self.position >= self.store, count: self.position >= self.red };
        let both_from = if self.store > self.red { self.store } else { self.red };
        let until = if wants.store && wants.count { u64::MAX } else { both_from - 1 };
        (wants, until)
    }

    /// Goes back to the first record that somebody still wants.
    pub(super) fn restart(&mut self) {
        self.position = self.store.min(self.red);
    }
}

/// Why reading stopped for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// A limit of size or time is reached.
    Due,
    /// Everything durable is read and the process ends.
    Finished,
}

impl Filled {
    fn by(stop: &Stop) -> Self {
        if stop.is_cancelled() { Self::Finished } else { Self::Due }
    }
}

impl Feeder {
    pub(crate) fn new(parts: FeederParts<'_>) -> Self {
        let next =
            |consumer| parts.recovery.next.get(&consumer).copied().unwrap_or(parts.recovery.sealed + 1);
        let mut cursors = Cursors { position: 0, store: next(STORE), red: next(RED) };
        cursors.restart();
        let committer = |consumer| Committer {
            consumer,
            wal: parts.wal.clone(),
            storage: Arc::clone(&parts.storage),
            clock: Arc::clone(&parts.clock),
            health: parts.health.clone(),
            abandon: parts.abandon.clone(),
        };
        let ids = BatchIds::new(parts.writer_number, parts.recovery.next_batch);
        let recovered_to = parts.wal.stats().last_seq;
        let desk_parts = DeskParts {
            rules: Arc::new(Rules::new(parts.config)),
            windows: Caps {
                endpoints_max: parts.config.flush.endpoints_max,
                window_rows_max: parts.config.flush.window_rows_max,
            },
            broken: Broken::default(),
            letters: DeadLetters::new(parts.config.dead_letter_dir.clone()),
            clock: Arc::clone(&parts.clock),
            backlog: parts.backlog,
            catalogue_days: parts.config.retention.catalogue_days,
            recovered_to,
        };
        let retention = &parts.config.retention;
        let storing =
            Storing::new(retention, committer(STORE), ids.clone(), desk_parts.clone(), parts.scope.clone());
        let counting = Counting::new(retention, committer(RED), ids, desk_parts.clone(), parts.scope.clone());
        Self {
            desk: None,
            desk_parts,
            wal: parts.wal,
            recovery: parts.recovery,
            scope: parts.scope,
            abandon: parts.abandon,
            flush: parts.config.flush.clone(),
            storing,
            counting,
            cursors,
            red_due: None,
            catalogue_due: None,
        }
    }

    /// Finishes what was open at the start, then feeds until the stop, then hands over the rest.
    pub(crate) async fn run(mut self, stop: Stop) {
        if self.feed(stop).await.is_err() {
            tracing::info!("the rest of the log is stored after the next start");
        }
    }

    async fn feed(&mut self, stop: Stop) -> Result<(), Abandoned> {
        let open = std::mem::take(&mut self.recovery.open);
        self.storing.recover(&open, self.recovery.boot_changed).await?;
        self.counting.recover(&open).await?;
        let (store, store_rx) = queue("store", 1);
        let (red, red_rx) = queue("count", 1);
        let (storing, counting) = (self.storing.clone(), self.counting.clone());
        self.scope.spawn("store", |_stop| storing.run(store_rx));
        self.scope.spawn("count", |_stop| counting.run(red_rx));
        loop {
            let filled = self.fill(&stop).await?;
            let is_last = filled == Filled::Finished;
            self.hand_over(is_last, &store, &red).await?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Reads into the desk until it should be flushed.
    async fn fill(&mut self, stop: &Stop) -> Result<Filled, Abandoned> {
        let mut due: Option<Instant> = None;
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        loop {
            let (wants, until) = self.cursors.wanted();
            if self.desk.as_ref().is_some_and(|desk| desk.is_for_others(wants)) {
                return Ok(Filled::Due);
            }
            let deadline = [due, self.red_due, self.catalogue_due].into_iter().flatten().min();
            let Some(durable) = self.next_durable(deadline, stop).await else {
                return Ok(Filled::by(stop));
            };
            if self.read_chunk(durable.min(until)).await? {
                due.get_or_insert_with(|| Instant::now() + ms(self.flush.freshness_ms));
                backoff.reset();
            } else {
                self.pause(&mut backoff).await?;
            }
            if self.desk.as_ref().is_none_or(|desk| desk.is_full(&self.flush)) {
                return Ok(Filled::Due);
            }
        }
    }

    /// Waits for a durable record at the position; none at the deadline, or when the process ends and none is left.
    async fn next_durable(&self, deadline: Option<Instant>, stop: &Stop) -> Option<u64> {
        let before = self.cursors.position - 1;
        if self.wal.stats().last_seq > before {
            return Some(self.wal.stats().last_seq);
        }
        let at_deadline = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            durable = self.wal.durable_beyond(before) => Some(durable),
            () = at_deadline => None,
            () = stop.cancelled() => {
                let last = self.wal.stats().last_seq;
                (last > before).then_some(last)
            }
        }
    }

    /// Reads and decodes a chunk; false when the log cannot be read or what was read has to be read again.
    async fn read_chunk(&mut self, to: u64) -> Result<bool, Abandoned> {
        let (wal, from) = (self.wal.clone(), self.cursors.position);
        let (wants, _) = self.cursors.wanted();
        let mut desk = self.take_desk();
        let done = offload(&self.scope, "decode", move || {
            let result = read_up_to(&wal, from, to).map(|records| desk.append(&records, wants, to));
            (desk, result)
        })
        .await;
        let Some((desk, result)) = done else {
            self.start_without_broken(from, to).await?;
            return Ok(false);
        };
        self.desk = Some(desk);
        match result {
            Ok(last) => {
                self.cursors.position = last + 1;
                Ok(true)
            }
            Err(error) => {
                tracing::error!(%error, from, "the log cannot be read on now");
                Ok(false)
            }
        }
    }

    /// Decoding or encoding panicked: finds the records to blame, and starts again without them.
    async fn start_without_broken(&mut self, from: u64, to: u64) -> Result<(), Abandoned> {
        find_broken(&self.scope, &self.wal, &self.desk_parts, from, to).await;
        self.desk = Some(Desk::new(self.desk_parts.clone()));
        self.cursors.restart();
        self.pause(&mut Backoff::new(PAUSE.0, PAUSE.1)).await
    }

    fn take_desk(&mut self) -> Desk {
        self.desk.take().unwrap_or_else(|| Desk::new(self.desk_parts.clone()))
    }

    /// Turns what is on the desk into ranges to commit, and waits until the committers have room for them.
    async fn hand_over(
        &mut self,
        is_last: bool,
        store: &Sender<Prepared>,
        red: &Sender<Prepared>,
    ) -> Result<(), Abandoned> {
        let mut desk = self.take_desk();
        let red_is_due = is_last || self.red_due.is_some_and(|due| due <= Instant::now());
        let (mut cursors, storing, counting) = (self.cursors, self.storing.clone(), self.counting.clone());
        let (from, to) = (cursors.store.min(cursors.red), cursors.position - 1);
        let done = offload(&self.scope, "encode", move || {
            let flushed = desk.flush(&mut cursors, &storing, &counting, red_is_due, is_last);
            (desk, cursors, flushed)
        })
        .await;
        let Some((desk, cursors, flushed)) = done else {
            return self.start_without_broken(from, to).await;
        };
        self.desk = Some(desk);
        let flushed = match flushed {
            Ok(flushed) => flushed,
            Err(error) => {
                tracing::error!(%error, "the dead-letter folder cannot be written, so storing waits");
                return self.pause(&mut Backoff::new(PAUSE.1, PAUSE.1)).await;
            }
        };
        self.cursors = cursors;
        let Flushed { stored, counted, is_counting, catalogue_wait } = flushed;
        self.catalogue_due = catalogue_wait.map(|wait| Instant::now() + wait);
        if red_is_due {
            self.red_due = None;
        }
        if is_counting {
            self.red_due.get_or_insert_with(|| Instant::now() + ms(self.flush.red_ms));
        }
        self.send(store, stored).await?;
        self.send(red, counted).await
    }

    async fn send(&self, to: &Sender<Prepared>, prepared: Option<Prepared>) -> Result<(), Abandoned> {
        let Some(prepared) = prepared else { return Ok(()) };
        let sent = self.abandon.run_until_cancelled(to.send(prepared)).await.ok_or(Abandoned)?;
        sent.map_err(|_| Abandoned)
    }

    async fn pause(&self, backoff: &mut Backoff) -> Result<(), Abandoned> {
        let pause = tokio::time::sleep(backoff.next_pause());
        self.abandon.run_until_cancelled(pause).await.ok_or(Abandoned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consumer_that_lags_is_fed_alone_until_it_has_caught_up() {
        let check = |position, store, red| {
            let (wants, until) = Cursors { position, store, red }.wanted();
            (wants.store, wants.count, until)
        };
        assert_eq!(check(5, 5, 5), (true, true, u64::MAX));
        assert_eq!(check(5, 5, 9), (true, false, 8));
        assert_eq!(check(5, 9, 5), (false, true, 8));
        assert_eq!(check(12, 9, 5), (true, true, u64::MAX), "prepared up to different records");
    }
}
