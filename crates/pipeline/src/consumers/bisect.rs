//! A batch that the store refuses for good: its bad records are found by halving, put aside, and the rest is stored.

use bytes::Bytes;
use sightline_model::{OrgId, Signal};
use sightline_store::{Block, span_block};
use sightline_wal::{Batch, Record};

use super::material::{put_aside, read_up_to};
use super::recover::partition_of_part;
use super::storing::{Aside, Storing};
use crate::exporters::{Abandoned, Verdict};
use crate::offload;

/// A refused block and the records whose rows of one partition it has.
struct Suspect {
    from: u64,
    to: u64,
    block: Block,
}

impl Storing {
    /// Stores what can be stored of a refused block of a range. Its batch is open and known to be absent.
    ///
    /// The halves are noted in one intent before the refused batch is noted as done and before anything of them is
    /// inserted, so whatever dies in between, the rows are looked for under exactly one set of ids (`recover::plan`).
    pub(super) async fn bisect(
        &self,
        from: u64,
        to: u64,
        block: Block,
        aside: &mut Aside,
    ) -> Result<(), Abandoned> {
        let mut suspects = vec![Suspect { from, to, block }];
        while let Some(suspect) = suspects.pop() {
            let halves = self.halves(&suspect).await?;
            if halves.is_empty() {
                self.give_up(&suspect, aside).await?;
                continue;
            }
            self.committer.intend_batches(from, to, halves.iter().map(Suspect::batch).collect()).await?;
            self.committer.done(suspect.block.batch).await?;
            for half in halves {
                match self.committer.insert_once(&half.block, true).await? {
                    Verdict::Stored => self.committer.done(half.block.batch).await?,
                    Verdict::Refused => suspects.push(half),
                }
            }
        }
        Ok(())
    }

    /// Makes two smaller blocks of a block; none when it is of one record.
    async fn halves(&self, suspect: &Suspect) -> Result<Vec<Suspect>, Abandoned> {
        let (from, to) = (suspect.from, suspect.to);
        if from == to {
            return Ok(Vec::new());
        }
        let middle = from + (to - from) / 2;
        let mut halves = Vec::with_capacity(2);
        for (from, to) in [(from, middle), (middle + 1, to)] {
            let id = self.ids.next_id();
            let make = move |material: &super::material::Material, part: &sightline_store::SpanPart| {
                span_block(&material.batch, part, id)
            };
            let made = self.with_rows(from, to, &suspect.block.partition, make).await?;
            halves.extend(made.map(|block| Suspect { from, to, block }));
        }
        Ok(halves)
    }

    /// Puts the one record of a block aside.
    async fn give_up(&self, suspect: &Suspect, aside: &mut Aside) -> Result<(), Abandoned> {
        let (wal, letters, seq) = (self.committer.wal.clone(), self.parts.letters.clone(), suspect.to);
        let rows = u64::from(suspect.block.rows);
        let kept = offload(&self.scope, "put aside", move || -> Result<Option<Record>, String> {
            let records = read_up_to(&wal, seq, seq).map_err(|error| error.to_string())?;
            let Some(record) = records.into_iter().next() else { return Ok(None) };
            put_aside(&letters, &record, rows).map_err(|error| error.to_string())?;
            Ok(Some(record))
        })
        .await;
        let kept = kept.unwrap_or_else(|| Err("a defect".to_owned()));
        let record = kept.map_err(|error| {
            // Its batch stays open in the log and is tried again after the next start: nothing is lost.
            tracing::error!(error, seq, "a refused record cannot be put aside");
            Abandoned
        })?;
        if let Some(record) = record {
            let signal = Signal::from_code(record.signal).unwrap_or(Signal::Traces);
            *aside.entry((signal, OrgId(record.org))).or_default() += rows;
        }
        self.committer.done(suspect.block.batch).await
    }
}

impl Suspect {
    fn batch(&self) -> Batch {
        Batch {
            id: self.block.batch,
            table: self.block.table.code(),
            partition: partition_of_part(&self.block.partition, self.from, self.to),
            first_key: Bytes::from(self.block.first_key.clone()),
            rows: self.block.rows,
        }
    }
}
