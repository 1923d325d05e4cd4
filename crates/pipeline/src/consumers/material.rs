//! Records of the log as rows, with what is worth counting about them.

use std::collections::BTreeSet;

use sightline_model::{Nanos, OrgId, RejectReason, Signal};
use sightline_otlp::{AppendContext, Appended, Limits, Tenancy};
use sightline_runtime::Scope;
use sightline_store::{Bucket, Part, Table};
use sightline_wal::{Record, Wal};

use super::desk::{Desk, DeskParts};
use super::red::Windows;
use crate::config::Config;
use crate::envelope::Envelope;
use crate::event_names::Prefixes;
use crate::exporters::{DeadLetters, Tally};
use crate::names;
use crate::offload;
use crate::signals::{Rows, SIGNALS, Spec};

/// Bytes that are read from the log at a time.
pub(super) const READ_BYTES: usize = 4 << 20;

/// How records are decoded: the same for every range, so that a range decoded again gives the same rows.
#[derive(Debug)]
pub(super) struct Rules {
    limits: Limits,
    tenancy: Tenancy,
    /// Which log records are events too.
    pub(super) events: Prefixes,
}

impl Rules {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            limits: (&config.limits).into(),
            tenancy: Tenancy::new(&config.tenancy.captured_headers),
            events: Prefixes::new(&config.events),
        }
    }
}

/// Rows of a range of the log, by signal.
pub(super) struct Material {
    /// Batches of the signals that are wanted.
    batches: Vec<Batch>,
    /// Whose the rows are.
    pub(super) tally: Tally,
    /// When the last record arrived.
    pub(super) arrived: Nanos,
    /// Bytes of the requests.
    pub(super) bytes: usize,
    /// The last record that was looked at.
    pub(super) last: Option<u64>,
}

/// Rows of one signal.
pub(super) struct Batch {
    pub(super) spec: &'static Spec,
    pub(super) rows: Box<dyn Rows>,
    /// Counted once, when a range is first decoded.
    notes: Appended,
}

impl Material {
    /// Makes room for every signal.
    pub(super) fn new() -> Self {
        Self::of(|_| true)
    }

    /// Makes room for the signals whose records are counted; records of the others are passed over.
    pub(super) fn counted() -> Self {
        Self::of(|spec| spec.is_counted)
    }

    fn of(is_wanted: impl Fn(&Spec) -> bool) -> Self {
        let batch = |spec: &'static Spec| Batch { spec, rows: (spec.rows)(), notes: Appended::default() };
        let batches = SIGNALS.iter().filter(|spec| is_wanted(spec)).map(batch).collect();
        Self { batches, tally: Tally::default(), arrived: 0, bytes: 0, last: None }
    }

    /// Forgets all rows, keeps the memory.
    pub(super) fn clear(&mut self) {
        for batch in &mut self.batches {
            batch.rows.clear();
            batch.notes = Appended::default();
        }
        (self.tally, self.arrived, self.bytes, self.last) = (Tally::default(), 0, 0, None);
    }

