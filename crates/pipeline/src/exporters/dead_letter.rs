//! Where records go that the store refuses for good, so that they are neither lost nor in the way (promise.md 2.3.12).

use std::io::Write;
use std::path::{Path, PathBuf};

use sightline_wal::Record;

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
}
