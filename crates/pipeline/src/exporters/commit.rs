//! Commits a range of the log: INTENT, inserts, DONE; with waiting, asking and repeating when the store is away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sightline_model::{Nanos, OrgId, Signal};
use sightline_runtime::{Backoff, Clock, Health, State, Stop};
use sightline_store::{Block, Error, Table};
use sightline_wal::{Batch, Intent, Wal};

use super::{Pending, Storage};

/// Refusals after which a block is taken for poisonous.
const REFUSALS_MAX: u32 = 3;
/// Times that the store may go away during one insert, while it answers before and after, until the block is taken
/// for what kills it. More than refusals: an engine may also be killed by others.
const LOSSES_MAX: u32 = 8;
/// First and longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The process ends before the work is done. The log still has it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("given up because the process ends")]
pub(crate) struct Abandoned;

/// What a range of the log becomes.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// First record of the range.
    pub(crate) from: u64,
    /// Last record of the range.
    pub(crate) to: u64,
    /// Blocks of tables whose rows may be written again; before the others, because these refer to them.
    pub(crate) idempotent: Vec<Block>,
    /// Blocks that must be in the store exactly once.
    pub(crate) additive: Vec<Block>,
    /// Whose records they are.
    pub(crate) tally: Tally,
}

impl Prepared {
    /// Rows that may be written again and come from no range of the log.
    pub(crate) fn beside_the_log(block: Block) -> Self {
        Self { idempotent: vec![block], ..Self::default() }
    }

    /// Tells whether it is of a range of the log; the first record there is 1.
    const fn is_of_log(&self) -> bool {
        self.to != 0
    }
}

/// Counts the records of a range by whose they are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Records and bytes.
    pub(crate) by_org: BTreeMap<(Signal, OrgId), (u64, u64)>,
    /// When the first of each signal arrived.
    pub(crate) oldest: BTreeMap<Signal, Nanos>,
}

impl Tally {
    /// Counts a request.
    pub(crate) fn add(&mut self, signal: Signal, org: OrgId, records: u64, bytes: usize, at: Nanos) {
        let (n, size) = self.by_org.entry((signal, org)).or_default();
        *n += records;
        *size += u64::try_from(bytes).unwrap_or(u64::MAX);
        let oldest = self.oldest.entry(signal).or_insert(at);
        *oldest = at.min(*oldest);
    }
}

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is in the store.
    Stored,
    /// The store refuses it for good, and it is not in the store.
    Refused,
}

/// Commits for one consumer of the log.
#[derive(Clone)]
pub(crate) struct Committer {
    /// The consumer.
    pub(crate) consumer: u8,
    /// The log.
    pub(crate) wal: Wal,
    /// The store.
    pub(crate) storage: Arc<dyn Storage>,
    /// Time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the state of the store is shown.
    pub(crate) health: Health,
    /// Cancelled when waiting makes no sense any more.
    pub(crate) abandon: Stop,
}

impl Committer {
    /// Commits a range. Returns the blocks that the store refuses for good; their batches are still open.
    pub(crate) async fn commit(&self, prepared: &Prepared) -> Result<Vec<usize>, Abandoned> {
        if prepared.is_of_log() {
            self.intend(prepared.from, prepared.to, &prepared.additive).await?;
        }
        self.insert_all(prepared, true).await
    }

    /// Inserts the blocks of a range whose intent is durable. `is_new`: nobody has tried before.
    pub(crate) async fn insert_all(
        &self,
        prepared: &Prepared,
        is_new: bool,
    ) -> Result<Vec<usize>, Abandoned> {
        for block in &prepared.idempotent {
            self.insert_idempotent(block).await?;
        }
        let mut refused = Vec::new();
        for (index, block) in prepared.additive.iter().enumerate() {
            match self.insert_once(block, is_new).await? {
                Verdict::Stored => self.done(block.batch).await?,
                Verdict::Refused => refused.push(index),
            }
        }
        Ok(refused)
    }

