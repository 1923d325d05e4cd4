//! A scripted ingest with a ledger of what was promised, and the check of the promise after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sightline_runtime::ManualClock;

use crate::sim::{Loss, SimFs};
use crate::{Appended, Batch, Config, Error, Intent, NewRecord, Record, Recovery, Wal};

pub(super) const CONSUMERS: [u8; 2] = [1, 2];

/// A small log, so that a short script rotates.
pub(super) fn config() -> Config {
    Config {
        segment_bytes: 8 * 1024,
        disk_bytes_max: 1 << 20,
        ballast_bytes: 0,
        linger: Duration::ZERO,
        ..Config::new("/wal")
    }
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(1_700_000_000_000_000_000))
}

pub(super) fn open(fs: &SimFs) -> Result<(Wal, Recovery), Error> {
    Wal::open(config(), &CONSUMERS, Arc::new(fs.clone()), clock())
}

pub(super) fn segment_files(fs: &SimFs) -> Vec<PathBuf> {
    let is_segment =
        |path: &PathBuf| path.starts_with("/wal") && path.extension().is_some_and(|e| e == "wal");
    fs.files().into_iter().filter(|path| is_segment(path) && !path.starts_with("/wal/quarantine")).collect()
}

/// Record `n`: two of three cannot be compressed; sizes differ.
pub(super) fn record(n: u64) -> NewRecord {
    let size = usize::try_from(600 + n * 397 % 1500).unwrap();
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let noise = (0..size).map(|_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        if n.is_multiple_of(3) { b'a' } else { x.to_le_bytes()[4] }
    });
    NewRecord {
        org: 7,
        signal: 1,
        received_at: i64::try_from(n).unwrap(),
        count: 3,
        key: u128::from(n + 1).to_le_bytes(),
        context: Bytes::from(n.to_string()),
        payload: noise.collect(),
    }
}

pub(super) fn intent(consumer: u8, from: u64, to: u64, ids: &[u64]) -> Intent {
    let batch = |id: &u64| Batch {
        id: *id,
        table: consumer,
        partition: format!("2026-{id}"),
        first_key: Bytes::from(id.to_string()),
        rows: 5,
    };
    Intent { consumer, from, to, batches: ids.iter().map(batch).collect() }
}

/// What was tried and what was promised.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    /// Record number in the script -> its sequence number when the append returned.
    pub records: BTreeMap<u64, Option<u64>>,
    pub intents: Vec<(Intent, bool)>,
    pub done: BTreeMap<u64, bool>,
    pub sealed_tried: u64,
    pub sealed: u64,
    /// A fault in the script may have cost a DONE marker, which is only looked for again.
    pub has_faults: bool,
}

impl Ledger {
    /// Appends record `n`.
    pub(super) async fn append(&mut self, wal: &Wal, n: u64) -> Result<u64, Error> {
        self.records.entry(n).or_default();
        let (Appended::Stored { seq } | Appended::Duplicate { seq }) = wal.append(record(n)).await?;
        self.records.insert(n, Some(seq));
        Ok(seq)
    }

    async fn intend(&mut self, wal: &Wal, intent: Intent) -> Result<(), Error> {
        self.intents.push((intent.clone(), false));
        wal.intend(intent).await?;
        self.intents.last_mut().unwrap().1 = true;
        Ok(())
    }

    async fn done(&mut self, wal: &Wal, batch: u64) -> Result<(), Error> {
        self.done.entry(batch).or_default();
        wal.done(batch).await?;
        self.done.insert(batch, true);
        Ok(())
    }

    async fn seal(&mut self, wal: &Wal) -> Result<(), Error> {
        let up_to = wal.sealable();
        self.sealed_tried = up_to;
        wal.seal(up_to).await?;
        self.sealed = up_to;
        Ok(())
    }

    /// Runs `rounds` rounds of ingest until something fails. In each, three records are appended; then consumer 1 puts
    /// them into two batches and consumer 2, whose ranges are longer, into one; most are done, and now and then what
    /// can be sealed is sealed. Different ranges, so that sealing cuts through them.
    pub(super) async fn run(&mut self, wal: &Wal, rounds: u64) -> Result<(), Error> {
        let mut next = wal.stats().last_seq + 1;
        let mut slow_next = next;
        for round in 0..rounds {
            for n in 0..3 {
                self.append(wal, round * 3 + n).await?;
            }
            let last = wal.stats().last_seq;
            let id = 100 + round * 10;
            self.intend(wal, intent(1, next, last, &[id, id + 1])).await?;
            self.done(wal, id).await?;
            if round % 2 == 1 {
                self.intend(wal, intent(2, slow_next, last - 1, &[id + 2])).await?;
                self.done(wal, id + 2).await?;
                slow_next = last;
            }
            if round % 4 != 3 {
                self.done(wal, id + 1).await?;
            } else {
                self.done(wal, id - 9).await?;
            }
            next = last + 1;
            if round % 2 == 1 {
                self.seal(wal).await?;
            }
        }
        Ok(())
    }

