//! What the handle, the writer and the housekeeping share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sightline_runtime::Clock;
use tokio::sync::watch;

use crate::fs::Lock;
use crate::state::{Claim, Outcome, State};
use crate::{Config, Error, Fs};

/// Shared by every part of an open log.
pub(crate) struct Shared {
    pub config: Config,
    pub fs: Arc<dyn Fs>,
    pub clock: Arc<dyn Clock>,
    /// The machine's current start; zeros when the system does not tell.
    pub boot: [u8; 16],
    /// The last durable record, for those who wait for the next.
    pub durable: watch::Sender<u64>,
    state: Mutex<State>,
    /// Held by the one who removes files.
    removing: Mutex<()>,
    lock: Mutex<Option<Box<dyn Lock>>>,
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
        boot: [u8; 16],
        state: State,
        lock: Box<dyn Lock>,
    ) -> Self {
        Self {
            durable: watch::channel(state.durable).0,
            config,
            fs,
            clock,
            boot,
            state: Mutex::new(state),
            removing: Mutex::new(()),
            lock: Mutex::new(Some(lock)),
        }
    }

    /// Nothing that can panic happens between the changes made under this lock, so a poisoned one is whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn removing(&self) -> MutexGuard<'_, ()> {
        self.removing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets other processes open the log.
    pub(crate) fn unlock(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Returns nanoseconds of the clock that never steps.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(i64::MAX)
    }

    pub(crate) fn path(&self, number: u64, kind: FileKind) -> PathBuf {
        self.config.dir.join(kind.name(number))
    }
}

/// The files in the log's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A segment.
    Segment,
    /// A segment whose header is not known to be durable: nothing in it counts.
    NewSegment,
    /// The keys of a removed segment.
    Keys,
}

/// The folder for damaged files.
pub(crate) const QUARANTINE: &str = "quarantine";

/// The file whose lock keeps other processes out.
pub(crate) const LOCK: &str = "LOCK";

impl FileKind {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Segment, ".wal"), (Self::NewSegment, ".new"), (Self::Keys, ".keys")];

    pub(crate) fn name(self, number: u64) -> String {
        let (_, suffix) = Self::ALL[self as usize];
        format!("{number:020}{suffix}")
    }

    /// Reads a file's name; `None` when it is none of ours.
    pub(crate) fn of(name: &str) -> Option<(Self, u64)> {
        let strip = |(kind, suffix): (Self, &str)| Some((kind, name.strip_suffix(suffix)?));
        let (kind, digits) = Self::ALL.into_iter().find_map(strip)?;
        (digits.len() == 20).then(|| digits.parse().ok()).flatten().map(|number| (kind, number))
    }
}

/// An append on its way: however it ends, those who wait for the same key learn it.
pub(crate) struct Flight {
    key: [u8; 16],
    outcome: watch::Sender<Outcome>,
    shared: Arc<Shared>,
}

/// What to do with a record that comes in.
pub(crate) enum Arrival {
    First(Flight, watch::Receiver<Outcome>),
    Wait(watch::Receiver<Outcome>),
    Known(u64),
}

impl Flight {
    /// Decides about a record by its key.
    pub(crate) fn begin(shared: &Arc<Shared>, key: [u8; 16]) -> Result<Arrival, Error> {
        let now = shared.now();
        let mut state = shared.state();
        if state.is_closed {
            return Err(Error::Closed);
        }
        Ok(match state.dedup.claim(key, now) {
            Claim::First(outcome, receiver) => {
                Arrival::First(Self { key, outcome, shared: Arc::clone(shared) }, receiver)
            }
            Claim::Wait(receiver) => {
                state.counters.deduplicated += 1;
                Arrival::Wait(receiver)
            }
            Claim::Known(seq) => {
                state.counters.deduplicated += 1;
                Arrival::Known(seq)
            }
        })
    }

    pub(crate) const fn key(&self) -> [u8; 16] {
        self.key
    }

    /// Reports the end. A stored record's key is settled by then.
    pub(crate) fn land(self, result: Result<u64, Error>) {
        if result.is_err() {
            self.shared.state().dedup.release(&self.key);
        }
        self.outcome.send_replace(Some(result));
    }
}

impl Drop for Flight {
    /// Whoever gives up frees the key, so that a waiting duplicate takes over.
    fn drop(&mut self) {
        if self.outcome.borrow().is_none() {
            self.shared.state().dedup.release(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_read_back_and_others_are_ignored() {
        for (kind, _) in FileKind::ALL {
            assert_eq!(FileKind::of(&kind.name(42)), Some((kind, 42)));
        }
        for name in ["LOCK", "42.wal", "0000000000000000004x.wal", "00000000000000000042.wal.bak"] {
            assert_eq!(FileKind::of(name), None, "{name}");
        }
    }
}
