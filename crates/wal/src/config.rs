//! Settings of the log.

use std::path::PathBuf;
use std::time::Duration;

use crate::Error;

/// The smallest segment: room for the header, one small record and the markers' reserve.
const SEGMENT_BYTES_MIN: u64 = 8 * 1024;

/// The largest segment: offsets inside are 32 bits wide.
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

/// Settings of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder that holds the log; made when missing.
    pub dir: PathBuf,
    /// Bytes that are reserved on disk for each file of the log.
    pub segment_bytes: u64,
    /// The longest time a record waits for others to share its fsync.
    pub linger: Duration,
    /// Bytes after which a group is written without waiting for more.
    pub group_bytes: usize,
    /// Bytes the log may take on disk; beyond it appends are refused. Half a segment of it is kept for markers.
    pub disk_bytes_max: u64,
    /// Bytes of a file that is given back when the disk is full, so that what is stored can still be noted and
    /// removed; 0 for none.
    pub ballast_bytes: u64,
    /// Records not yet sealed; beyond it appends are refused. Each takes 32 bytes of memory.
    pub index_entries_max: usize,
    /// How long the key of a record is remembered.
    pub dedup_window: Duration,
    /// How many keys are remembered at most. Each takes about 80 bytes of memory.
    pub dedup_entries_max: usize,
}

impl Config {
    /// Makes the settings of a log in the given folder, everything else as by default.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            segment_bytes: 64 << 20,
            linger: Duration::from_millis(2),
            group_bytes: 256 << 10,
            disk_bytes_max: 8 << 30,
            ballast_bytes: 128 << 20,
            index_entries_max: 2_000_000,
            dedup_window: Duration::from_mins(15),
            dedup_entries_max: 1_000_000,
        }
    }

    /// Checks what the log relies on.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |detail: String| Err(Error::Invalid { detail });
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&self.segment_bytes) {
            return refuse(format!(
                "segment_bytes `{}` is outside {SEGMENT_BYTES_MIN}..={SEGMENT_BYTES_MAX}",
                self.segment_bytes
            ));
        }
        if self.disk_bytes_max < 2 * self.segment_bytes {
            return refuse(format!(
                "disk_bytes_max `{}` is less than two segments of {} bytes; raise it or lower segment_bytes",
                self.disk_bytes_max, self.segment_bytes
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Config)) -> Option<String> {
        let mut config = Config::new("x");
        change(&mut config);
        config.check().err().map(|e| e.to_string())
    }

    #[test]
    fn impossible_sizes_are_refused_by_name() {
        assert_eq!(check(|_| ()), None);
        assert!(check(|c| c.segment_bytes = 100).unwrap().contains("segment_bytes `100`"));
        assert!(check(|c| c.segment_bytes = 1 << 40).unwrap().contains("segment_bytes"));
        assert!(check(|c| c.disk_bytes_max = 100).unwrap().contains("raise it"));
    }
}
