//! On the machine's own file system.

use std::sync::Arc;

use bytes::Bytes;
use sightline_runtime::SystemClock;
use tokio::task::JoinSet;

use super::ledger::{intent, read_all, record};
use crate::{Appended, Config, DiskFs, Error, NewRecord, Recovery, Wal};

fn open(dir: &std::path::Path) -> Result<(Wal, Recovery), Error> {
    let config = Config { segment_bytes: 256 << 10, ballast_bytes: 64 << 10, ..Config::new(dir) };
    Wal::open(config, &[1], Arc::new(DiskFs), Arc::new(SystemClock))
}

fn segments(dir: &std::path::Path) -> usize {
    let names =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".wal")).count()
}

async fn append_hundred(wal: Wal, task: u64) {
    for n in 0..100 {
        // Every tenth is sent by all tasks.
        let n = if n % 10 == 0 { n } else { task * 1000 + n };
        let record = NewRecord { received_at: 0, ..record(n) };
        wal.append(record).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_are_all_there_once_in_order_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (wal, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery, Recovery { next: [(1, 1)].into(), next_batch: 1, ..Recovery::default() });
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        tasks.spawn(append_hundred(wal.clone(), task));
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
    let expected = 8 * 90 + 10;
    let stats = wal.stats();
    assert_eq!((stats.last_seq, stats.records_pending, stats.records_deduplicated), (expected, expected, 70));
    assert!(stats.syncs < expected, "{} syncs for {expected} records", stats.syncs);
    assert!(matches!(open(dir.path()), Err(Error::Locked { .. })));
    let before = read_all(&wal);
    wal.close().await;
    let (wal, recovery) = open(dir.path()).unwrap();
    assert_eq!((recovery.records, recovery.torn_bytes, recovery.boot_changed), (expected, 0, false));
    assert!(read_all(&wal) == before);
    assert!(before.iter().zip(1..).all(|(record, seq)| record.seq == seq));
    wal.close().await;
}

#[tokio::test]
async fn sealing_removes_segments_and_their_keys_are_still_known_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (wal, _) = open(dir.path()).unwrap();
    for n in 0..400 {
        let record = NewRecord { payload: Bytes::from(record(3 * n + 1).payload.repeat(2)), ..record(n) };
        wal.append(record).await.unwrap();
    }
    let many = segments(dir.path());
    assert!(many > 2, "{many} segments");
    wal.intend(intent(1, 1, 400, &[5])).await.unwrap();
    assert_eq!(wal.sealable(), 0);
    wal.done(5).await.unwrap();
    wal.seal(wal.sealable()).await.unwrap();
    assert_eq!((segments(dir.path()), wal.stats().records_pending), (1, 0));
    assert!(wal.read(0, 1000).unwrap().is_empty());
    drop(wal.clone());
    wal.close().await;
    let (wal, recovery) = open(dir.path()).unwrap();
    assert_eq!((recovery.sealed, recovery.next[&1], recovery.next_batch), (400, 401, 6));
    assert_eq!(wal.append(record(0)).await.unwrap(), Appended::Duplicate { seq: 1 });
    assert_eq!(wal.append(record(1000)).await.unwrap(), Appended::Stored { seq: 401 });
    wal.close().await;
}
