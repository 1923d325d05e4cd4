//! The consumer that stores: spans, the resources they name, and where their traces are.

use std::collections::BTreeMap;

use sightline_model::{OrgId, Signal};
use sightline_runtime::{Receiver, Scope};
use sightline_store::{Block, Bucket, KnownResources, SpanPart, span_block, span_parts, trace_index_block};
use sightline_wal::{Intent, Wal};

use super::desk::DeskParts;
use super::material::{Material, find_broken, for_each_chunk};
use super::recover::{OpenBatch, open_batches};
use crate::config::Retention;
use crate::exporters::{Abandoned, BatchIds, Committer, Prepared, Tally};
use crate::names;
use crate::offload;

/// Stores ranges of the log. Clones share everything.
#[derive(Clone)]
pub(super) struct Storing {
    pub(super) committer: Committer,
    pub(super) ids: BatchIds,
    pub(super) parts: DeskParts,
    pub(super) scope: Scope,
    ret_days: u16,
}

/// Records that were put aside while their range was committed: counted as rejected, not as stored.
pub(super) type Aside = BTreeMap<(Signal, OrgId), u64>;

impl Storing {
    pub(super) fn new(
        retention: &Retention,
        committer: Committer,
        ids: BatchIds,
        parts: DeskParts,
        scope: Scope,
    ) -> Self {
        Self { committer, ids, parts, scope, ret_days: retention.traces_days }
    }

    /// Encodes the rows of a range. Blocks.
    pub(super) fn prepare(
        &self,
        material: &mut Material,
        resources: &mut KnownResources,
        catalogue: Option<Block>,
        from: u64,
        to: u64,
    ) -> Prepared {
        let batch = &material.batch;
        let mut prepared =
            Prepared { from, to, tally: std::mem::take(&mut material.tally), ..Prepared::default() };
        for part in span_parts(batch, self.ret_days) {
            let now = self.committer.clock.unix_nanos();
            prepared.idempotent.extend(resources.block(batch, &part, now));
            // Ranges are committed in order and an insert that fails is repeated until the process ends, so a
            // resource that was prepared once is there before any later span.
            resources.remember(batch, &part);
            prepared.idempotent.push(trace_index_block(batch, &part));
            prepared.additive.push(span_block(batch, &part, self.ids.next_id()));
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
        let mut aside = Aside::new();
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
            let lost = aside.get(&(*signal, *org)).copied().unwrap_or_default();
            names::stored(*signal, *org).add(records.saturating_sub(lost));
            names::stored_bytes(*signal, *org).add(*bytes);
        }
        if let Some(oldest) = tally.oldest {
            let age = self.committer.clock.unix_nanos().saturating_sub(oldest);
            let age = std::time::Duration::from_nanos(u64::try_from(age).unwrap_or(0));
            names::freshness(Signal::Traces).record(age);
        }
    }

    /// Finishes what was open when the log was opened: a batch that is in the store is done, one that is not is made
    /// again from the same records and inserted under the same id.
    pub(super) async fn recover(&self, intents: &[Intent], boot_changed: bool) -> Result<(), Abandoned> {
        for ((from, to), open) in self.uncertain(intents, boot_changed).await? {
            let prepared = self.rebuild(from, to, open).await?;
            let refused = self.committer.insert_all(&prepared, false).await?;
            let mut aside = Aside::new();
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
        let mut aside = Aside::new();
        self.store_pieces(id, &open.batch.partition, pieces, false, &mut aside).await?;
        Ok(true)
    }

    async fn is_there(&self, open: &OpenBatch) -> Result<bool, Abandoned> {
        let Some(table) = sightline_store::Table::from_code(open.batch.table) else { return Ok(false) };
        let batch = &open.batch;
        self.committer.is_batch_there(table, &batch.partition, &batch.first_key, batch.id).await
    }

    /// Makes the blocks of open batches again.
    async fn rebuild(&self, from: u64, to: u64, open: Vec<OpenBatch>) -> Result<Prepared, Abandoned> {
        let mut prepared = Prepared { from, to, ..Prepared::default() };
        for batch in open {
            let wanted = batch.clone();
            let made = self
                .with_rows(from, to, &batch.batch.partition, move |material, part| {
                    let resources = KnownResources::new().block(&material.batch, part, material.arrived);
                    let index = trace_index_block(&material.batch, part);
                    let mut spans = span_block(&material.batch, part, wanted.batch.id);
                    // The key by which the first attempt can be found is the one that was noted for it.
                    spans.first_key = wanted.batch.first_key.to_vec();
                    (resources, index, spans, material.tally.clone())
                })
                .await?;
            let Some((resources, index, spans, tally)) = made else {
                self.committer.forget(batch.batch.id, &batch.batch.partition).await?;
                continue;
            };
            prepared.idempotent.extend(resources);
            prepared.idempotent.push(index);
            prepared.additive.push(spans);
            // The tally of a range is the same whichever of its batches is made.
            prepared.tally = tally;
        }
        Ok(prepared)
    }

    /// Decodes a range again and shows one partition of it; none when it has no rows there.
    pub(super) async fn with_rows<T: Send + 'static>(
        &self,
        from: u64,
        to: u64,
        partition: &str,
        show: impl Fn(&Material, &SpanPart) -> T + Clone + Send + 'static,
    ) -> Result<Option<T>, Abandoned> {
        let ret_days = Bucket::parse(partition).map_or(self.ret_days, |bucket| bucket.ret);
        loop {
            let (wal, parts) = (self.committer.wal.clone(), self.parts.clone());
            let (partition, show) = (partition.to_owned(), show.clone());
            let made = offload(&self.scope, "decode", move || {
                let material = decode_range(&wal, &parts, from, to)?;
                let all = span_parts(&material.batch, ret_days);
                let part = all.iter().find(|part| part.partition == partition);
                Ok::<_, sightline_wal::Error>(part.map(|part| show(&material, part)))
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

/// Decodes a range of the log. Blocks.
fn decode_range(wal: &Wal, parts: &DeskParts, from: u64, to: u64) -> Result<Material, sightline_wal::Error> {
    let mut material = Material::default();
    let broken = parts.broken.snapshot();
    for_each_chunk(wal, from, to, |records| {
        material.append(records, &parts.rules, &broken);
    })?;
    Ok(material)
}
