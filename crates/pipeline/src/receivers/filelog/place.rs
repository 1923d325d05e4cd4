//! How far a file has been read, and how it is known again: by its number on its volume, and by its bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes that are compared at the beginning of a file, and before a place that was reached.
const SAMPLE_BYTES: u64 = 1024;
const SAMPLE_LENGTH: usize = 1024;
/// Places that were reached last, newest last: a copy made a moment ago ends at one of the earlier ones.
const REACHED_MAX: usize = 8;

/// A file's number: of its volume, and of itself in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct FileNumber {
    pub(super) volume: u64,
    pub(super) inode: u64,
}

/// Some bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sample {
    /// Where they end.
    pub(super) end: u64,
    /// How many they are.
    length: u64,
    hash: u64,
}

/// How far a file has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Names what was read in batch ids; another one when a file begins anew.
    pub(super) id: u64,
    pub(super) file: FileNumber,
    /// Where it was last seen.
    pub(super) path: String,
    /// Everything before is in the log.
    pub(super) offset: u64,
    /// Whether `offset` lies within a record that was cut.
    pub(super) is_within: bool,
    /// End of the range that is being sent; `offset` when none is.
    pub(super) pending: u64,
    /// The first bytes, as far as they have been read.
    head: Option<Sample>,
    /// Bytes before the last places.
    reached: Vec<Sample>,
}

impl Sample {
    fn of(file: &File, start: u64, end: u64) -> io::Result<Option<Self>> {
        let length = end - start;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        match file.read_exact_at(&mut bytes, start) {
            Ok(()) => Ok(Some(Self { end, length, hash: xxh3_64(&bytes) })),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tells whether a file has these bytes.
    fn is_in(&self, file: &File) -> io::Result<bool> {
        let start = self.end.saturating_sub(self.length);
        Ok(self.length <= SAMPLE_BYTES && Self::of(file, start, self.end)?.as_ref() == Some(self))
    }
}

impl Place {
    /// The beginning of a file.
    pub(super) const fn beginning(id: u64, file: FileNumber, path: String) -> Self {
        Self { id, file, path, offset: 0, is_within: false, pending: 0, head: None, reached: Vec::new() }
    }

    /// Returns the place behind what was read.
    pub(super) fn advanced(&self, file: &File, read: &[u8], is_within: bool) -> Self {
        let mut next = self.clone();
        next.offset += read.len() as u64;
        next.pending = next.offset;
        next.is_within = is_within;
        let tail = read.len().saturating_sub(SAMPLE_LENGTH);
        let tail = &read[tail..];
        if next.reached.len() >= REACHED_MAX {
            next.reached.remove(0);
        }
        next.reached.push(Sample { end: next.offset, length: tail.len() as u64, hash: xxh3_64(tail) });
        if next.head.is_none_or(|head| head.end < SAMPLE_BYTES) {
            // Without it the file is known by its number alone, as it was before.
            next.head = Sample::of(file, 0, next.offset.min(SAMPLE_BYTES)).ok().flatten().or(next.head);
        }
        next
    }

    /// Goes to the end of a file whose lines are not wanted.
    pub(super) fn skip_to(&mut self, file: &File, end: u64) -> io::Result<()> {
        (self.offset, self.pending) = (end, end);
        self.head = Sample::of(file, 0, end.min(SAMPLE_BYTES))?;
        self.reached = Sample::of(file, end.saturating_sub(SAMPLE_BYTES), end)?.into_iter().collect();
        // Whoever begins within a line does not know what it is.
        let mut last = [b'\n'];
        if end > 0 {
            file.read_exact_at(&mut last, end - 1)?;
        }
        self.is_within = last != [b'\n'];
        Ok(())
    }

    /// Tells whether a file is the one that was read, and still holds what was read of it.
    pub(super) fn is_of(&self, file: &File) -> io::Result<bool> {
        if file.metadata()?.len() < self.offset {
            return Ok(false);
        }
        for sample in self.head.iter().chain(self.reached.last()) {
            if !sample.is_in(file)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the place in a copy up to which it holds what was read; none if it is no copy.
    pub(super) fn in_copy(&self, copy: &File) -> io::Result<Option<Self>> {
        if !self.begins(copy)? {
            return Ok(None);
        }
        for sample in self.reached.iter().rev() {
            if sample.is_in(copy)? {
                let mut place = self.clone();
                if place.offset != sample.end {
                    (place.offset, place.pending, place.is_within) = (sample.end, sample.end, false);
                }
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Lets what comes next have names of its own, since another file goes on under those of before. What was on its way
    /// belongs to that one.
    pub(super) const fn rename(&mut self, id: u64) {
        (self.id, self.pending) = (id, self.offset);
    }

    /// Tells whether a file begins as the one that was read. Shorter beginnings tell nothing: two files may well begin
    /// with the same line, and to read a line twice is better than not at all.
    pub(super) fn begins(&self, other: &File) -> io::Result<bool> {
        self.head.filter(|head| head.end >= SAMPLE_BYTES).map_or(Ok(false), |head| head.is_in(other))
    }

    /// Drops what no file can have: a checkpoint is read from a disk.
    pub(super) fn is_sound(&self) -> bool {
        let sizes = |sample: &Sample| sample.length <= SAMPLE_BYTES && sample.end >= sample.length;
        self.pending >= self.offset
            && self.reached.len() <= REACHED_MAX
            && self.head.iter().chain(&self.reached).all(sizes)
    }
}

/// Tells whether two files have the same bytes before a place.
pub(super) fn are_same_before(one: &File, other: &File, end: u64) -> io::Result<bool> {
    let start = end.saturating_sub(SAMPLE_BYTES);
    let sample = Sample::of(one, start, end)?;
    Ok(sample.is_some() && sample == Sample::of(other, start, end)?)
}
