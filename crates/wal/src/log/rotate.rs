//! From one segment to the next.

use std::io;
use std::sync::Arc;

use crate::ballast;
use crate::format::{DATA_START, Header};
use crate::fs::File;
use crate::shared::FileKind;
use crate::{Config, Error};

use super::{Active, Log};

/// The most a segment keeps free for markers.
const MARKER_ROOM_MAX: u64 = 1 << 20;

/// Returns the room that only markers may use at the end of every segment: when no new one can be had, consumers can
/// still note what they have stored, which is what frees space.
fn marker_room(config: &Config) -> usize {
    usize::try_from((config.segment_bytes / 8).min(MARKER_ROOM_MAX)).expect("at most 1 MiB")
}

/// A failed attempt at a new segment.
struct Failed {
    cause: io::Error,
    /// Whether the file may be there at the next start, and so end the segment before it.
    is_visible: bool,
}

impl Log {
    pub(super) fn marker_room(&self) -> usize {
        marker_room(&self.shared.config)
    }

    /// Ends the active segment and begins one with room for `bytes`. Without room on disk the active one stays; for a
    /// marker the ballast is given back first.
    pub(super) fn rotate(&mut self, bytes: usize, is_data: bool) -> Result<(), Error> {
        match self.begin_next(bytes, is_data) {
            Err(Error::Full { limit: "disk" }) if !is_data && ballast::free(&self.shared) => {
                self.begin_next(bytes, is_data)
            }
            begun => begun,
        }
    }

    fn begin_next(&mut self, bytes: usize, is_data: bool) -> Result<(), Error> {
        let room = self.marker_room();
        let least = DATA_START + bytes + room;
        let usual = usize::try_from(self.shared.config.segment_bytes).unwrap_or(usize::MAX);
        let capacity = if is_data { usual.max(least) } else { least };
        self.check_quota(capacity, is_data)?;
        self.sync_active();
        match self.create(capacity) {
            Ok(active) => {
                self.end_active();
                self.activate(active);
                Ok(())
            }
            Err(Failed { cause, is_visible }) => {
                if is_visible {
                    self.end_active();
                }
                Err(self.cannot_create(cause))
            }
        }
    }

    fn cannot_create(&self, cause: io::Error) -> Error {
        let mut state = self.shared.state();
        if matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            state.is_full = true;
            return Error::Full { limit: "disk" };
        }
        state.counters.failures += 1;
        state.failures_in_a_row += 1;
        Error::io("begin a segment of the log")(cause)
    }

    /// Tries a new segment when the disk has failed and nobody comes any more, because the platform is not ready.
    /// Making one is a write, a sync and a folder sync; when it works the next failure counts as the second again.
    pub(crate) fn probe(&mut self) {
        if self.rotate(0, true).is_ok() {
            self.shared.state().failures_in_a_row = 1;
        }
    }

    /// Begins the first segment after the start: a whole one, or at least one for markers. A disk that refuses is no
    /// reason not to start: what is in the log can be read, and the next append tries again.
    pub(crate) fn begin(&mut self) -> bool {
        let begun = self.rotate(0, true).or_else(|_| self.rotate(0, false));
        if let Err(error) = &begun {
            tracing::warn!(%error, "the log starts without a segment to write to");
        }
        begun.is_ok()
    }

    /// Only records are refused: markers lead to sealing, which makes room, and there are no more of them than pending
    /// records call for.
    fn check_quota(&self, capacity: usize, is_data: bool) -> Result<(), Error> {
        let config = &self.shared.config;
        let unused = self.active.as_ref().map_or(0, |active| active.capacity - active.position);
        let taken = self.shared.state().segments.bytes().saturating_sub(unused as u64) + capacity as u64;
        let marker_reserve = config.segment_bytes / 2;
        if is_data && taken + marker_reserve > config.disk_bytes_max {
            return Err(Error::Full { limit: "disk_bytes_max" });
        }
        Ok(())
    }

    /// Makes the DONE markers at the end durable: the next segment says that this one reaches so far.
    fn sync_active(&mut self) {
        let Some(active) = &mut self.active else { return };
        if active.durable == active.position {
            return;
        }
        match active.file.sync() {
            Ok(()) => active.durable = active.position,
            Err(_) => self.abandon(),
        }
    }

    /// Ends the active segment where it is and gives back what it reserved.
    pub(super) fn end_active(&mut self) {
        let Some(active) = self.active.take() else { return };
        self.before = (active.number, active.position as u64);
        let is_cut = active.file.set_size(active.position as u64).is_ok();
        let bytes = if is_cut { active.position } else { active.capacity };
        self.shared.state().segments.end(active.number, self.next_seq - 1, bytes as u64);
    }

    fn create(&mut self, capacity: usize) -> Result<Active, Failed> {
        let number = self.next_number;
        self.next_number += 1;
        let (before, before_end) =
            self.active.as_ref().map_or(self.before, |active| (active.number, active.position as u64));
        let shared = &self.shared;
        let header = Header {
            number,
            salt: shared.fs.random(),
            boot: shared.boot,
            first_seq: self.next_seq,
            before,
            before_end,
            created_at: shared.clock.unix_nanos(),
        };
        let file = self.write_new(header, capacity).map_err(|cause| self.give_up(number, cause, false))?;
        let path = shared.path(number, FileKind::Segment);
        shared
            .fs
            .rename(&shared.path(number, FileKind::NewSegment), &path)
            .and_then(|()| shared.fs.sync_dir(&shared.config.dir))
            .map_err(|cause| self.give_up(number, cause, true))?;
        Ok(Active { number, file, salt: header.salt, position: DATA_START, durable: DATA_START, capacity })
    }

    /// Writes the file under a name that does not count yet: a segment by its right name always has a header.
    fn write_new(&self, header: Header, capacity: usize) -> io::Result<Arc<dyn File>> {
        let file = self.shared.fs.create(&self.shared.path(header.number, FileKind::NewSegment))?;
        file.allocate(capacity as u64)?;
        file.write_at(&header.to_bytes(), 0)?;
        file.sync()?;
        Ok(file)
    }

    /// Cleans up after a failure as far as the disk lets us; what stays is removed at the next start.
    fn give_up(&self, number: u64, cause: io::Error, is_visible: bool) -> Failed {
        let kinds = if is_visible {
            [FileKind::Segment, FileKind::NewSegment].as_slice()
        } else {
            &[FileKind::NewSegment]
        };
        for kind in kinds {
            let removed = self.shared.fs.remove(&self.shared.path(number, *kind));
            drop(removed);
        }
        Failed { cause, is_visible }
    }
}
