//! Where records become rows: decoding, counting and encoding, all on the blocking pool.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sightline_model::{OrgId, Signal};
use sightline_runtime::Clock;
use sightline_wal::Record;

use super::catalogue::Catalogue;
use super::counting::Counting;
use super::feeder::Cursors;
use super::material::{Material, Rules, put_aside};
use super::red::Windows;
use super::storing::Storing;
use crate::config::Flush;
use crate::door::Backlog;
use crate::exporters::{DeadLetters, Prepared};
use crate::names;
use crate::signals::Known;

/// Heap that a desk may keep between two batches; a larger one is given back.
const KEPT_BYTES_MAX: usize = 96 << 20;

/// Numbers of records that make the decoder panic: put aside instead of decoded. Clones share the set.
#[derive(Debug, Clone, Default)]
pub(super) struct Broken(Arc<Mutex<BTreeSet<u64>>>);

impl Broken {
    pub(super) fn add(&self, seqs: BTreeSet<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(seqs);
    }

    pub(super) fn snapshot(&self) -> BTreeSet<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Which consumers the rows on the desk are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) store: bool,
    pub(super) count: bool,
}

/// What a desk needs to know.
#[derive(Clone)]
pub(super) struct DeskParts {
    pub(super) rules: Arc<Rules>,
    pub(super) windows: super::red::Caps,
    pub(super) broken: Broken,
    pub(super) letters: DeadLetters,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) backlog: Arc<Backlog>,
    /// Days that the catalogue is kept.
    pub(super) catalogue_days: u16,
    /// Records up to here were appended by an earlier process.
    pub(super) recovered_to: u64,
}

/// Rows that are not committed yet.
pub(super) struct Desk {
    parts: DeskParts,
    material: Material,
    aside: Vec<Record>,
    windows: Windows,
    catalogue: Catalogue,
    known: Known,
    wants: Option<Wants>,
}

/// What a desk gave.
#[derive(Default)]
pub(super) struct Flushed {
    /// For the store.
    pub(super) stored: Option<Prepared>,
    /// Counted windows.
    pub(super) counted: Option<Prepared>,
    /// Whether windows are left on the desk.
    pub(super) is_counting: bool,
    /// How long the catalogue may wait for a batch to be written with.
    pub(super) catalogue_wait: Option<Duration>,
}

impl Desk {
    pub(super) fn new(parts: DeskParts) -> Self {
        Self {
            windows: Windows::new(parts.windows),
            catalogue: Catalogue::new(parts.catalogue_days, Arc::clone(&parts.clock)),
            known: Known::new(parts.rules.events.clone()),
            material: Material::new(),
            aside: Vec::new(),
            wants: None,
            parts,
        }
    }

    /// Tells whether the rows should be committed before more come.
    pub(super) fn is_full(&self, rules: &Flush) -> bool {
        self.material.len() >= rules.rows_max || self.material.bytes >= rules.bytes_max
    }

    /// Tells whether the rows are for others than those that want the next record.
    pub(super) fn is_for_others(&self, wants: Wants) -> bool {
        self.wants.is_some_and(|own| own != wants)
    }

    /// Appends a chunk of the log that was read up to `to`. Returns the last record that was passed.
    pub(super) fn append(&mut self, records: &[Record], wants: Wants, to: u64) -> u64 {
        self.wants = Some(wants);
        if records.is_empty() {
            // The log counts what it lost and tells why.
            tracing::error!(to, "records of the log cannot be read any more");
            self.material.last = Some(to);
            return to;
        }
        if wants.store {
            self.note_recovered(records);
        }
        let unreadable = self.material.append(records, &self.parts.rules, &self.parts.broken.snapshot());
        if wants.store {
            self.aside.extend(unreadable);
        }
        self.material.last.unwrap_or(to)
    }

    /// Records from before the start were counted as waiting by a process that is gone.
    fn note_recovered(&self, records: &[Record]) {
        for record in records.iter().filter(|record| record.seq <= self.parts.recovered_to) {
            let signal = Signal::from_code(record.signal).unwrap_or(Signal::Traces);
            names::in_wal(signal, OrgId(record.org)).add(i64::from(record.count));
            self.parts.backlog.add(u64::from(record.count));
        }
    }

    /// Turns the rows into ranges to commit and moves the cursors behind them. An error leaves all as it was.
    pub(super) fn flush(
        &mut self,
        cursors: &mut Cursors,
        storing: &Storing,
        counting: &Counting,
        red_is_due: bool,
        is_last: bool,
    ) -> std::io::Result<Flushed> {
        self.put_aside()?;
        let mut flushed = Flushed::default();
        if let (Some(to), Some(wants)) = (self.material.last, self.wants.take()) {
            if wants.count {
                self.material.count(&mut self.windows);
            }
            if wants.store {
                self.material.count_notes();
                self.catalogue.observe(self.material.batches().map(|batch| &*batch.rows));
                let seen = self.catalogue.take(is_last);
                let (rows, known) = (&mut self.material, &mut self.known);
                flushed.stored = Some(storing.prepare(rows, known, seen, cursors.store, to));
                cursors.store = to + 1;
            }
            self.clear();
        }
        if red_is_due && cursors.red < cursors.position {
            let rows = self.windows.take();
            flushed.counted = Some(counting.prepare(&rows, cursors.red, cursors.position - 1));
            cursors.red = cursors.position;
        }
        if flushed.stored.is_none() {
            flushed.stored = self.catalogue.take(is_last).map(Prepared::beside_the_log);
        }
        flushed.catalogue_wait = self.catalogue.wait();
        flushed.is_counting = cursors.red < cursors.position;
        Ok(flushed)
    }

    fn put_aside(&mut self) -> std::io::Result<()> {
        while let Some(record) = self.aside.last() {
            put_aside(&self.parts.letters, record, u64::from(record.count))?;
            let signal = Signal::from_code(record.signal).unwrap_or(Signal::Traces);
            names::in_wal(signal, OrgId(record.org)).add(-i64::from(record.count));
            self.aside.pop();
        }
        Ok(())
    }

    fn clear(&mut self) {
        if self.material.heap_bytes() > KEPT_BYTES_MAX {
            self.material = Material::new();
        } else {
            self.material.clear();
        }
    }

    /// Decodes and counts one record alone; panics when the decoder does.
    pub(super) fn try_decode(parts: &DeskParts, record: &Record) {
        let mut material = Material::new();
        material.append(std::slice::from_ref(record), &parts.rules, &BTreeSet::new());
        material.count(&mut Windows::new(parts.windows));
    }
}
