//! Duplicates, windows, calls that make no sense.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use sightline_runtime::{Clock, ManualClock};

use super::ledger::{CONSUMERS, clock, config, intent, open, read_all, record};
use crate::sim::{Loss, SimFs};
use crate::{Appended, Config, Error, NewRecord, Wal};

#[tokio::test]
async fn duplicates_on_their_way_share_the_outcome_of_the_first() {
    let (wal, _) = open(&SimFs::new()).unwrap();
    let (a, b, c) = tokio::join!(wal.append(record(1)), wal.append(record(1)), wal.append(record(2)));
    assert_eq!(a.unwrap(), Appended::Stored { seq: 1 });
    assert_eq!(b.unwrap(), Appended::Duplicate { seq: 1 });
    assert_eq!(c.unwrap(), Appended::Stored { seq: 2 });
    assert_eq!(wal.append(record(2)).await.unwrap(), Appended::Duplicate { seq: 2 });
    assert_eq!(wal.stats().records_deduplicated, 2);
}

#[tokio::test]
async fn an_append_given_up_at_any_point_leaves_its_key_usable() {
    let (wal, _) = open(&SimFs::new()).unwrap();
    for (n, size) in [10, 1 << 20].into_iter().enumerate() {
        let big = NewRecord { payload: Bytes::from(vec![1; size]), ..record(n as u64) };
        let mut first = Box::pin(wal.append(big.clone()));
        // It may be anywhere by now, written included.
        drop(first.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        drop(first);
        wal.append(big).await.unwrap();
    }
    assert_eq!(read_all(&wal).len(), 2);
}

async fn open_at(fs: &SimFs, config: Config, clock: &Arc<ManualClock>) -> Wal {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    Wal::open(config, &CONSUMERS, Arc::new(fs.clone()), clock).unwrap().0
}

#[tokio::test]
async fn the_window_outlives_a_restart_and_the_removal_of_segments_and_then_ends() {
    let fs = SimFs::new();
    let time = clock();
    let wal = open_at(&fs, config(), &time).await;
    for n in 0..20 {
        time.advance(Duration::from_secs(30));
        wal.append(record(n)).await.unwrap();
    }
    for consumer in CONSUMERS {
        wal.intend(intent(consumer, 1, 20, &[])).await.unwrap();
    }
    wal.seal(20).await.unwrap();
    wal.close().await;
    let fs = fs.restart(Loss::Unsynced);
    time.advance(Duration::from_mins(10));
    let wal = open_at(&fs, config(), &time).await;
    // The first was appended 19.5 min ago, the last 10 min ago.
    assert_eq!(wal.append(record(19)).await.unwrap(), Appended::Duplicate { seq: 20 });
    assert_eq!(wal.append(record(11)).await.unwrap(), Appended::Duplicate { seq: 12 });
    assert_eq!(wal.append(record(0)).await.unwrap(), Appended::Stored { seq: 21 });
    assert!(fs.files().iter().any(|path| path.extension().is_some_and(|e| e == "keys")));
    time.advance(Duration::from_mins(16));
    for consumer in CONSUMERS {
        wal.intend(intent(consumer, 21, 21, &[])).await.unwrap();
    }
    wal.seal(21).await.unwrap();
    assert!(!fs.files().iter().any(|path| path.extension().is_some_and(|e| e == "keys")), "{:?}", fs.files());
    assert_eq!(wal.stats().dedup_entries, 0);
}

/// A clock whose wall time steps while its monotonic time stands.
struct StepClock(AtomicI64);

impl Clock for StepClock {
    fn unix_nanos(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(5)
    }
}

#[tokio::test]
async fn a_step_of_the_wall_clock_forgets_no_key() {
    let time = Arc::new(StepClock(AtomicI64::new(1_700_000_000_000_000_000)));
    let fs: Arc<SimFs> = Arc::new(SimFs::new());
    let (wal, _) = Wal::open(config(), &CONSUMERS, fs, Arc::clone(&time) as Arc<dyn Clock>).unwrap();
    wal.append(record(1)).await.unwrap();
    for hours in [1, -2, 48] {
        time.0.fetch_add(hours * 3_600_000_000_000, Ordering::SeqCst);
        assert_eq!(wal.append(record(1)).await.unwrap(), Appended::Duplicate { seq: 1 }, "{hours} h");
    }
}

#[tokio::test]
async fn calls_that_make_no_sense_are_refused_and_change_nothing() {
    let (wal, _) = open(&SimFs::new()).unwrap();
    wal.append(record(1)).await.unwrap();
    let refused = [
        wal.intend(intent(9, 1, 1, &[1])).await,
        wal.intend(intent(1, 1, 2, &[1])).await,
        wal.intend(intent(1, 2, 1, &[1])).await,
        wal.seal(1).await,
    ];
    for result in refused {
        assert!(matches!(result, Err(Error::Invalid { .. })), "{result:?}");
    }
    wal.done(55).await.unwrap();
    wal.intend(intent(1, 1, 1, &[1])).await.unwrap();
    assert!(matches!(wal.intend(intent(1, 1, 1, &[2])).await, Err(Error::Invalid { .. })));
    let large = NewRecord { payload: Bytes::from(vec![0; (128 << 20) + 1]), ..record(2) };
    assert!(matches!(wal.append(large).await, Err(Error::TooLarge { .. })));
}

#[tokio::test]
async fn a_record_larger_than_a_segment_gets_one_of_its_own() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    let payload: Bytes = record(2).payload.iter().copied().cycle().take(100_000).collect();
    // Not compressible as a whole: the pieces are mixed with a counter.
    let payload: Bytes = payload
        .iter()
        .zip(0_u32..)
        .map(|(b, n)| b ^ n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    wal.append(NewRecord { payload: payload.clone(), ..record(2) }).await.unwrap();
    wal.append(record(3)).await.unwrap();
    assert_eq!(wal.read(1, 1).unwrap()[0].payload, payload);
    drop(wal);
    let (wal, _) = open(&fs.restart(Loss::Unsynced)).unwrap();
    assert_eq!(wal.read(1, 1).unwrap()[0].payload, payload);
    assert_eq!(read_all(&wal).len(), 2);
}

#[tokio::test]
async fn whoever_waits_for_a_record_learns_its_number() {
    let (wal, _) = open(&SimFs::new()).unwrap();
    let (durable, _) = tokio::join!(wal.durable_beyond(0), wal.append(record(1)));
    assert_eq!(durable, 1);
    assert_eq!(wal.durable_beyond(0).await, 1);
}

#[tokio::test]
async fn a_closed_log_refuses_and_lets_go() {
    let fs = SimFs::new();
    let (wal, _) = open(&fs).unwrap();
    assert!(matches!(open(&fs), Err(Error::Locked { .. })), "it is open");
    let clone = wal.clone();
    clone.append(record(1)).await.unwrap();
    wal.close().await;
    assert!(matches!(clone.append(record(2)).await, Err(Error::Closed)));
    assert!(matches!(clone.done(1).await, Err(Error::Closed)));
    assert_eq!(read_all(&clone).len(), 1, "what is there can be read");
    let (wal, recovery) = open(&fs).unwrap();
    assert_eq!((recovery.records, wal.stats().last_seq), (1, 1));
}
