//! One engine a data folder: advisory locks that the kernel gives back when the process ends, however it ends.
//!
//! The server holds one. The child holds another, which outlives a killed server: the next one waits until the orphan
//! has ended, for it still writes to the folder.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use sightline_runtime::Clock;

use crate::Error;

/// How long an orphan may take to end; it ends when its standard input closes, and kills itself after that.
const ORPHAN_ENDS: Duration = Duration::from_secs(30);
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the server's lock; it is held as long as the file is open.
pub(crate) fn take(data_dir: &Path) -> Result<File, Error> {
    take_file(data_dir, "engine.lock")
}

/// Takes the child's lock, waiting for the child of an earlier server to end. Whoever has the file open holds it: give
/// it to the child.
pub(crate) async fn take_for_child(data_dir: &Path, clock: &dyn Clock) -> Result<File, Error> {
    let started = clock.monotonic();
    loop {
        match take_file(data_dir, "engine.child.lock") {
            Err(Error::Locked(_)) if clock.monotonic().saturating_sub(started) < ORPHAN_ENDS => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

fn take_file(data_dir: &Path, name: &str) -> Result<File, Error> {
    let path = data_dir.join(name);
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(|cause| Error::Io { what: "open", path, cause })?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Locked(data_dir.to_owned())),
        Err(errno) => Err(Error::Io { what: "lock", path: data_dir.join(name), cause: errno.into() }),
    }
}