    /// Checks every promise on a machine that was started again.
    pub(super) async fn check(&self, fs: &SimFs, loss: Loss) {
        let (wal, recovery) = open(fs).unwrap();
        assert_eq!((recovery.lost_records(), &recovery.quarantined[..]), (0, &[][..]), "false alarm");
        assert_eq!(recovery.uncertain, []);
        assert!((self.sealed..=self.sealed_tried).contains(&recovery.sealed), "{recovery:?}");
        let read = read_all(&wal);
        self.check_records(&recovery, &read);
        self.check_intents(&recovery, loss);
        self.check_appends(&wal, &read, &recovery).await;
        wal.close().await;
    }

    fn check_records(&self, recovery: &Recovery, read: &[Record]) {
        let by_seq: BTreeMap<u64, &Record> = read.iter().map(|record| (record.seq, record)).collect();
        assert_eq!(by_seq.len(), read.len(), "a number twice");
        let keys: BTreeSet<[u8; 16]> = read.iter().map(|record| record.key).collect();
        assert_eq!(keys.len(), read.len(), "a key twice");
        assert_eq!(recovery.records, read.len() as u64);
        for (n, seq) in self.records.iter().filter_map(|(n, seq)| Some((n, (*seq)?))) {
            if seq > recovery.sealed {
                let got =
                    by_seq.get(&seq).unwrap_or_else(|| panic!("acknowledged record {n} ({seq}) is gone"));
                check_content(*n, got);
            }
        }
        for got in read {
            let n = u64::try_from(got.received_at).unwrap();
            assert!(self.records.contains_key(&n), "a record nobody appended");
            check_content(n, got);
        }
        assert!(read.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq), "numbers with gaps");
    }

    fn check_intents(&self, recovery: &Recovery, loss: Loss) {
        for (tried, is_durable) in &self.intents {
            self.check_batches(tried, *is_durable, recovery, loss);
            let next = recovery.next[&tried.consumer];
            assert!(!is_durable || next > tried.to, "a durable intent is forgotten: {recovery:?}");
        }
        for open in &recovery.open {
            let is_known = |batch| self.intents.iter().any(|(tried, _)| tried.batches.contains(batch));
            assert!(open.batches.iter().all(is_known), "an intent nobody wrote");
        }
        let ids = self.intents.iter().filter(|(_, ok)| *ok).flat_map(|(i, _)| &i.batches).map(|b| b.id);
        assert!(ids.max().is_none_or(|id| recovery.next_batch > id));
    }

    fn check_batches(&self, tried: &Intent, is_durable: bool, recovery: &Recovery, loss: Loss) {
        let is_sealed = tried.from <= recovery.sealed;
        let reported = recovery.open.iter().find(|i| (i.consumer, i.from) == (tried.consumer, tried.from));
        for batch in &tried.batches {
            let is_reported = reported.is_some_and(|i| i.batches.contains(batch));
            let is_done = self.done.get(&batch.id).copied();
            let must = is_durable && !is_sealed && (loss != Loss::Killed || is_done.is_none());
            let must_not = is_sealed || is_done == Some(true) && loss == Loss::Killed && !self.has_faults;
            let context = format!("batch {} {is_done:?}, sealed {is_sealed}: {recovery:?}", batch.id);
            assert!(is_reported || !must, "{context}");
            assert!(!is_reported || !must_not, "{context}");
        }
    }

    /// Everything sent again is stored exactly once, and the next number is right.
    async fn check_appends(&self, wal: &Wal, read: &[Record], recovery: &Recovery) {
        let last = read.last().map_or(recovery.sealed, |record| record.seq).max(recovery.sealed);
        assert!(
            self.records.values().flatten().all(|seq| *seq <= last),
            "acknowledged number beyond the last"
        );
        let fresh = wal.append(record(1000)).await.unwrap();
        assert_eq!(fresh, Appended::Stored { seq: last + 1 });
        for (n, seq) in &self.records {
            let again = wal.append(record(*n)).await.unwrap();
            if let Some(seq) = seq {
                assert_eq!(again, Appended::Duplicate { seq: *seq }, "record {n} sent again");
            }
        }
        let all = read_all(wal);
        let keys: BTreeSet<[u8; 16]> = all.iter().map(|record| record.key).collect();
        assert_eq!(keys.len(), all.len(), "a key twice after sending again");
    }
}

fn check_content(n: u64, got: &Record) {
    let NewRecord { org, signal, received_at, count, key, context, payload } = record(n);
    let seq = got.seq;
    let whole = Record { seq, org, signal, received_at, count, key, context, payload };
    assert!(*got == whole, "record {n} differs");
}

/// Reads everything in pieces.
pub(super) fn read_all(wal: &Wal) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let from = all.last().map_or(0, |record| record.seq + 1);
        let piece = wal.read(from, 4000).unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend(piece);
    }
}
