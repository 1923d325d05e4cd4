//! Where records go that the store refuses for good, so that they are neither lost nor in the way (promise.md 2.3.12).

use std::io::Write;
use std::path::{Path, PathBuf};

use sightline_wal::Record;

/// A part of a refused batch that is inserted under an id of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its batch id.
    pub(crate) id: u64,
    /// First record whose rows it has.
    pub(crate) from: u64,
    /// Last one.
    pub(crate) to: u64,
}

/// The folder of refused records.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetters {
    dir: PathBuf,
}

impl DeadLetters {
    pub(crate) const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Keeps the request of a record as it was accepted: OTLP protobuf, which can be sent again as it is.
    pub(crate) fn keep_record(&self, record: &Record) -> std::io::Result<PathBuf> {
        let name = format!("signal{}-org{}-seq{}.pb", record.signal, record.org, record.seq);
        self.keep(&name, &record.payload)
    }

    /// Keeps a block that is not made of records alone.
    pub(crate) fn keep_block(&self, table: &str, batch: u64, body: &[u8]) -> std::io::Result<PathBuf> {
        self.keep(&format!("{table}-{batch:016x}.native"), body)
    }

    /// Notes into which pieces a refused batch is taken apart, instead of what was noted before.
    pub(crate) fn keep_pieces(&self, batch: u64, pieces: &[Piece]) -> std::io::Result<PathBuf> {
        let mut text = String::new();
        for Piece { id, from, to } in pieces {
            text.push_str(&format!("{id} {from} {to}\n"));
        }
        self.keep(&name_of_pieces(batch), text.as_bytes())
    }

    /// Returns the pieces of a refused batch; none when it was not taken apart.
    pub(crate) fn pieces(&self, batch: u64) -> std::io::Result<Option<Vec<Piece>>> {
        let text = match std::fs::read_to_string(self.dir.join(name_of_pieces(batch))) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let pieces: Option<Vec<Piece>> = text.lines().map(parse_piece).collect();
        pieces.map(Some).ok_or_else(|| std::io::Error::other("the note of a refused batch is damaged"))
    }

    /// Forgets the pieces of a batch that is done.
    pub(crate) fn forget_pieces(&self, batch: u64) -> std::io::Result<()> {
        std::fs::remove_file(self.dir.join(name_of_pieces(batch)))
    }

    /// Writes a file durably. Writing it again after a crash replaces it by the same.
    fn keep(&self, name: &str, body: &[u8]) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&self.dir)?;
        let path = self.dir.join(name);
        let part = self.dir.join(format!("{name}.part"));
        let mut file = std::fs::File::create(&part)?;
        file.write_all(body)?;
        file.sync_all()?;
        std::fs::rename(&part, &path)?;
        sync_dir(&self.dir)?;
        Ok(path)
    }
}

fn name_of_pieces(batch: u64) -> String {
    format!("batch-{batch:016x}.pieces")
}

fn parse_piece(line: &str) -> Option<Piece> {
    let mut numbers = line.split(' ').map(|text| text.parse().ok());
    let piece = Piece { id: numbers.next()??, from: numbers.next()??, to: numbers.next()?? };
    numbers.next().is_none().then_some(piece)
}

fn sync_dir(dir: &Path) -> std::io::Result<()> {
    std::fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_block_can_be_read_back_and_kept_again() {
        let dir = tempfile::tempdir().unwrap();
        let letters = DeadLetters::new(dir.path().join("dead-letter"));
        for _ in 0..2 {
            let path = letters.keep_block("red_10s", 7, b"bytes").unwrap();
            assert_eq!(std::fs::read(path).unwrap(), b"bytes");
        }
        assert_eq!(std::fs::read_dir(dir.path().join("dead-letter")).unwrap().count(), 1);
    }

    #[test]
    fn the_pieces_of_a_batch_are_found_again_until_they_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let letters = DeadLetters::new(dir.path().to_owned());
        let pieces = [Piece { id: 1 << 48 | 5, from: 1, to: 4 }, Piece { id: 6, from: 5, to: 9 }];
        assert_eq!(letters.pieces(7).unwrap(), None);
        letters.keep_pieces(7, &pieces).unwrap();
        assert_eq!(letters.pieces(7).unwrap().as_deref(), Some(&pieces[..]));
        letters.keep_pieces(7, &[]).unwrap();
        assert_eq!(letters.pieces(7).unwrap(), Some(Vec::new()));
        letters.forget_pieces(7).unwrap();
        assert_eq!(letters.pieces(7).unwrap(), None);
    }
}
