//! The consumer that stores the records of every signal, with what they refer to.

use std::collections::BTreeMap;

use sightline_model::{OrgId, Signal};
use sightline_runtime::{Receiver, Scope};
use sightline_store::{Block, Part, Table};
use sightline_wal::{Intent, Wal};

use super::desk::DeskParts;
use super::material::{Batch, Material, find_broken, for_each_chunk};
use super::recover::{OpenBatch, open_batches};
use crate::config::Retention;
use crate::exporters::{Abandoned, BatchIds, Committer, Prepared, Tally};
use crate::names;
use crate::offload;
use crate::signals::{Known, Rows};

/// Stores ranges of the log. Clones share everything.
#[derive(Clone)]
pub(super) struct Storing {
    pub(super) committer: Committer,
    pub(super) ids: BatchIds,
    pub(super) parts: DeskParts,
    pub(super) scope: Scope,
    retention: Retention,
}

/// Records that were put aside while their range was committed: counted as rejected, not as stored.
#[derive(Debug, Default)]
pub(super) struct Aside {
    by_owner: BTreeMap<(Signal, OrgId), u64>,
    /// By the number of the request.
    by_request: BTreeMap<u64, u64>,
}

impl Aside {
    /// Returns how many records of a request were put aside.
    pub(super) fn of_request(&self, seq: u64) -> u64 {
        self.by_request.get(&seq).copied().unwrap_or_default()
    }

    /// Counts records of a request.
    pub(super) fn add(&mut self, signal: Signal, org: OrgId, seq: u64, records: u64) {
        *self.by_owner.entry((signal, org)).or_default() += records;
        *self.by_request.entry(seq).or_default() += records;
    }
}

impl Storing {
    pub(super) fn new(
        retention: &Retention,
        committer: Committer,
        ids: BatchIds,
        parts: DeskParts,
        scope: Scope,
    ) -> Self {
        Self { committer, ids, parts, scope, retention: retention.clone() }
    }

    /// Encodes the rows of a range. Blocks.
    pub(super) fn prepare(
        &self,
        material: &mut Material,
        known: &mut Known,
        catalogue: Option<Block>,
        from: u64,
        to: u64,
    ) -> Prepared {
        let mut prepared =
            Prepared { from, to, tally: std::mem::take(&mut material.tally), ..Prepared::default() };
        for Batch { spec, rows, .. } in material.batches() {
            for part in rows.parts((spec.days)(&self.retention)) {
                // Ranges are committed in order and an insert that fails is repeated until the process ends, so a
                // resource that was prepared once is there before any later row.
                let now = self.committer.clock.unix_nanos();
                prepared.idempotent.extend(rows.beside(&part, known, now));
                prepared.additive.push(rows.block(&part, self.ids.next_id()));
            }
        }
        prepared.idempotent.extend(catalogue);
        prepared
    }

    /// Commits ranges until there are no more.
    pub(super) async fn run(self, mut ranges: Receiver<Prepared>) {
        while let Some(prepared) = ranges.recv().await {
            if self.commit(prepared).await.is_err() {
                return;
            }
        }
    }

    async fn commit(&self, mut prepared: Prepared) -> Result<(), Abandoned> {
        let started = self.committer.clock.monotonic();
        let refused = self.committer.commit(&prepared).await?;
        let mut aside = Aside::default();
        for index in refused.into_iter().rev() {
            let block = prepared.additive.swap_remove(index);
            self.bisect(prepared.from, prepared.to, &block, &mut aside).await?;
        }
        let took = self.committer.clock.monotonic().saturating_sub(started);
        for ((signal, org), (records, _)) in &prepared.tally.by_org {
            names::in_wal(*signal, *org).add(-i64::try_from(*records).unwrap_or(i64::MAX));
            self.parts.backlog.drained(*records, took);
        }
        self.count_stored(&prepared.tally, &aside);
        Ok(())
    }

    fn count_stored(&self, tally: &Tally, aside: &Aside) {
        for ((signal, org), (records, bytes)) in &tally.by_org {
            let lost = aside.by_owner.get(&(*signal, *org)).copied().unwrap_or_default();
            names::stored(*signal, *org).add(records.saturating_sub(lost));
            names::stored_bytes(*signal, *org).add(*bytes);
        }
        for (signal, oldest) in &tally.oldest {
            let age = self.committer.clock.unix_nanos().saturating_sub(*oldest);
            let age = std::time::Duration::from_nanos(u64::try_from(age).unwrap_or(0));
            names::freshness(*signal).record(age);
        }
    }

    /// Finishes what was open when the log was opened: a batch that is in the store is done, one that is not is made
    /// again from the same records and inserted under the same id.
    pub(super) async fn recover(&self, intents: &[Intent], boot_changed: bool) -> Result<(), Abandoned> {
        for ((from, to), open) in self.uncertain(intents, boot_changed).await? {
            let prepared = self.rebuild(from, to, open).await?;
            let refused = self.committer.insert_all(&prepared, false).await?;
            let mut aside = Aside::default();
            for block in prepared.additive.iter().enumerate().filter(|(at, _)| refused.contains(at)) {
                self.bisect(from, to, block.1, &mut aside).await?;
            }
            tracing::info!(
                from,
                to,
                batches = prepared.additive.len(),
                "a batch of before the start is stored"
            );
            self.count_stored(&prepared.tally, &aside);
        }
        Ok(())
    }

