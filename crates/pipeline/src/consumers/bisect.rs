//! A batch that the store refuses for good: its bad records are found by halving, put aside, and the rest is stored.

use sightline_model::{OrgId, Signal};
use sightline_store::{Block, Part, Table};
use sightline_wal::Record;

use super::material::{Material, put_aside, read_up_to};
use super::storing::{Aside, Place, Storing};
use crate::exporters::{Abandoned, Piece, Verdict};
use crate::offload;
use crate::signals::Rows;

impl Storing {
    /// Stores what can be stored of a refused batch, which is open in the log and known to be absent. `block` is all of
    /// its rows.
    pub(super) async fn bisect(
        &self,
        from: u64,
        to: u64,
        block: &Block,
        aside: &mut Aside,
    ) -> Result<(), Abandoned> {
        let whole = Piece { id: block.batch, from, to };
        let mut pieces = Vec::new();
        self.split_or_give_up(whole, records(block), &mut pieces, aside).await?;
        let place = Place { table: block.table, partition: block.partition.clone() };
        self.store_pieces(block.batch, &place, pieces, true, aside).await
    }

    /// Stores the pieces of a refused batch, and notes it as done.
    ///
    /// The pieces are noted in a file before the first of them is inserted; from then on the batch is looked for under
    /// their ids and no more under its own. So whatever dies in between, no row is inserted under two ids. (The log
    /// takes no second intent for a range, hence the file.)
    pub(super) async fn store_pieces(
        &self,
        batch: u64,
        place: &Place,
        mut pieces: Vec<Piece>,
        are_new: bool,
        aside: &mut Aside,
    ) -> Result<(), Abandoned> {
        self.note(batch, &pieces).await?;
        while let Some(piece) = pieces.pop() {
            let id = piece.id;
            let make = move |_: &Material, rows: &dyn Rows, part: &Part| rows.block(part, id);
            let Some(block) = self.with_rows(piece.from, piece.to, place, make).await? else { continue };
            if self.committer.insert_once(&block, are_new).await? == Verdict::Stored {
                continue;
            }
            self.split_or_give_up(piece, records(&block), &mut pieces, aside).await?;
            self.note(batch, &pieces).await?;
        }
        self.committer.done(batch).await?;
        let letters = self.parts.letters.clone();
        // A file that stays behind is of a batch that is never open again.
        drop(offload(&self.scope, "put aside", move || letters.forget_pieces(batch)).await);
        Ok(())
    }

    /// Halves a refused piece; one of a single record is put aside.
    async fn split_or_give_up(
        &self,
        piece: Piece,
        rows: u64,
        pieces: &mut Vec<Piece>,
        aside: &mut Aside,
    ) -> Result<(), Abandoned> {
        if piece.from == piece.to {
            return self.give_up(piece.from, rows, aside).await;
        }
        let middle = piece.from + (piece.to - piece.from) / 2;
        for (from, to) in [(piece.from, middle), (middle + 1, piece.to)] {
            pieces.push(Piece { id: self.ids.next_id(), from, to });
        }
        Ok(())
    }

    async fn note(&self, batch: u64, pieces: &[Piece]) -> Result<(), Abandoned> {
        let (letters, pieces) = (self.parts.letters.clone(), pieces.to_vec());
        let noted = offload(&self.scope, "put aside", move || letters.keep_pieces(batch, &pieces)).await;
        match noted {
            Some(Ok(_)) => Ok(()),
            // The batch stays open in the log and is tried again after the next start: nothing is lost.
            failed => {
                tracing::error!(?failed, batch, "the pieces of a refused batch cannot be noted");
                Err(Abandoned)
            }
        }
    }

    /// Puts a request aside whose `rows` in one table are refused. Never more than its records count as lost: some of
    /// its rows are no records (the zero at the start of a sum), and other tables may have refused rows of it before.
    async fn give_up(&self, seq: u64, rows: u64, aside: &mut Aside) -> Result<(), Abandoned> {
        let (wal, letters) = (self.committer.wal.clone(), self.parts.letters.clone());
        let lost_before = aside.of_request(seq);
        let kept = offload(&self.scope, "put aside", move || -> Result<Option<(Record, u64)>, String> {
            let records = read_up_to(&wal, seq, seq).map_err(|error| error.to_string())?;
            let Some(record) = records.into_iter().next() else { return Ok(None) };
            let lost = rows.min(u64::from(record.count).saturating_sub(lost_before));
            put_aside(&letters, &record, lost).map_err(|error| error.to_string())?;
            Ok(Some((record, lost)))
        })
        .await;
        let kept = kept.unwrap_or_else(|| Err("a defect".to_owned()));
        let record = kept.map_err(|error| {
            // Its batch stays open in the log and is tried again after the next start: nothing is lost.
            tracing::error!(error, seq, "a refused record cannot be put aside");
            Abandoned
        })?;
        if let Some((record, lost)) = record {
            let signal = Signal::from_code(record.signal).unwrap_or(Signal::Traces);
            aside.add(signal, OrgId(record.org), seq, lost);
        }
        Ok(())
    }
}

/// Returns how many rows of a block are records: exemplars belong to points that are counted elsewhere.
fn records(block: &Block) -> u64 {
    if block.table == Table::Exemplars { 0 } else { u64::from(block.rows) }
}