    /// Returns the batches of rows, those without rows too.
    pub(super) fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.iter()
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.len()).sum()
    }

    /// Returns the bytes held on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows.heap_bytes()).sum()
    }

    /// Appends records, except those known to be `broken`. Returns the ones that cannot be decoded although the door
    /// let them in (a defect of ours, or a log of a later version); nothing of them is in the rows.
    pub(super) fn append(
        &mut self,
        records: &[Record],
        rules: &Rules,
        broken: &BTreeSet<u64>,
    ) -> Vec<Record> {
        let mut unreadable = Vec::new();
        for record in records {
            self.last = Some(record.seq);
            if broken.contains(&record.seq) || !self.append_one(record, rules) {
                unreadable.push(record.clone());
            }
        }
        unreadable
    }

    fn append_one(&mut self, record: &Record, rules: &Rules) -> bool {
        let Ok(envelope) = Envelope::from_record(record) else { return false };
        let signal = envelope.signal;
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.spec.signal == signal) else {
            return Spec::of(signal).is_some();
        };
        let scope = &envelope.scope;
        let context = AppendContext {
            org: scope.org,
            binding: &scope.binding,
            tenancy: &rules.tenancy,
            limits: &rules.limits,
            received_at: envelope.received_at,
        };
        let Ok(appended) = batch.rows.append(&envelope.body, &context) else { return false };
        batch.notes += appended;
        self.arrived = self.arrived.max(envelope.received_at);
        self.bytes += envelope.body.len();
        let records = u64::from(appended.records);
        self.tally.add(signal, scope.org, records, envelope.body.len(), envelope.received_at);
        true
    }

    /// Counts requests in windows.
    pub(super) fn count(&self, windows: &mut Windows) {
        self.batches.iter().for_each(|batch| batch.rows.count(windows, self.arrived));
    }

    /// Counts the properties of the records, once.
    pub(super) fn count_notes(&mut self) {
        for batch in &mut self.batches {
            for (name, n) in std::mem::take(&mut batch.notes).notes().filter(|(_, n)| *n > 0) {
                names::noted(name, batch.spec.signal).add(u64::from(n));
            }
        }
    }

    /// Finds the rows that belong to a partition of a table.
    pub(super) fn part(&self, table: Table, partition: &str) -> Option<(&dyn Rows, Part)> {
        let ret_days = Bucket::parse(partition)?.ret;
        let parts = self.batches.iter().map(|batch| (&*batch.rows, batch.rows.parts(ret_days)));
        let all = parts.flat_map(|(rows, parts)| parts.into_iter().map(move |part| (rows, part)));
        all.into_iter().find(|(_, part)| part.table == table && part.partition == partition)
    }
}

/// Puts a record aside for good and counts how many of its rows are not stored.
pub(super) fn put_aside(letters: &DeadLetters, record: &Record, rows: u64) -> std::io::Result<()> {
    let path = letters.keep_record(record)?;
    let signal = Signal::from_code(record.signal).unwrap_or(Signal::Traces);
    let org = OrgId(record.org);
    names::rejected(signal, RejectReason::Internal, Some(org)).add(rows);
    tracing::error!(seq = record.seq, %org, path = %path.display(), "a request was put aside");
    Ok(())
}

/// Reads a chunk of the log, but nothing after `to`. Blocks.
pub(super) fn read_up_to(wal: &Wal, from: u64, to: u64) -> Result<Vec<Record>, sightline_wal::Error> {
    let mut records = wal.read(from, READ_BYTES)?;
    records.retain(|record| record.seq <= to);
    Ok(records)
}

/// Reads a range of the log, chunk by chunk. Blocks.
pub(super) fn for_each_chunk(
    wal: &Wal,
    from: u64,
    to: u64,
    mut each: impl FnMut(&[Record]),
) -> Result<(), sightline_wal::Error> {
    let mut next = from;
    while next <= to {
        let records = read_up_to(wal, next, to)?;
        let Some(last) = records.last().map(|record| record.seq) else { break };
        each(&records);
        next = last + 1;
    }
    Ok(())
}

/// Finds the records of a range that make the decoder panic, and remembers them as broken.
pub(super) async fn find_broken(scope: &Scope, wal: &Wal, parts: &DeskParts, from: u64, to: u64) {
    let mut next = from;
    let mut broken = BTreeSet::new();
    let mut all = BTreeSet::new();
    while next <= to {
        let log = wal.clone();
        let read = offload(scope, "decode", move || read_up_to(&log, next, to)).await;
        let records = read.and_then(Result::ok).unwrap_or_default();
        let Some(last) = records.last().map(|record| record.seq) else { break };
        for record in records {
            let (seq, parts) = (record.seq, parts.clone());
            all.insert(seq);
            if offload(scope, "decode", move || Desk::try_decode(&parts, &record)).await.is_none() {
                broken.insert(seq);
            }
        }
        next = last + 1;
    }
    // When each decodes alone it is their sum that does not: all are kept where a person can look.
    let blamed = if broken.is_empty() { all } else { broken };
    tracing::error!(seqs = ?blamed, "requests that cannot be decoded are put aside");
    parts.broken.add(blamed);
}
