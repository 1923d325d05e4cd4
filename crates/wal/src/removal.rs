//! Freeing space: segments of which everything is sealed go, their keys stay for as long as the dedup window lasts.

use crate::Error;
use crate::format::{KeyFile, Remembered};
use crate::recover::quarantine;
use crate::shared::{FileKind, Shared};
use crate::state::{KeysLeft, Segment};

/// Removes what is sealed, oldest first. May be killed anywhere: the rest is removed the next time.
pub(crate) fn remove_sealed(shared: &Shared) -> Result<(), Error> {
    let _alone = shared.removing();
    if shared.state().is_closed {
        return Ok(());
    }
    let mut is_changed = remove_stale_keys(shared)?;
    loop {
        let oldest = shared.state().removable();
        let Some(segment) = oldest else { break };
        remove(shared, &segment)?;
        is_changed = true;
    }
    if is_changed {
        shared.fs.sync_dir(&shared.config.dir).map_err(Error::io("sync the log's folder"))?;
    }
    Ok(())
}

fn remove(shared: &Shared, segment: &Segment) -> Result<(), Error> {
    let keys = keys_of(shared, segment);
    let kept = keep_keys(shared, segment.number, &keys);
    if segment.is_damaged {
        quarantine(&shared.config.dir, shared.fs.as_ref(), segment.number)?;
    } else {
        let path = shared.path(segment.number, FileKind::Segment);
        shared.fs.remove(&path).map_err(Error::io("remove a sealed segment"))?;
    }
    shared.state().segments.remove(segment.number);
    if let Err(error) = kept {
        // A full disk: only removing makes room, so the keys go to disk behind the segment and not before it. A crash
        // in between forgets them, and a request sent again then is stored twice.
        tracing::warn!(%error, segment = segment.number, "keys of a sealed segment are written after it is removed");
        keep_keys(shared, segment.number, &keys)?;
    }
    Ok(())
}

/// Returns the keys still remembered, with the time by the wall clock.
fn keys_of(shared: &Shared, segment: &Segment) -> KeyFile {
    let (wall, now) = (shared.clock.unix_nanos(), shared.now());
    let mut state = shared.state();
    state.dedup.forget(now);
    let keys = state.dedup.between(segment.first_seq, segment.last_seq);
    drop(state);
    KeyFile(keys.into_iter().map(|one| Remembered { at: wall - (now - one.at), ..one }).collect())
}

fn keep_keys(shared: &Shared, number: u64, keys: &KeyFile) -> Result<(), Error> {
    let Some(last) = keys.0.last() else { return Ok(()) };
    let path = shared.path(number, FileKind::Keys);
    let bytes = keys.to_bytes();
    // One may be left of an attempt that was cut off.
    drop(shared.fs.remove(&path));
    let write = || {
        let file = shared.fs.create(&path)?;
        file.write_at(&bytes, 0)?;
        file.sync()?;
        shared.fs.sync_dir(&shared.config.dir)
    };
    write().map_err(Error::io("keep the keys of a sealed segment"))?;
    let left = KeysLeft { last_seq: last.seq, bytes: bytes.len() as u64 };
    shared.state().segments.keep_keys(number, left);
    Ok(())
}

fn remove_stale_keys(shared: &Shared) -> Result<bool, Error> {
    let now = shared.now();
    let mut state = shared.state();
    state.dedup.forget(now);
    let first_seq = state.dedup.first_seq().unwrap_or(u64::MAX);
    let stale = state.segments.take_stale_keys(first_seq);
    drop(state);
    for number in &stale {
        let path = shared.path(*number, FileKind::Keys);
        shared.fs.remove(&path).map_err(Error::io("remove forgotten keys"))?;
    }
    Ok(!stale.is_empty())
}

/// Removes segments in which nothing was ever written, left by starts that were cut off.
pub(crate) fn remove_empty(shared: &Shared, empty: &[u64]) {
    for number in empty {
        // What stays is found empty again at the next start.
        if shared.fs.remove(&shared.path(*number, FileKind::Segment)).is_ok() {
            shared.state().segments.remove(*number);
        }
    }
}
