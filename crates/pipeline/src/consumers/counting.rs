//! The consumer that counts: windows of requests, errors and durations, committed with ranges of their own.

use std::collections::BTreeMap;

use sightline_runtime::{Receiver, Scope};
use sightline_store::{Block, RedRow, Table, red_blocks};
use sightline_wal::{Intent, Wal};

use super::desk::DeskParts;
use super::material::{Material, find_broken, for_each_chunk};
use super::recover::{OpenBatch, open_batches};
use super::red::Windows;
use crate::config::Retention;
use crate::exporters::{Abandoned, BatchIds, Committer, DeadLetters, Prepared};
use crate::offload;

/// Commits counted windows. Clones share everything.
#[derive(Clone)]
pub(super) struct Counting {
    committer: Committer,
    ids: BatchIds,
    parts: DeskParts,
    scope: Scope,
    ret_days: u16,
}

impl Counting {
    pub(super) fn new(
        retention: &Retention,
        committer: Committer,
        ids: BatchIds,
        parts: DeskParts,
        scope: Scope,
    ) -> Self {
        Self { committer, ids, parts, scope, ret_days: retention.red_days }
    }

    /// Encodes the rows of a range. Blocks.
    pub(super) fn prepare(&self, rows: &[RedRow], from: u64, to: u64) -> Prepared {
        let additive = red_blocks(rows, self.ret_days, || self.ids.next_id());
        Prepared { from, to, additive, ..Prepared::default() }
    }

    /// Commits ranges until there are no more.
    pub(super) async fn run(self, mut ranges: Receiver<Prepared>) {
        while let Some(prepared) = ranges.recv().await {
            if self.commit(&prepared).await.is_err() {
                return;
            }
        }
    }

    async fn commit(&self, prepared: &Prepared) -> Result<(), Abandoned> {
        let refused = self.committer.commit(prepared).await?;
        self.give_up(prepared, &refused).await
    }

    /// Counts that the store refuses for good: the spans are stored all the same, and the block is kept.
    async fn give_up(&self, prepared: &Prepared, refused: &[usize]) -> Result<(), Abandoned> {
        for block in refused.iter().filter_map(|index| prepared.additive.get(*index)) {
            let (letters, block) = (self.parts.letters.clone(), block.clone());
            let batch = block.batch;
            let kept = offload(&self.scope, "put aside", move || put_aside(&letters, &block)).await;
            if kept != Some(true) {
                return Err(Abandoned);
            }
            self.committer.done(batch).await?;
        }
        Ok(())
    }

    /// Finishes what was open when the log was opened; see [`super::storing::Storing::recover`].
    pub(super) async fn recover(&self, intents: &[Intent]) -> Result<(), Abandoned> {
        for ((from, to), open) in self.absent(intents).await? {
            let rows = self.count_again(from, to).await?;
            let additive = blocks_of(&rows, self.ret_days, &open);
            let missing = open.iter().filter(|open| additive.iter().all(|b| b.batch != open.batch.id));
            for open in missing {
                self.committer.forget(open.batch.id, &open.batch.partition).await?;
            }
            let prepared = Prepared { from, to, additive, ..Prepared::default() };
            let refused = self.committer.insert_all(&prepared, false).await?;
            self.give_up(&prepared, &refused).await?;
        }
        Ok(())
    }

    /// Notes the open batches that are in the store as done; returns the others by their ranges.
    async fn absent(&self, intents: &[Intent]) -> Result<BTreeMap<(u64, u64), Vec<OpenBatch>>, Abandoned> {
        let mut ranges: BTreeMap<(u64, u64), Vec<OpenBatch>> = BTreeMap::new();
        for open in open_batches(intents, self.committer.consumer) {
            let (table, batch) = (Table::Red10s, &open.batch);
            if self.committer.is_batch_there(table, &batch.partition, &batch.first_key, batch.id).await? {
                self.committer.done(batch.id).await?;
            } else {
                ranges.entry((open.from, open.to)).or_default().push(open);
            }
        }
        Ok(ranges)
    }

    async fn count_again(&self, from: u64, to: u64) -> Result<Vec<RedRow>, Abandoned> {
        while !self.committer.abandon.is_cancelled() {
            let (wal, parts) = (self.committer.wal.clone(), self.parts.clone());
            let rows = offload(&self.scope, "decode", move || count_range(&wal, &parts, from, to)).await;
            match rows {
                Some(Ok(rows)) => return Ok(rows),
                Some(Err(error)) => {
                    tracing::error!(%error, from, to, "a range of the log cannot be read");
                    return Err(Abandoned);
                }
                None => find_broken(&self.scope, &self.committer.wal, &self.parts, from, to).await,
            }
        }
        Err(Abandoned)
    }
}

/// Counts a range of the log. Blocks.
fn count_range(
    wal: &Wal,
    parts: &DeskParts,
    from: u64,
    to: u64,
) -> Result<Vec<RedRow>, sightline_wal::Error> {
    let mut windows = Windows::new(parts.windows);
    let mut material = Material::counted();
    let broken = parts.broken.snapshot();
    for_each_chunk(wal, from, to, |records| {
        material.append(records, &parts.rules, &broken);
        material.count(&mut windows);
        material.clear();
    })?;
    Ok(windows.take())
}

/// Keeps a block of windows; tells whether it could.
fn put_aside(letters: &DeadLetters, block: &Block) -> bool {
    let kept = letters.keep_block(block.table.name(), block.batch, &block.body);
    tracing::error!(?kept, table = block.table.name(), "counted windows are put aside");
    kept.is_ok()
}

/// Makes the blocks of open batches again: those of the same partitions, under the same ids.
fn blocks_of(rows: &[RedRow], ret_days: u16, open: &[OpenBatch]) -> Vec<Block> {
    let id_of = |partition: &str| {
        let same = open.iter().find(|open| open.batch.partition == partition);
        same.map(|open| (open.batch.id, open.batch.first_key.to_vec()))
    };
    // The store asks for ids in the order of its partitions, which a first round tells.
    let order: Vec<String> =
        red_blocks(rows, ret_days, || 0).into_iter().map(|block| block.partition).collect();
    let mut ids = order.iter().map(|partition| id_of(partition).map_or(0, |(id, _)| id));
    let blocks = red_blocks(rows, ret_days, || ids.next().unwrap_or(0));
    let again = |mut block: Block| {
        let (_, first_key) = id_of(&block.partition)?;
        // The key by which the first attempt can be found is the one that was noted for it.
        block.first_key = first_key;
        Some(block)
    };
    blocks.into_iter().filter_map(again).collect()
}
