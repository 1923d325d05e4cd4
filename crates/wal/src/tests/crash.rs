//! Power and processes go at every point; nothing promised is lost (faults A.1, A.7, A.8, A.11).

use super::ledger::{Ledger, intent, open};
use crate::sim::{Call, Loss, SimFs};

const ROUNDS: u64 = 10;

/// Runs the script with the power cut at a call; also returns the calls until then.
async fn run_cut(at: u64, bytes: usize) -> (SimFs, Ledger, Vec<Call>) {
    let fs = SimFs::new();
    fs.cut_power_at(at, bytes);
    let mut ledger = Ledger::default();
    let mut calls = Vec::new();
    if let Ok((wal, _)) = open(&fs) {
        // An error is what ends the script, when the power went.
        ledger.run(&wal, ROUNDS).await.err();
        calls.extend(fs.calls().into_iter().map(|(call, _)| call));
    }
    (fs, ledger, calls)
}

/// Returns the calls of an undisturbed run.
async fn calls() -> Vec<Call> {
    run_cut(u64::MAX, 0).await.2
}

#[tokio::test]
async fn power_loss_at_every_call_keeps_every_promise() {
    let calls = calls().await;
    let rotations = calls.iter().filter(|call| **call == Call::Rename).count();
    let removals = calls.iter().filter(|call| **call == Call::Remove).count();
    assert!(
        calls.len() > 150 && rotations > 3 && removals > 1,
        "{} calls, {rotations} {removals}",
        calls.len()
    );
    for at in 0..calls.len() as u64 {
        let losses =
            [Loss::Killed, Loss::Unsynced].into_iter().chain((0..6).map(|s| Loss::Some(at * 100 + s)));
        for loss in losses {
            let (fs, ledger, _) = run_cut(at, 0).await;
            ledger.check(&fs.restart(loss), loss).await;
        }
    }
}

#[tokio::test]
async fn a_write_torn_at_any_byte_costs_only_what_was_not_acknowledged() {
    for bytes in 0.. {
        let fs = SimFs::new();
        let (wal, _) = open(&fs).unwrap();
        let mut ledger = Ledger::default();
        for n in 0..4 {
            ledger.append(&wal, n).await.unwrap();
        }
        fs.cut_power_at(fs.calls().len() as u64, bytes);
        ledger.append(&wal, 4).await.unwrap_err();
        drop(wal);
        let (wal, recovery) = open(&fs.restart(Loss::Killed)).unwrap();
        let is_whole = wal.stats().last_seq == 5;
        // Zeros at the end of what was written are not told from the reserved space.
        assert!(recovery.torn_bytes <= bytes as u64 && (recovery.torn_bytes > 0) == (bytes > 0 && !is_whole));
        ledger.check(&fs.restart(Loss::Killed), Loss::Killed).await;
        if is_whole {
            assert!(bytes > 700, "record 4 has 688 bytes of noise");
            break;
        }
    }
}

/// Takes a crashed machine through twenty recoveries that are cut off. Returns it, and whether the power went.
fn recover_in_vain(mut fs: SimFs, seed: u64) -> (SimFs, Loss) {
    let mut worst = Loss::Killed;
    for n in 0..20 {
        let power = Loss::Some(seed * 1000 + n);
        let loss = if n % 3 == 0 { Loss::Killed } else { power };
        if n > 0 {
            worst = power;
        }
        fs = fs.restart(loss);
        fs.cut_power_at(n % 9, usize::try_from(n * 50).unwrap());
        drop(open(&fs));
    }
    (fs, worst)
}

#[tokio::test]
async fn recovery_killed_twenty_times_in_a_row_ends_well() {
    let calls = calls().await.len() as u64;
    for at in (0..calls).step_by(3) {
        let (fs, ledger, _) = run_cut(at, 11).await;
        let (fs, worst) = recover_in_vain(fs, at);
        ledger.check(&fs.restart(Loss::Unsynced), worst).await;
    }
}

#[tokio::test]
async fn what_a_recovery_reports_outlives_a_power_loss_right_after() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let mut ledger = Ledger::default();
    ledger.append(&wal, 0).await.unwrap();
    // Killed between the write of record 1 and its sync: it is there, but only in the kernel's memory.
    fs.cut_power_at(fs.calls().len() as u64 + 1, 0);
    ledger.append(&wal, 1).await.unwrap_err();
    drop(wal);
    let fs = fs.restart(Loss::Killed);
    let (wal, recovery) = open(&fs).unwrap();
    assert_eq!((recovery.records, wal.stats().last_seq), (2, 2));
    assert_eq!(wal.stats().bytes, fs.bytes_taken());
    let usual = super::ledger::config().segment_bytes;
    assert!(fs.bytes_taken() < 2 * usual, "the old one keeps what it reserved");
    let noted = intent(1, 1, 2, &[9]);
    wal.intend(noted.clone()).await.unwrap();
    drop(wal);
    ledger.records.insert(1, Some(2));
    ledger.intents.push((noted, true));
    ledger.check(&fs.restart(Loss::Unsynced), Loss::Unsynced).await;
}
