//! The file that tells how far files have been read; written before a range is sent, and when it is in the log.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::place::Place;

/// First word of the file; the format's number stands behind it.
const MAGIC: &str = "sightline-files 1 ";
/// Bytes of the file: far more than the places that are kept.
const BYTES_MAX: u64 = 64 << 20;
/// Places that are kept.
pub(super) const PLACES_MAX: usize = 20_000;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    /// Patterns of sources that have been looked for: files that come later are read from the beginning.
    pub(super) known: Vec<String>,
    /// How far files have been read; those that are gone come first.
    pub(super) places: Vec<Place>,
}

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Damaged {
    #[error("it does not begin as a checkpoint of this version")]
    Format,
    #[error("its bytes are not those that were written")]
    Sum,
    #[error("it holds what no version writes")]
    Content,
}

/// Writes the bytes of a checkpoint.
fn encode(saved: &Saved) -> io::Result<Vec<u8>> {
    let content = serde_json::to_vec(saved)?;
    let mut bytes = format!("{MAGIC}{:016x}\n", xxh3_64(&content)).into_bytes();
    bytes.extend_from_slice(&content);
    Ok(bytes)
}

/// Reads the bytes of a checkpoint.
fn decode(bytes: &[u8]) -> Result<Saved, Damaged> {
    let line = bytes.iter().position(|byte| *byte == b'\n').ok_or(Damaged::Format)?;
    let head = std::str::from_utf8(&bytes[..line]).map_err(|_| Damaged::Format)?;
    let sum = head.strip_prefix(MAGIC).ok_or(Damaged::Format)?;
    let content = &bytes[line + 1..];
    if u64::from_str_radix(sum, 16) != Ok(xxh3_64(content)) {
        return Err(Damaged::Sum);
    }
    let saved: Saved = serde_json::from_slice(content).map_err(|_| Damaged::Content)?;
    let is_sound = saved.places.len() <= PLACES_MAX && saved.places.iter().all(Place::is_sound);
    if is_sound { Ok(saved) } else { Err(Damaged::Content) }
}

/// Reads a checkpoint; none if there is none yet. A damaged one is put aside and said: files are then read again, which
/// is better than not at all.
pub(super) fn load(path: &Path) -> io::Result<Option<Saved>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(BYTES_MAX).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match decode(&bytes) {
        Ok(saved) => Ok(Some(saved)),
        Err(damage) => {
            let aside = beside(path, ".damaged");
            fs::rename(path, &aside)?;
            tracing::error!(%damage, aside = %aside.display(), "the checkpoint of tailed files is damaged; they are read again");
            Ok(None)
        }
    }
}

/// Writes a checkpoint; it is durable when this returns.
pub(super) fn store(path: &Path, saved: &Saved) -> io::Result<()> {
    let next = beside(path, ".next");
    let mut file = File::create(&next)?;
    file.write_all(&encode(saved)?)?;
    file.sync_data()?;
    fs::rename(&next, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::place::FileNumber;
    use super::*;
    use proptest::prelude::*;

    fn saved() -> Saved {
        let number = FileNumber { volume: 1, inode: u64::MAX };
        let place = Place::beginning(u64::MAX, number, "/var/log/\"é\n.log".to_owned());
        Saved { known: vec!["/var/log/*.log".to_owned()], places: vec![place] }
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        assert_eq!(load(&path).unwrap(), None);
        for saved in [Saved::default(), saved()] {
            store(&path, &saved).unwrap();
            assert_eq!(load(&path).unwrap(), Some(saved));
        }
    }

    #[test]
    fn a_damaged_checkpoint_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        store(&path, &saved()).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(decode(&bytes), Err(Damaged::Sum));
        assert_eq!(load(&path).unwrap(), None);
        assert_eq!(fs::read(beside(&path, ".damaged")).unwrap(), bytes);
        assert_eq!(load(&path).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300) {
            prop_assert!(decode(&bytes).is_err());
            let mut whole = encode(&saved()).unwrap();
            whole.truncate(cut.min(whole.len() - 1));
            prop_assert!(decode(&whole).is_err());
            // Content with a right sum that is not what we write.
            let mut signed = format!("{MAGIC}{:016x}\n", xxh3_64(&bytes)).into_bytes();
            signed.extend_from_slice(&bytes);
            prop_assert!(decode(&signed).is_err());
        }
    }
}
