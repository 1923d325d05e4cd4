//! All tailed files: finds them, knows them again after rotation, and reads them in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sightline_otlp::Limits;
use xxhash_rust::xxh3::xxh3_64;

use super::checkpoint;
use super::glob::{Found, Pattern};
use super::lines::Rules;
use super::memory::Memory;
use super::message::Envelope;
use super::place::{FileNumber, Place};
use super::settings::{FileSource, StartAt};
use super::tracked::{Batch, Change, Tracked, number_of};
use super::zone::Zone;
use crate::config::ms;
use crate::names;

/// Time between two looks for files.
const SCAN: Duration = Duration::from_secs(1);
/// How long a file that looks like a copy of another is left alone: the other may be emptied next.
const COPYING: Duration = Duration::from_secs(10);
/// Bytes of the requests that are under way together.
const ROUND_BYTES: usize = 4 << 20;
/// First bytes of files that are compressed: gzip, zstd, xz, bzip2.
const COMPRESSED: [&[u8]; 4] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], b"\xfd7zXZ\0", b"BZh"];

/// A source, prepared.
struct Source {
    settings: FileSource,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    rules: Rules,
    zone: Option<Zone>,
}

/// The files of all sources.
pub(super) struct Tailer {
    sources: Vec<Source>,
    host: String,
    checkpoint: PathBuf,
    files: BTreeMap<FileNumber, Tracked>,
    memory: Memory,
    /// Files that look like copies, since when.
    copies: BTreeMap<FileNumber, Duration>,
    /// Files that are not read, and folders and files that cannot be: each is said once.
    ignored: BTreeSet<FileNumber>,
    said: BTreeSet<PathBuf>,
    is_dirty: bool,
    next_scan: Duration,
    /// The file that was read last: the next one is first.
    turn: Option<FileNumber>,
    ids: u64,
}

impl Tailer {
    /// Prepares sources that were checked, on the machine of this name, and reads how far their files have been read.
    /// `limits`: those of the door. Blocks.
    pub(super) fn open(
        sources: &[FileSource],
        checkpoint: PathBuf,
        host: String,
        limits: &Limits,
    ) -> io::Result<Self> {
        let patterns = |texts: &[String]| texts.iter().filter_map(|text| Pattern::parse(text)).collect();
        let prepare = |settings: &FileSource| Source {
            include: patterns(&settings.include),
            exclude: patterns(&settings.exclude),
            rules: Rules {
                bytes_max: settings.line_bytes_max,
                first_line: settings.first_line().ok().flatten(),
                wrapping: settings.wrapping,
            },
            zone: Zone::new(&settings.timezone, limits),
            settings: settings.clone(),
        };
        let saved = checkpoint::load(&checkpoint)?.unwrap_or_default();
        Ok(Self {
            sources: sources.iter().map(prepare).collect(),
            host,
            checkpoint,
            files: BTreeMap::new(),
            memory: Memory::new(saved),
            copies: BTreeMap::new(),
            ignored: BTreeSet::new(),
            said: BTreeSet::new(),
            is_dirty: false,
            next_scan: Duration::ZERO,
            turn: None,
            ids: 0,
        })
    }

    /// Returns what is to be sent next; it is noted as pending, durably. Nothing while that cannot be written. Blocks.
    pub(super) fn round(&mut self, now: Duration, time: i64) -> Vec<Batch> {
        self.look(now, time);
        if now >= self.next_scan {
            self.scan(now, time);
            self.next_scan = now + SCAN;
        }
        let batches = self.read(now, time);
        if self.save() { batches } else { Vec::new() }
    }

    /// Notes what lies in the log.
    pub(super) fn sent(&mut self, file: FileNumber, after: Place) {
        if let Some(tracked) = self.files.get_mut(&file) {
            let path = std::mem::take(&mut tracked.place.path);
            tracked.place = after;
            tracked.place.path = path;
            self.is_dirty = true;
        }
    }

    /// Writes how far files have been read; tells whether that is durable now. Blocks.
    pub(super) fn save(&mut self) -> bool {
        if !self.is_dirty {
            return true;
        }
        let saved = self.memory.saved(self.files.values().map(|tracked| &tracked.place));
        let stored = checkpoint::store(&self.checkpoint, &saved);
        if let Err(error) = &stored {
            names::files("checkpoint_failed").add(1);
            if self.said.insert(self.checkpoint.clone()) {
                tracing::warn!(%error, "the checkpoint of tailed files cannot be written; they wait");
            }
        } else {
            self.said.remove(&self.checkpoint);
            self.is_dirty = false;
        }
        stored.is_ok()
    }

