//! Which files there are; leftovers are removed, files without a readable header set aside.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::format::{DATA_START, Head, Header, KeyFile};
use crate::fs::File;
use crate::shared::{FileKind, QUARANTINE};
use crate::{Error, Fs};

/// A segment with a readable header.
pub(super) struct Found {
    pub header: Header,
    pub path: PathBuf,
    pub file: Arc<dyn File>,
    pub bytes: u64,
}

/// A segment without one, now in quarantine.
pub(super) struct Unreadable {
    pub number: u64,
    pub path: PathBuf,
}

/// The log's folder.
pub(super) struct Listing {
    /// By number.
    pub segments: Vec<Found>,
    pub unreadable: Vec<Unreadable>,
    /// Files of keys of segments that are gone.
    pub keys: Vec<(u64, KeyFile, u64)>,
    pub next_number: u64,
}

/// Reads the folder.
pub(super) fn list(dir: &Path, fs: &dyn Fs) -> Result<Listing, Error> {
    let names = fs.list(dir).map_err(Error::at("list the log's folder", dir))?;
    let mut files: Vec<(FileKind, u64)> = names.iter().filter_map(|name| FileKind::of(name)).collect();
    files.sort_by_key(|(_, number)| *number);
    let set_aside = fs.list(&dir.join(QUARANTINE)).unwrap_or_default();
    let numbers = set_aside.iter().filter_map(|name| FileKind::of(name)).chain(files.iter().copied());
    let last = numbers.map(|(_, number)| number).max().unwrap_or(0);
    let mut listing = Listing { segments: vec![], unreadable: vec![], keys: vec![], next_number: last + 1 };
    for (kind, number) in files {
        let path = dir.join(kind.name(number));
        match kind {
            FileKind::NewSegment => fs.remove(&path).map_err(Error::at("remove a leftover", &path))?,
            FileKind::Segment => open_segment(dir, fs, number, path, &mut listing)?,
            FileKind::Keys => read_keys(fs, number, &path, &mut listing)?,
        }
    }
    // The segment itself knows more than a file of its keys, of which the power may have taken the end.
    let Listing { segments, keys, .. } = &mut listing;
    keys.retain(|(number, ..)| segments.binary_search_by_key(number, |s| s.header.number).is_err());
    Ok(listing)
}

fn open_segment(
    dir: &Path,
    fs: &dyn Fs,
    number: u64,
    path: PathBuf,
    listing: &mut Listing,
) -> Result<(), Error> {
    let (file, bytes) = open(fs, &path)?;
    let mut image = [0; DATA_START];
    let filled = file.read_at(&mut image, 0).map_err(Error::at("read a segment's header", &path))?;
    match Header::read(&image[..filled]) {
        Head::Whole(header) if header.number == number => {
            listing.segments.push(Found { header, path, file, bytes });
        }
        Head::Newer { version } => return Err(Error::Newer { path, version }),
        Head::Whole(_) | Head::Bad => {
            let path = quarantine(dir, fs, number)?;
            listing.unreadable.push(Unreadable { number, path });
        }
    }
    Ok(())
}

fn open(fs: &dyn Fs, path: &Path) -> Result<(Arc<dyn File>, u64), Error> {
    let file = fs.open(path).map_err(Error::at("open a file of the log", path))?;
    let bytes = file.size().map_err(Error::at("open a file of the log", path))?;
    Ok((file, bytes))
}

fn read_keys(fs: &dyn Fs, number: u64, path: &Path, listing: &mut Listing) -> Result<(), Error> {
    let (file, bytes) = open(fs, path)?;
    let image = read_all(file.as_ref(), bytes).map_err(Error::at("read a file of keys", path))?;
    match KeyFile::read(&image) {
        Some(keys) => listing.keys.push((number, keys, bytes)),
        None => {
            tracing::error!(file = %path.display(), "a file of keys is damaged; a request sent again may be stored twice");
            fs.remove(path).map_err(Error::at("remove a damaged file of keys", path))?;
        }
    }
    Ok(())
}

/// Reads so much of a file, or what there is of it.
pub(super) fn read_all(file: &dyn File, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut image = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
    let filled = file.read_at(&mut image, 0)?;
    image.truncate(filled);
    Ok(image)
}

/// Moves a segment out of the way; returns where it is.
pub(crate) fn quarantine(dir: &Path, fs: &dyn Fs, number: u64) -> Result<PathBuf, Error> {
    let aside = dir.join(QUARANTINE);
    let name = FileKind::Segment.name(number);
    let (from, to) = (dir.join(&name), aside.join(&name));
    fs.create_dir_all(&aside)
        .and_then(|()| fs.rename(&from, &to))
        .and_then(|()| fs.sync_dir(&aside))
        .and_then(|()| fs.sync_dir(dir))
        .map_err(Error::at("set a damaged segment aside", &from))?;
    Ok(to)
}
