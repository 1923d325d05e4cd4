//! The disk fails; nothing unsynced is acknowledged, nothing acknowledged is lost (faults A.14, B.22-25).

use std::io::ErrorKind;
use std::sync::Arc;

use super::ledger::{CONSUMERS, Ledger, clock, config, intent, open, read_all, record};
use crate::sim::{Call, Loss, SimFs};
use crate::{Appended, Config, Error, Kind, NewRecord, Wal};

const EIO: ErrorKind = ErrorKind::Other;

const CALLS: [Call; 8] = [
    Call::Create,
    Call::Allocate,
    Call::Write,
    Call::SetSize,
    Call::Sync,
    Call::Rename,
    Call::Remove,
    Call::SyncDir,
];

/// Runs the script with one call failing once; false when there is no such call.
async fn check_fault(call: Call, nth: u64) -> bool {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    fs.fail(call, nth, false, EIO);
    let mut ledger = Ledger { has_faults: true, ..Ledger::default() };
    let is_through = ledger.run(&wal, 6).await.is_ok();
    // What failed is tried again, and the log goes on.
    if !is_through {
        ledger.append(&wal, 500).await.unwrap();
    }
    let count = fs.calls().iter().filter(|(c, _)| *c == call).count() as u64;
    drop(wal);
    for loss in [Loss::Killed, Loss::Unsynced, Loss::Some(nth)] {
        ledger.check(&fs.restart(loss), loss).await;
    }
    !is_through || count > nth
}

#[tokio::test]
async fn any_call_failing_once_costs_no_acknowledged_record() {
    for call in CALLS {
        let mut nth = 0;
        while check_fault(call, nth).await {
            nth += 1;
        }
    }
}

#[tokio::test]
async fn a_failed_sync_is_never_tried_again_on_that_segment() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let mut ledger = Ledger { has_faults: true, ..Ledger::default() };
    ledger.append(&wal, 0).await.unwrap();
    fs.fail(Call::Sync, 0, false, EIO);
    let refused = ledger.append(&wal, 1).await.unwrap_err();
    assert_eq!((refused.kind(), refused.retry()), (Kind::Unavailable, true), "{refused}");
    let before = fs.calls().len();
    let failed = fs.calls().iter().rfind(|(call, _)| *call == Call::Sync).unwrap().1.clone();
    assert!(wal.stats().is_ready, "one failure is none yet");
    assert_eq!(ledger.append(&wal, 1).await.unwrap(), 2, "the number was never seen");
    let again = fs.calls()[before..].iter().any(|(call, path)| *call == Call::Sync && *path == failed);
    assert!(!again, "{failed:?} was synced again");
    drop(wal);
    ledger.check(&fs.restart(Loss::Unsynced), Loss::Unsynced).await;
}

#[tokio::test]
async fn a_disk_that_fails_always_makes_the_log_not_ready_until_it_works_again() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let mut ledger = Ledger { has_faults: true, ..Ledger::default() };
    ledger.append(&wal, 0).await.unwrap();
    fs.fail(Call::Sync, 0, true, EIO);
    for n in 1..4 {
        assert_eq!(ledger.append(&wal, n).await.unwrap_err().kind(), Kind::Unavailable);
    }
    assert!(!wal.stats().is_ready);
    assert_eq!(read_all(&wal).len(), 1, "reading goes on");
    fs.heal();
    ledger.append(&wal, 4).await.unwrap();
    assert!(wal.stats().is_ready);
    drop(wal);
    ledger.check(&fs.restart(Loss::Unsynced), Loss::Unsynced).await;
}

/// Appends until the log refuses, first usual records, then tiny ones into every gap; returns the record that was
/// refused, and why.
async fn fill(wal: &Wal) -> (u64, Error) {
    let mut is_tiny = false;
    for n in 1..10_000 {
        let payload = if is_tiny { bytes::Bytes::new() } else { record(n).payload };
        match wal.append(NewRecord { payload, ..record(n) }).await {
            Err(error) if is_tiny => return (n, error),
            Err(_) => is_tiny = true,
            Ok(_) => {}
        }
    }
    panic!("never full");
}

/// Lets both consumers store and seal everything.
async fn drain(wal: &Wal) {
    let last = wal.stats().last_seq;
    let mut from = 1;
    while from <= last {
        let to = last.min(from + 7);
        wal.intend(intent(1, from, to, &[from, 1000 + from])).await.unwrap();
        wal.intend(intent(2, from, to, &[2000 + from])).await.unwrap();
        for batch in [from, 1000 + from, 2000 + from] {
            wal.done(batch).await.unwrap();
        }
        assert_eq!(wal.sealable(), to);
        wal.seal(to).await.unwrap();
        from = to + 1;
    }
}

