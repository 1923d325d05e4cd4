//! What is remembered of files that are not open: from before the last start, rotated away, or emptied.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::checkpoint::{PLACES_MAX, Saved};
use super::place::{FileNumber, Place};

/// Places of files that are not open. The oldest are forgotten: such a file, should it come back, is read again.
const OLD_MAX: usize = 500;
/// Entries of a folder in which a file is looked for that got another name.
const ENTRIES_MAX: usize = 10_000;

/// Places by age.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: Vec<String>,
    /// The oldest first.
    old: VecDeque<Place>,
    /// Whether files were looked for that got another name while nobody looked.
    has_searched: bool,
}

impl Memory {
    /// Starts with what was saved.
    pub(super) fn new(saved: Saved) -> Self {
        Self { known: saved.known, old: saved.places.into(), has_searched: false }
    }

    /// Returns what is to be saved, with the places of open files.
    pub(super) fn saved<'a>(&'a self, open: impl Iterator<Item = &'a Place>) -> Saved {
        let mut places: Vec<Place> = self.old.iter().chain(open).cloned().collect();
        let surplus = places.len().saturating_sub(PLACES_MAX);
        places.drain(..surplus);
        Saved { known: self.known.clone(), places }
    }

    /// Remembers a place.
    pub(super) fn remember(&mut self, place: Place) {
        self.old.push_back(place);
        // What was saved may be more: those are open files, most of which are found again.
        if self.old.len() > OLD_MAX && self.has_searched {
            self.old.pop_front();
        }
    }

    /// Forgets the places of a file.
    pub(super) fn forget(&mut self, file: FileNumber) {
        self.old.retain(|place| place.file != file);
    }

    /// Tells whether there is a place of a file with this number.
    pub(super) fn knows(&self, file: FileNumber) -> bool {
        self.old.iter().any(|place| place.file == file)
    }

    /// Finds the place of a file: its own, or that of a file that it is a copy of. The copy goes on under the name of
    /// what was read, and may send again what was on its way; should the original come back, it gets the new `id`.
    pub(super) fn recall(&mut self, file: &File, number: FileNumber, id: u64) -> io::Result<Option<Place>> {
        for (index, place) in self.old.iter().enumerate().rev() {
            if place.file == number && place.is_of(file)? {
                return Ok(self.old.remove(index));
            }
        }
        for place in self.old.iter_mut().rev() {
            if place.file != number
                && let Some(copy) = place.in_copy(file)?
            {
                place.rename(id);
                return Ok(Some(copy));
            }
        }
        Ok(None)
    }

    /// Notes that files of a source were looked for; tells whether that is new.
    pub(super) fn learn(&mut self, include: &[String]) -> bool {
        let is_new = !self.is_learnt(include);
        if is_new {
            self.known.push(include.join(" "));
        }
        is_new
    }

    /// Tells whether files of a source were looked for before.
    pub(super) fn is_learnt(&self, include: &[String]) -> bool {
        self.known.contains(&include.join(" "))
    }

    /// Looks once for the files of places in the folders where they were: each with the path that it has now.
    pub(super) fn moved(&mut self) -> Vec<(PathBuf, Place)> {
        if std::mem::replace(&mut self.has_searched, true) {
            return Vec::new();
        }
        let mut folders: BTreeMap<&Path, Vec<&Place>> = BTreeMap::new();
        for place in &self.old {
            if let Some(folder) = Path::new(&place.path).parent() {
                folders.entry(folder).or_default().push(place);
            }
        }
        let mut moved = Vec::new();
        for (folder, places) in folders {
            let entries = std::fs::read_dir(folder).into_iter().flatten().take(ENTRIES_MAX);
            for entry in entries.filter_map(Result::ok) {
                let Ok(meta) = entry.metadata() else { continue };
                let is_it =
                    |place: &&&Place| place.file == FileNumber { volume: meta.dev(), inode: meta.ino() };
                if let Some(place) = places.iter().rev().find(is_it) {
                    moved.push((entry.path(), (*place).clone()));
                }
            }
        }
        moved
    }
}