    /// Notes the open batches that are in the store as done; returns the others by their ranges.
    async fn uncertain(
        &self,
        intents: &[Intent],
        boot_changed: bool,
    ) -> Result<BTreeMap<(u64, u64), Vec<OpenBatch>>, Abandoned> {
        let mut ranges: BTreeMap<(u64, u64), Vec<OpenBatch>> = BTreeMap::new();
        for open in open_batches(intents, self.committer.consumer) {
            if self.is_in_pieces(&open).await? {
                continue;
            }
            // After a loss of power the rows that may be written again may be gone although the batch is there.
            if !boot_changed && self.is_there(&open).await? {
                self.committer.done(open.batch.id).await?;
            } else {
                ranges.entry((open.from, open.to)).or_default().push(open);
            }
        }
        Ok(ranges)
    }

    /// Goes on with a batch that was being taken apart; tells whether it was.
    async fn is_in_pieces(&self, open: &OpenBatch) -> Result<bool, Abandoned> {
        let (letters, id) = (self.parts.letters.clone(), open.batch.id);
        let read = offload(&self.scope, "put aside", move || letters.pieces(id)).await;
        let pieces = match read {
            Some(Ok(None)) => return Ok(false),
            Some(Ok(Some(pieces))) => pieces,
            failed => {
                tracing::error!(?failed, batch = id, "the pieces of a refused batch cannot be read");
                return Err(Abandoned);
            }
        };
        let mut aside = Aside::default();
        let Some(table) = Table::from_code(open.batch.table) else { return Ok(false) };
        let place = Place { table, partition: open.batch.partition.clone() };
        self.store_pieces(id, &place, pieces, false, &mut aside).await?;
        Ok(true)
    }

    async fn is_there(&self, open: &OpenBatch) -> Result<bool, Abandoned> {
        let Some(table) = Table::from_code(open.batch.table) else { return Ok(false) };
        let batch = &open.batch;
        self.committer.is_batch_there(table, &batch.partition, &batch.first_key, batch.id).await
    }

    /// Makes the blocks of open batches again.
    async fn rebuild(&self, from: u64, to: u64, open: Vec<OpenBatch>) -> Result<Prepared, Abandoned> {
        let mut prepared = Prepared { from, to, ..Prepared::default() };
        for OpenBatch { batch, .. } in open {
            let made = match Table::from_code(batch.table) {
                Some(table) => self.remake(from, to, table, &batch).await?,
                None => None,
            };
            let Some((beside, block, tally)) = made else {
                self.committer.forget(batch.id, &batch.partition).await?;
                continue;
            };
            prepared.idempotent.extend(beside);
            prepared.additive.push(block);
            // The tally of a range is the same whichever of its batches is made.
            prepared.tally = tally;
        }
        Ok(prepared)
    }

    async fn remake(
        &self,
        from: u64,
        to: u64,
        table: Table,
        wanted: &sightline_wal::Batch,
    ) -> Result<Option<(Vec<Block>, Block, Tally)>, Abandoned> {
        let place = Place { table, partition: wanted.partition.clone() };
        let (id, first_key) = (wanted.id, wanted.first_key.to_vec());
        let events = self.parts.rules.events.clone();
        self.with_rows(from, to, &place, move |material, rows, part| {
            let beside = rows.beside(part, &mut Known::new(events.clone()), material.arrived);
            // The key by which the first attempt can be found is the one that was noted for it.
            let block = Block { first_key: first_key.clone(), ..rows.block(part, id) };
            (beside, block, material.tally.clone())
        })
        .await
    }

    /// Decodes a range again and shows one partition of it; none when it has no rows there.
    pub(super) async fn with_rows<T: Send + 'static>(
        &self,
        from: u64,
        to: u64,
        place: &Place,
        show: impl Fn(&Material, &dyn Rows, &Part) -> T + Clone + Send + 'static,
    ) -> Result<Option<T>, Abandoned> {
        loop {
            let (wal, parts) = (self.committer.wal.clone(), self.parts.clone());
            let (place, show) = (place.clone(), show.clone());
            let made = offload(&self.scope, "decode", move || {
                let material = decode_range(&wal, &parts, from, to)?;
                let found = material.part(place.table, &place.partition);
                Ok::<_, sightline_wal::Error>(found.map(|(rows, part)| show(&material, rows, &part)))
            })
            .await;
            match made {
                Some(Ok(made)) => return Ok(made),
                Some(Err(error)) => {
                    tracing::error!(%error, from, to, "a range of the log cannot be read");
                    return Err(Abandoned);
                }
                None => find_broken(&self.scope, &self.committer.wal, &self.parts, from, to).await,
            }
            if self.committer.abandon.is_cancelled() {
                return Err(Abandoned);
            }
        }
    }
}

/// Where rows go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: Table,
    pub(super) partition: String,
}

/// Decodes a range of the log. Blocks.
fn decode_range(wal: &Wal, parts: &DeskParts, from: u64, to: u64) -> Result<Material, sightline_wal::Error> {
    let mut material = Material::new();
    let broken = parts.broken.snapshot();
    for_each_chunk(wal, from, to, |records| {
        material.append(records, &parts.rules, &broken);
    })?;
    Ok(material)
}
