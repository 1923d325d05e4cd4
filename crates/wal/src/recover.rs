//! From files to state: what is there, what is missing, where to go on.
//!
//! Recovery may be killed at any point and started again: it removes only what never counted, and cuts only what was
//! never acknowledged.

mod files;
mod found;
mod verdict;

use std::sync::Arc;

use sightline_runtime::Clock;

pub(crate) use files::quarantine;

use crate::log::Start;
use crate::shared::LOCK;
use crate::state::State;
use crate::{Config, Error, Fs, Recovery};

/// A log that was read.
pub(crate) struct Recovered {
    pub state: State,
    pub recovery: Recovery,
    pub start: Start,
    /// Segments with nothing in them, to be removed when a new one is there.
    pub empty: Vec<u64>,
    pub boot: [u8; 16],
    pub lock: Box<dyn crate::fs::Lock>,
}

/// Reads the log's folder.
pub(crate) fn recover(
    config: &Config,
    consumers: &[u8],
    fs: &dyn Fs,
    clock: &Arc<dyn Clock>,
) -> Result<Recovered, Error> {
    let dir = &config.dir;
    fs.create_dir_all(dir).map_err(Error::at("make the log's folder", dir))?;
    let lock_path = dir.join(LOCK);
    let lock = fs.lock(&lock_path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::WouldBlock => Error::Locked { dir: dir.clone() },
        _ => Error::at("lock the log", &lock_path)(cause),
    })?;
    // A machine that does not tell its start is one that has just started, every time.
    let boot = fs.boot_id().unwrap_or_default();
    let listing = files::list(dir, fs)?;
    let found = found::read(&listing, boot)?;
    let times = verdict::Times::now(clock.as_ref());
    verdict::judge(config, consumers, &listing, found, times, verdict::Machine { boot, lock })
}