    async fn intend(&self, from: u64, to: u64, blocks: &[Block]) -> Result<(), Abandoned> {
        let batches = blocks.iter().map(|block| Batch {
            id: block.batch,
            table: block.table.code(),
            partition: block.partition.clone(),
            first_key: Bytes::from(block.first_key.clone()),
            rows: block.rows,
        });
        let intent = Intent { consumer: self.consumer, from, to, batches: batches.collect() };
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        loop {
            match self.wal.intend(intent.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) => self.wal_failed(&error, &mut backoff).await?,
            }
        }
    }

    /// Notes that a batch is in the store, or will never be.
    pub(crate) async fn done(&self, batch: u64) -> Result<(), Abandoned> {
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        loop {
            match self.wal.done(batch).await {
                Ok(()) => return Ok(()),
                Err(error) => self.wal_failed(&error, &mut backoff).await?,
            }
        }
    }

    /// Notes a batch as done whose rows cannot be made again; it is not in the store.
    pub(crate) async fn forget(&self, batch: u64, partition: &str) -> Result<(), Abandoned> {
        tracing::error!(batch, partition, "the rows of a batch that was noted cannot be made again");
        self.done(batch).await
    }

    async fn wal_failed(&self, error: &sightline_wal::Error, backoff: &mut Backoff) -> Result<(), Abandoned> {
        tracing::warn!(%error, "a marker cannot be written to the log");
        if !error.retry() || matches!(error, sightline_wal::Error::Closed) {
            return Err(Abandoned);
        }
        self.pause(backoff).await
    }

    async fn insert_idempotent(&self, block: &Block) -> Result<(), Abandoned> {
        let mut trial = Trial::new();
        loop {
            let Err(error) = self.ask(self.storage.insert(block)).await? else {
                self.store_is(State::Ready);
                return Ok(());
            };
            if trial.is_hopeless(&error, true) {
                // What refers to these rows stays readable without them.
                let table = block.table.name();
                tracing::error!(%error, detail = error.detail(), table, rows = block.rows, "rows are left out");
                return Ok(());
            }
            self.store_failed(&error, &mut trial.backoff).await?;
        }
    }

    /// Inserts a block unless it is there. Never sends it again while the first may still be running.
    pub(crate) async fn insert_once(&self, block: &Block, is_new: bool) -> Result<Verdict, Abandoned> {
        let mut trial = Trial::new();
        let mut may_be_there = !is_new;
        loop {
            if may_be_there && self.is_there(block).await? {
                return Ok(Verdict::Stored);
            }
            let Err(error) = self.ask(self.storage.insert(block)).await? else {
                self.store_is(State::Ready);
                return Ok(Verdict::Stored);
            };
            may_be_there = error.is_outcome_unknown();
            if trial.is_hopeless(&error, false) && !(may_be_there && self.is_there(block).await?) {
                let (table, batch) = (block.table.name(), block.batch);
                tracing::error!(%error, detail = error.detail(), table, batch, "a batch is refused for good");
                return Ok(Verdict::Refused);
            }
            self.store_failed(&error, &mut trial.backoff).await?;
        }
    }

    /// Waits until no insert of the batch runs any more, then looks for it.
    async fn is_there(&self, block: &Block) -> Result<bool, Abandoned> {
        self.is_batch_there(block.table, &block.partition, &block.first_key, block.batch).await
    }

    /// See [`Self::is_there`].
    pub(crate) async fn is_batch_there(
        &self,
        table: Table,
        partition: &str,
        first_key: &[u8],
        batch: u64,
    ) -> Result<bool, Abandoned> {
        let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
        loop {
            let settled = match self.ask(self.storage.settle(table, batch)).await? {
                Ok(()) => self.ask(self.storage.is_present(table, partition, first_key, batch)).await?,
                Err(error) => Err(error),
            };
            match settled {
                Ok(is_there) => return Ok(is_there),
                Err(error) => self.store_failed(&error, &mut backoff).await?,
            }
        }
    }

    /// Waits for the store, but not when the process has no time left: the log has all that is needed to go on later.
    async fn ask<T>(&self, answer: Pending<'_, T>) -> Result<Result<T, Error>, Abandoned> {
        self.abandon.run_until_cancelled(answer).await.ok_or(Abandoned)
    }

    async fn store_failed(&self, error: &Error, backoff: &mut Backoff) -> Result<(), Abandoned> {
        self.store_is(State::Degraded(error.to_string()));
        tracing::debug!(%error, detail = error.detail(), "the store does not take a batch now");
        self.pause(backoff).await
    }

    async fn pause(&self, backoff: &mut Backoff) -> Result<(), Abandoned> {
        let pause = tokio::time::sleep(backoff.next_pause());
        self.abandon.run_until_cancelled(pause).await.ok_or(Abandoned)
    }

    fn store_is(&self, state: State) {
        self.health.set_optional("store", state);
    }
}

/// Attempts of one block.
struct Trial {
    backoff: Backoff,
    refusals: u32,
    losses: u32,
}

impl Trial {
    const fn new() -> Self {
        Self { backoff: Backoff::new(PAUSE.0, PAUSE.1), refusals: 0, losses: 0 }
    }

    /// Tells whether the block, not the store, is to blame. A store that only has no room or no time is not counted.
    fn is_hopeless(&mut self, error: &Error, is_idempotent: bool) -> bool {
        if error.is_outcome_unknown() {
            // While a store is away every attempt fails at once; the pauses are then at their longest, and an engine
            // that needs a minute to start costs a dozen of attempts. `insert_once` asks for presence in between,
            // which waits until the store answers, so there each loss is one of a running store.
            self.losses += u32::from(!is_idempotent);
        } else if !error.kind().retry() {
            self.refusals += 1;
        }
        self.refusals >= REFUSALS_MAX || self.losses >= LOSSES_MAX
    }
}