    fn new_id(&mut self, file: FileNumber, time: i64) -> u64 {
        self.ids += 1;
        let words = [file.volume, file.inode, time.unsigned_abs(), self.ids];
        xxh3_64(&words.map(u64::to_le_bytes).concat())
    }

    /// Looks at every open file.
    fn look(&mut self, now: Duration, time: i64) {
        let numbers: Vec<FileNumber> = self.files.keys().copied().collect();
        for number in numbers {
            let id = self.new_id(number, time);
            let Some(tracked) = self.files.get_mut(&number) else { continue };
            match tracked.look(now) {
                Ok(Change::None) => {}
                Ok(Change::Anew) => {
                    names::files("truncated").add(1);
                    tracing::info!(path = %tracked.path.display(), "a tailed file begins anew");
                    self.memory.remember(tracked.begin_anew(id));
                    self.is_dirty = true;
                }
                Err(error) => {
                    let path = tracked.path.clone();
                    self.say(path, &error);
                }
            }
            self.end(number, now);
        }
    }

    /// Closes a file of which nothing more is to be expected.
    fn end(&mut self, number: FileNumber, now: Duration) {
        if !self.files.get(&number).is_some_and(|tracked| tracked.is_over(now)) {
            return;
        }
        if let Some(tracked) = self.files.remove(&number) {
            if tracked.has_name() {
                self.memory.remember(tracked.place);
            }
            self.is_dirty = true;
        }
    }

    /// Looks for files.
    fn scan(&mut self, now: Duration, time: i64) {
        let mut present = self.find();
        for (number, tracked) in &mut self.files {
            tracked.note_name(present.remove(number).map(|(_, path)| path), now);
        }
        self.ignored.retain(|number| present.contains_key(number));
        self.copies.retain(|number, _| present.contains_key(number));
        // Those that are known by their number come first: they are no copies.
        let (known, new): (Vec<_>, Vec<_>) =
            present.into_iter().partition(|(number, _)| self.memory.knows(*number));
        for (number, (source, path)) in known.into_iter().chain(new) {
            if self.ignored.contains(&number) {
                continue;
            }
            if let Err(error) = self.begin(source, &path, now, time) {
                self.say(path, &error);
            }
        }
        self.begin_moved(now);
        for source in &self.sources {
            self.is_dirty |= self.memory.learn(&source.settings.include);
        }
    }

    /// Finds the files that sources name, each for the first that does.
    fn find(&mut self) -> BTreeMap<FileNumber, (usize, PathBuf)> {
        let mut present = BTreeMap::new();
        let (mut unreadable, mut named) = (Vec::new(), BTreeSet::from([self.checkpoint.clone()]));
        for (index, source) in self.sources.iter().enumerate() {
            let mut found = Found::default();
            source.include.iter().for_each(|pattern| pattern.find(&mut found));
            if found.is_cut {
                names::files("too_many").add(1);
                let pattern = PathBuf::from(source.settings.include.join(" "));
                if self.said.insert(pattern.clone()) {
                    tracing::warn!(include = %pattern.display(), "there is more than is looked at; name fewer folders");
                }
                named.insert(pattern);
            }
            unreadable.append(&mut found.unreadable);
            for path in found.paths {
                named.insert(path.clone());
                if source.exclude.iter().any(|pattern| pattern.matches(&path)) {
                    continue;
                }
                let Ok(meta) = std::fs::metadata(&path) else { continue };
                let number = number_of(&meta);
                // Of several names the one that it was read by counts.
                let is_own = self.files.get(&number).is_some_and(|tracked| tracked.path == path);
                if is_own || !present.contains_key(&number) {
                    present.insert(number, (index, path));
                }
            }
        }
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        named.extend(unreadable.iter().cloned());
        // What is there no longer may be said again, and takes no room.
        self.said.retain(|path| named.contains(path));
        unreadable.into_iter().for_each(|folder| self.say(folder, &denied));
        present
    }