/// Fills the log until it refuses, checks that consumers can go on, and that this makes room.
async fn check_full(fs: &SimFs, config: Config, limit: &str) {
    let (wal, _) = Wal::open(config, &CONSUMERS, Arc::new(fs.clone()), clock()).unwrap();
    let (n, refused) = fill(&wal).await;
    assert!(matches!(refused, Error::Full { limit: l } if l == limit), "{refused}");
    assert!(refused.retry() && wal.stats().is_full);
    let last = wal.stats().last_seq;
    assert_eq!(read_all(&wal).len() as u64, last, "reading goes on");
    if limit == "disk" {
        // Not a byte more, not even what ended segments gave back.
        fs.set_space(fs.bytes_taken());
    }
    drain(&wal).await;
    assert_eq!(wal.append(record(n)).await.unwrap(), Appended::Stored { seq: last + 1 });
    assert!(!wal.stats().is_full);
    wal.close().await;
}

#[tokio::test]
async fn a_full_log_refuses_records_takes_markers_and_has_room_again_after_sealing() {
    let small = Config { disk_bytes_max: 40 * 1024, ..config() };
    let fs = SimFs::new();
    check_full(&fs, small.clone(), "disk_bytes_max").await;
    assert!(fs.bytes_taken() <= small.disk_bytes_max);
    check_full(&SimFs::new(), Config { index_entries_max: 10, ..config() }, "index_entries_max").await;
    let fs = SimFs::new();
    fs.set_space(40 * 1024);
    check_full(&fs, config(), "disk").await;
}

fn has_ballast(fs: &SimFs) -> bool {
    fs.files().iter().any(|path| path.ends_with("ballast"))
}

#[tokio::test]
async fn a_full_disk_gives_the_ballast_back_for_markers_and_takes_it_again_when_there_is_room() {
    let ballast_bytes = 400 * 1024;
    let config = Config { ballast_bytes, ..config() };
    let fs = SimFs::new();
    let (wal, _) = Wal::open(config.clone(), &CONSUMERS, Arc::new(fs.clone()), clock()).unwrap();
    assert!(has_ballast(&fs));
    fs.set_space(ballast_bytes + 40 * 1024);
    let (n, refused) = fill(&wal).await;
    assert!(matches!(refused, Error::Full { limit: "disk" }), "{refused}");
    assert!(has_ballast(&fs), "records alone do not take it");
    // Not a byte more, and more markers than fit behind the records.
    fs.set_space(fs.bytes_taken());
    let last = wal.stats().last_seq;
    for seq in 1..=10 {
        let ids: Vec<u64> = (seq * 100..seq * 100 + 60).collect();
        wal.intend(intent(1, seq, seq, &ids)).await.unwrap();
        for id in ids {
            wal.done(id).await.unwrap();
        }
    }
    wal.intend(intent(1, 11, last, &[])).await.unwrap();
    wal.intend(intent(2, 1, last, &[])).await.unwrap();
    wal.seal(last).await.unwrap();
    assert!(!has_ballast(&fs), "{:?}", fs.files());
    wal.append(record(n)).await.unwrap();
    wal.keep_ballast().unwrap();
    assert!(!has_ballast(&fs), "there is no room for it yet");
    fs.set_space(4 << 20);
    wal.keep_ballast().unwrap();
    assert!(has_ballast(&fs));
    wal.close().await;
    // A start on a full disk gives it back at once, since the log cannot begin a segment without.
    let fs = fs.restart(Loss::Killed);
    fs.set_space(fs.bytes_taken());
    let (wal, _) = Wal::open(config, &CONSUMERS, Arc::new(fs.clone()), clock()).unwrap();
    assert!(!has_ballast(&fs));
    assert_eq!(wal.space().unwrap().total, fs.bytes_taken() + wal.space().unwrap().free);
}

#[tokio::test]
async fn an_attempt_at_a_new_segment_that_may_be_visible_ends_the_old_one() {
    for seed in 0..40 {
        let fs = SimFs::new();
        let (wal, _) = open(&fs).unwrap();
        let mut ledger = Ledger { has_faults: true, ..Ledger::default() };
        fs.fail(Call::SyncDir, 0, false, EIO);
        let mut n = 0;
        while ledger.append(&wal, n).await.is_ok() {
            n += 1;
        }
        // Were it written behind the end that the failed segment's header gives, it would not count.
        let noted = intent(1, 1, n, &[9]);
        wal.intend(noted.clone()).await.unwrap();
        ledger.intents.push((noted, true));
        drop(wal);
        ledger.check(&fs.restart(Loss::Some(seed)), Loss::Some(seed)).await;
    }
}

#[tokio::test]
async fn a_start_without_free_space_reads_and_takes_records_when_there_is_some() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let mut ledger = Ledger::default();
    for n in 0..10 {
        ledger.append(&wal, n).await.unwrap();
    }
    drop(wal);
    let fs = fs.restart(Loss::Killed);
    fs.set_space(0);
    let (wal, recovery) = open(&fs).unwrap();
    assert_eq!((recovery.records, read_all(&wal).len()), (10, 10));
    let refused = wal.append(record(99)).await.unwrap_err();
    assert!(matches!(refused, Error::Full { limit: "disk" }), "{refused}");
    fs.set_space(u64::MAX);
    assert_eq!(wal.append(record(99)).await.unwrap(), Appended::Stored { seq: 11 });
}
