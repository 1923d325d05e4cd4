//! One open file: has it grown, has it begun anew, and the next records of it.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use super::lines::{Rules, text};
use super::message::Envelope;
use super::place::{FileNumber, Place, are_same_before};

/// How long a file is kept open after its name went elsewhere and nothing more came: its writer may still have it open.
const LINGER: Duration = Duration::from_secs(10);

/// A file that is read.
#[derive(Debug)]
pub(super) struct Tracked {
    /// Number of the source.
    pub(super) source: usize,
    /// Where it was last seen.
    pub(super) path: PathBuf,
    pub(super) place: Place,
    file: File,
    envelope: Envelope,
    /// Size and time of the last change, as last seen.
    seen: (u64, i64, i64),
    /// When it was seen to change.
    changed_at: Duration,
    /// Whether what is left has no end yet.
    is_waiting: bool,
    /// Since when its name leads elsewhere.
    gone_at: Option<Duration>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing, or it has grown.
    None,
    /// It holds other bytes than those that were read.
    Anew,
}

/// Records of a file on their way.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) file: FileNumber,
    pub(super) source: usize,
    /// The same whenever this range is sent.
    pub(super) id: Bytes,
    /// A request of OTLP.
    pub(super) body: Bytes,
    pub(super) records: u64,
    /// Records that were cut.
    pub(super) cut: u64,
    /// Records with bytes that are no text.
    pub(super) invalid: u64,
    /// The place when it is in the log.
    pub(super) after: Place,
}

/// Returns the number of a file.
pub(super) fn number_of(meta: &std::fs::Metadata) -> FileNumber {
    FileNumber { volume: meta.dev(), inode: meta.ino() }
}

impl Tracked {
    /// Takes a file that was opened.
    pub(super) fn new(source: usize, path: PathBuf, file: File, place: Place, envelope: Envelope) -> Self {
        Self {
            source,
            path,
            place,
            file,
            envelope,
            seen: (0, 0, 0),
            changed_at: Duration::ZERO,
            is_waiting: false,
            gone_at: None,
        }
    }

    /// Notes whether a name leads to the file.
    pub(super) fn note_name(&mut self, path: Option<PathBuf>, now: Duration) {
        if let Some(path) = path {
            self.gone_at = None;
            self.place.path = path.to_string_lossy().into_owned();
            self.path = path;
        } else {
            self.gone_at.get_or_insert(now);
        }
    }

    /// Looks whether the file has changed.
    pub(super) fn look(&mut self, now: Duration) -> io::Result<Change> {
        let meta = self.file.metadata()?;
        let seen = (meta.len(), meta.mtime(), meta.mtime_nsec());
        if seen == self.seen {
            return Ok(Change::None);
        }
        (self.seen, self.changed_at, self.is_waiting) = (seen, now, false);
        Ok(if self.place.is_of(&self.file)? { Change::None } else { Change::Anew })
    }

    /// Begins at the beginning; returns the place of before.
    pub(super) fn begin_anew(&mut self, id: u64) -> Place {
        let next = Place::beginning(id, self.place.file, self.place.path.clone());
        std::mem::replace(&mut self.place, next)
    }

    /// Tells whether nothing more is to be expected, and whether it may be found again.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        let since = self.gone_at.map(|gone| gone.max(self.changed_at));
        self.place.offset >= self.seen.0 && since.is_some_and(|since| now.saturating_sub(since) >= LINGER)
    }

    /// Tells whether a name somewhere leads to the file.
    pub(super) fn has_name(&self) -> bool {
        self.file.metadata().is_ok_and(|meta| meta.nlink() > 0)
    }

    /// Returns up to where another file is a copy of what was read of this one; none if it is none.
    pub(super) fn copied_to(&self, other: &File) -> io::Result<Option<u64>> {
        let end = other.metadata()?.len().min(self.place.offset);
        Ok(are_same_before(&self.file, other, end)?.then_some(end))
    }

    /// Reads the next records; none when there are none. `partial`: how long what has no end may wait for it.
    pub(super) fn read(
        &mut self,
        rules: &Rules,
        partial: Duration,
        now: Duration,
        time: i64,
    ) -> io::Result<Option<Batch>> {
        let left = self.seen.0.saturating_sub(self.place.offset);
        let is_due = now.saturating_sub(self.changed_at) >= partial;
        if left == 0 || (self.is_waiting && !is_due) {
            return Ok(None);
        }
        // A range that was being sent before a crash is sent again as it was.
        let again = self.place.pending - self.place.offset;
        let is_again = again > 0 && again <= left;
        let window = u64::try_from(rules.window()).unwrap_or(u64::MAX);
        let bytes = self.bytes(if is_again { again } else { left.min(window) })?;
        let mut split = rules.split(&bytes, self.place.is_within, is_again);
        if split.done == 0 && is_due && bytes.len() as u64 == left {
            split = rules.split(&bytes, self.place.is_within, true);
        }
        if split.done == 0 {
            self.is_waiting = true;
            return Ok(None);
        }
        let after = self.place.advanced(&self.file, &bytes[..split.done], split.is_within);
        let mut invalid = 0;
        let texts = split.records.iter().map(|range| {
            let text = text(&bytes[range.clone()]);
            invalid += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
            text
        });
        let written = rules.wrapping.unwrap(texts, rules.bytes_max);
        let records = written.len() as u64;
        let body = self.envelope.request(written, time);
        let id = format!("file {:016x} {} {}", self.place.id, self.place.offset, after.offset);
        Ok(Some(Batch {
            file: self.place.file,
            source: self.source,
            id: id.into(),
            body,
            records,
            cut: split.cut,
            invalid,
            after,
        }))
    }

    fn bytes(&self, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.file.read_at(&mut bytes[filled..], self.place.offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}
