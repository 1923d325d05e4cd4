//! Bits flip, files vanish; what is lost is counted (faults A.9, A.10).

use std::path::Path;

use super::ledger::{Ledger, open, read_all, segment_files};
use crate::sim::{Loss, SimFs};
use crate::{Error, Recovery};

/// A log of a few segments, closed, with records pending in all of them.
async fn written() -> (SimFs, u64) {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let mut ledger = Ledger::default();
    for n in 0..20 {
        ledger.append(&wal, n).await.unwrap();
        if n == 12 {
            wal.intend(super::ledger::intent(1, 1, 5, &[77])).await.unwrap();
        }
    }
    wal.close().await;
    assert!(segment_files(&fs).len() >= 3);
    (fs, 20)
}

/// Changes a file, opens the log, and checks that what is missing is what is reported. Returns the report.
fn check(fs: &SimFs, records: u64, change: impl FnOnce(&SimFs)) -> Result<(Recovery, u64), Error> {
    let fs = fs.restart(Loss::Killed);
    change(&fs);
    let (wal, recovery) = open(&fs)?;
    let read = read_all(&wal);
    let missing = records - read.len() as u64;
    let is_exact = recovery.quarantined.iter().all(|q| q.is_exact);
    if is_exact {
        assert_eq!(recovery.lost_records(), missing, "{recovery:?}");
    } else {
        assert!(recovery.lost_records() <= missing, "{recovery:?}");
    }
    assert_eq!(wal.stats().records_lost, recovery.lost_records());
    Ok((recovery, missing))
}

#[tokio::test]
async fn one_flipped_bit_anywhere_costs_at_most_one_record_and_it_is_counted() {
    let (fs, records) = written().await;
    let mut lost = 0;
    for path in segment_files(&fs) {
        let mut size = 0;
        assert!(fs.edit(&path, |bytes| size = bytes.len()));
        // Each bit of a byte in turn; heads and headers are flipped bit by bit in their own tests.
        for byte in (0..size).step_by(3) {
            let flip = |fs: &SimFs| assert!(fs.edit(&path, |bytes| bytes[byte] ^= 1 << (byte % 8)));
            let (recovery, missing) = check(&fs, records, flip).unwrap();
            assert!(missing <= 1, "byte {byte} of {}: {recovery:?}", path.display());
            assert_eq!(recovery.next[&1], 6, "byte {byte}: the intent is written twice");
            // The last marker is proven by nothing behind it, and says nothing that is needed.
            assert!(recovery.torn_bytes == 0 || missing == 0, "byte {byte} of {}", path.display());
            lost += missing;
        }
    }
    assert!(lost > 300, "most bytes are payload, and their loss is seen: {lost}");
}

/// Something that happens to a file.
type Change = fn(&SimFs, &Path);

#[tokio::test]
async fn a_segment_lost_as_a_whole_is_counted_by_the_numbers_of_the_next() {
    let (fs, records) = written().await;
    let files = segment_files(&fs);
    let middle = files[1].clone();
    let changes: [(&str, Change); 4] = [
        ("deleted", |fs, path| fs.lose_file(path)),
        ("zeroed", |fs, path| assert!(fs.edit(path, |bytes| bytes.fill(0)))),
        ("emptied", |fs, path| assert!(fs.edit(path, Vec::clear))),
        ("cut to its header", |fs, path| assert!(fs.edit(path, |bytes| bytes.truncate(1024)))),
    ];
    for (name, change) in changes {
        let (recovery, missing) = check(&fs, records, |fs| change(fs, &middle)).unwrap();
        assert!(missing > 1, "{name}");
        assert!(recovery.quarantined[0].is_exact, "{name}");
        assert_eq!(recovery.quarantined.len(), 1, "{name}: {recovery:?}");
        check(&fs, records, |fs| change(fs, &files[0])).unwrap();
    }
}

#[tokio::test]
async fn a_lost_last_segment_never_leads_to_a_wrong_number_being_exact() {
    let (fs, records) = written().await;
    let last = segment_files(&fs).pop().unwrap();
    let (recovery, missing) =
        check(&fs, records, |fs| assert!(fs.edit(&last, |bytes| bytes.fill(0)))).unwrap();
    assert!(missing >= 1);
    assert!(!recovery.quarantined[0].is_exact, "{recovery:?}");
}

#[tokio::test]
async fn a_damaged_segment_stays_until_it_is_sealed_and_is_set_aside_then() {
    let (fs, _) = written().await;
    let fs = fs.restart(Loss::Killed);
    let first = segment_files(&fs).remove(0);
    assert!(fs.edit(&first, |bytes| bytes[1100] ^= 1));
    let (wal, recovery) = open(&fs).unwrap();
    assert_eq!(recovery.lost_records(), 1);
    wal.done(77).await.unwrap();
    wal.intend(super::ledger::intent(1, 6, 20, &[])).await.unwrap();
    wal.intend(super::ledger::intent(2, 2, 20, &[])).await.unwrap();
    wal.seal(wal.sealable()).await.unwrap();
    assert!(!segment_files(&fs).contains(&first));
    let aside = Path::new("/wal/quarantine").join(first.file_name().unwrap());
    assert!(fs.files().contains(&aside), "{:?}", fs.files());
    wal.close().await;
    let (_wal, recovery) = open(&fs.restart(Loss::Unsynced)).unwrap();
    assert_eq!((recovery.sealed, recovery.lost_records()), (20, 0));
}

#[tokio::test]
async fn a_record_damaged_after_the_start_is_left_out_and_counted_once() {
    let (fs, _) = written().await;
    let (wal, _) = open(&fs).unwrap();
    let first = segment_files(&fs).remove(0);
    assert!(fs.edit(&first, |bytes| bytes[1100] ^= 1));
    for _ in 0..2 {
        assert_eq!(read_all(&wal).len(), 19);
        assert_eq!(wal.stats().records_lost, 1);
    }
}

/// Gives a header a version of the future.
fn age(header: &mut [u8]) {
    header[8] = 2;
    let check = crc32c::crc32c(&header[..80]);
    header[80..84].copy_from_slice(&check.to_le_bytes());
}

#[tokio::test]
async fn a_log_of_a_newer_program_is_refused_and_left_alone() {
    let (fs, records) = written().await;
    let first = segment_files(&fs).remove(0);
    let newer = |fs: &SimFs| {
        assert!(fs.edit(&first, |bytes| [0, 512].into_iter().for_each(|copy| age(&mut bytes[copy..]))));
    };
    let refused = check(&fs, records, newer).unwrap_err();
    assert!(matches!(refused, Error::Newer { version: 2, .. }), "{refused}");
}
