//! A file that only takes space, so that there is some when the disk is full: giving it back lets markers be written,
//! which is what lets segments be removed (promise.md 2.3.11).

use std::io;
use std::path::PathBuf;

use crate::shared::Shared;

/// Its name in the log's folder.
const NAME: &str = "ballast";

/// After making it so many times its size stays free, or it is not made: it must not cause what it is there for.
const ROOM: u64 = 2;

fn path(shared: &Shared) -> PathBuf {
    shared.config.dir.join(NAME)
}

/// Gives the space back; tells whether there was any.
pub(crate) fn free(shared: &Shared) -> bool {
    let removed = shared.fs.remove(&path(shared)).is_ok();
    if removed {
        tracing::warn!("the disk of the log is full: its ballast is freed");
        // Space comes back with the name; a name that comes back after a crash is removed again.
        drop(shared.fs.sync_dir(&shared.config.dir));
    }
    removed
}

/// Makes the file unless it is there, the disk has no room for it, or it is switched off.
pub(crate) fn keep(shared: &Shared) -> io::Result<()> {
    let (dir, bytes) = (&shared.config.dir, shared.config.ballast_bytes);
    let is_there = shared.fs.list(dir)?.iter().any(|name| name == NAME);
    let room = shared.fs.space(dir)?.free.saturating_sub(bytes);
    if bytes == 0 || is_there || room < bytes.saturating_mul(ROOM) {
        return Ok(());
    }
    let made = shared.fs.create(&path(shared)).and_then(|file| {
        file.allocate(bytes)?;
        file.sync()
    });
    if made.is_err() {
        // Half a ballast would be taken for a whole one.
        drop(shared.fs.remove(&path(shared)));
        return made;
    }
    shared.fs.sync_dir(dir)
}
