//! Power and processes go at every point; nothing promised is lost (faults A.1, A.7, A.8, A.11).

use super::ledger::{Ledger, open};
use crate::sim::{Call, Loss, SimFs};

const ROUNDS: u64 = 6;

/// Runs the script with the power cut at a call.
async fn run_cut(at: u64, bytes: usize) -> (SimFs, Ledger) {
    let fs = SimFs::new();
    fs.cut_power_at(at, bytes);
    let mut ledger = Ledger::default();
    if let Ok((wal, _)) = open(&fs) {
        assert!(ledger.run(&wal, ROUNDS).await.is_err() || at == u64::MAX);
    }
    (fs, ledger)
}

/// Returns the calls of an undisturbed run.
async fn calls() -> Vec<(Call, std::path::PathBuf)> {
    let (fs, _) = run_cut(u64::MAX, 0).await;
    fs.calls()
}

#[tokio::test]
async fn power_loss_at_every_call_keeps_every_promise() {
    let calls = calls().await;
    let rotations = calls.iter().filter(|(call, _)| *call == Call::Rename).count();
    let removals = calls.iter().filter(|(call, _)| *call == Call::Remove).count();
    assert!(calls.len() > 150 && rotations > 3 && removals > 1, "{} calls, {rotations} {removals}", calls.len());
    for at in 0..calls.len() as u64 {
        let losses = [Loss::Killed, Loss::Unsynced].into_iter().chain((0..6).map(|s| Loss::Some(at * 100 + s)));
        for loss in losses {
            let (fs, ledger) = run_cut(at, 0).await;
            ledger.check(&fs.restart(loss), loss).await;
        }
    }
}

#[tokio::test]
async fn a_write_torn_at_any_byte_costs_only_what_was_not_acknowledged() {
    let calls = calls().await;
    let is_data = |(call, path): &(Call, std::path::PathBuf)| {
        *call == Call::Write && path.extension().is_some_and(|e| e == "new")
    };
    // The last write: a marker; and before it the last record's.
    let writes: Vec<usize> = (0..calls.len()).filter(|at| is_data(&calls[*at])).collect();
    let _ = writes;
    for at in [calls.len() - 40, calls.len() - 20] {
        for bytes in 0..2000 {
            let (fs, ledger) = run_cut(at as u64, bytes).await;
            ledger.check(&fs.restart(Loss::Killed), Loss::Killed).await;
        }
    }
}

#[tokio::test]
async fn recovery_killed_twenty_times_in_a_row_ends_well() {
    let calls = calls().await.len() as u64;
    for at in (0..calls).step_by(7) {
        let (mut fs, mut ledger) = run_cut(at, 11).await;
        let mut worst = Loss::Killed;
        for n in 0..20 {
            let loss = if n % 3 == 0 { Loss::Killed } else { Loss::Some(at * 1000 + n) };
            worst = if loss == Loss::Killed { worst } else { loss };
            fs = fs.restart(loss);
            fs.cut_power_at(n % 9, usize::try_from(n * 50).unwrap());
            drop(open(&fs));
        }
        // What a recovery found before may be reported or not; nothing promised is gone.
        ledger.has_faults = true;
        ledger.check(&fs.restart(Loss::Unsynced), worst).await;
    }
}