    /// Takes a file that was found.
    fn begin(&mut self, source: usize, path: &Path, now: Duration, time: i64) -> io::Result<()> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        let number = number_of(&meta);
        if !meta.is_file() || self.files.contains_key(&number) {
            return Ok(());
        }
        if self.files.values().filter(|tracked| tracked.source == source).count()
            >= self.sources[source].settings.files_max
        {
            if self.said.insert(path.to_owned()) {
                names::files("too_many").add(1);
                tracing::warn!(path = %path.display(), "too many files are tailed; raise `files.files_max`");
            }
            return Ok(());
        }
        if is_compressed(&file)? {
            self.ignored.insert(number);
            names::files("compressed").add(1);
            return Ok(());
        }
        if let Some(mut place) = self.place_of(source, &file, number, now, time)? {
            place.file = number;
            self.take(source, path.to_owned(), file, place, now);
        }
        Ok(())
    }

    fn take(&mut self, source: usize, path: PathBuf, file: File, mut place: Place, now: Duration) {
        let Source { settings, zone, .. } = &self.sources[source];
        let envelope = Envelope::new(settings, zone.clone(), &self.host, &path);
        place.path = path.to_string_lossy().into_owned();
        self.said.remove(&path);
        let number = place.file;
        tracing::info!(path = %path.display(), offset = place.offset, "a file is tailed");
        let mut tracked = Tracked::new(source, path, file, place, envelope);
        self.is_dirty = true;
        match tracked.look(now) {
            Ok(_) => drop(self.files.insert(number, tracked)),
            Err(error) => self.say(tracked.path, &error),
        }
    }

    /// Returns where to begin in a file; none when that cannot be told yet.
    fn place_of(
        &mut self,
        source: usize,
        file: &File,
        number: FileNumber,
        now: Duration,
        time: i64,
    ) -> io::Result<Option<Place>> {
        let id = self.new_id(number, time);
        if let Some(place) = self.memory.recall(file, number, id)? {
            return Ok(Some(place));
        }
        let mut place = Place::beginning(id, number, String::new());
        if let Some(original) =
            self.files.values().find(|tracked| tracked.place.begins(file).unwrap_or(false))
        {
            let since = *self.copies.entry(number).or_insert(now);
            if now.saturating_sub(since) < COPYING {
                return Ok(None);
            }
            if let Some(end) = original.copied_to(file)? {
                place.skip_to(file, end)?;
            }
            return Ok(Some(place));
        }
        let source = &self.sources[source].settings;
        if source.start_at == StartAt::End && !self.memory.is_learnt(&source.include) {
            place.skip_to(file, file.metadata()?.len())?;
        }
        Ok(Some(place))
    }

    /// Takes files that got another name while nobody looked, and have more than was read.
    fn begin_moved(&mut self, now: Duration) {
        for (path, place) in self.memory.moved() {
            let before = PathBuf::from(&place.path);
            let is_named = |source: &Source| source.include.iter().any(|pattern| pattern.matches(&before));
            let Some(source) = self.sources.iter().position(is_named) else { continue };
            let Ok(file) = File::open(&path) else { continue };
            let is_it =
                file.metadata().is_ok_and(|meta| number_of(&meta) == place.file && meta.len() > place.offset);
            if !is_it || self.files.contains_key(&place.file) || !place.is_of(&file).unwrap_or(false) {
                continue;
            }
            let number = place.file;
            self.memory.forget(number);
            // Its lines are said to be of the file that they were written to.
            self.take(source, before, file, place, now);
            if let Some(tracked) = self.files.get_mut(&number) {
                tracked.note_name(None, now);
            }
        }
    }

    /// Reads files in turn until it is enough for one round.
    fn read(&mut self, now: Duration, time: i64) -> Vec<Batch> {
        let numbers: Vec<FileNumber> = self.files.keys().copied().collect();
        let first = numbers.partition_point(|number| self.turn.is_some_and(|turn| *number <= turn));
        let (mut batches, mut bytes) = (Vec::new(), 0);
        for number in numbers[first..].iter().chain(&numbers[..first]) {
            let Some(tracked) = self.files.get_mut(number) else { continue };
            let source = &self.sources[tracked.source];
            match tracked.read(&source.rules, ms(source.settings.partial_ms), now, time) {
                Ok(None) => {}
                Ok(Some(batch)) if batch.records == 0 => {
                    let after = batch.after;
                    self.sent(*number, after);
                }
                Ok(Some(batch)) => {
                    self.turn = Some(*number);
                    self.is_dirty = true;
                    tracked.place.pending = batch.after.offset;
                    bytes += batch.body.len();
                    batches.push(batch);
                }
                Err(error) => {
                    let path = tracked.path.clone();
                    self.say(path, &error);
                }
            }
            if bytes >= ROUND_BYTES {
                break;
            }
        }
        batches
    }

    /// Counts what cannot be read, and says it the first time.
    fn say(&mut self, path: PathBuf, error: &io::Error) {
        names::files("unreadable").add(1);
        if error.kind() != io::ErrorKind::NotFound && !self.said.contains(&path) {
            tracing::warn!(path = %path.display(), %error, "a file cannot be read; it is tried again");
            self.said.insert(path);
        }
    }
}

fn is_compressed(file: &File) -> io::Result<bool> {
    let mut first = Vec::new();
    file.take(8).read_to_end(&mut first)?;
    Ok(COMPRESSED.iter().any(|magic| first.starts_with(magic)))
}
