//! One engine a data folder: an advisory lock that the kernel gives back when the process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::Error;

/// Takes the lock; it is held as long as the file is open.
pub(crate) fn take(data_dir: &Path) -> Result<File, Error> {
    let path = data_dir.join("engine.lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(|cause| Error::Io { what: "open", path, cause })?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Locked(data_dir.to_owned())),
        Err(errno) => {
            Err(Error::Io { what: "lock", path: data_dir.join("engine.lock"), cause: errno.into() })
        }
    }
}
