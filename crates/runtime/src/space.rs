//! How much room a volume has.

use std::io;
use std::path::Path;

/// The room of a volume, in bytes, for a user without privileges: what the system keeps for others is neither free nor
/// part of the whole, as in `df`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// What may still be taken.
    pub free: u64,
    /// What is taken and what is free.
    pub total: u64,
}

impl Space {
    /// Asks the volume of a file or folder. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Self> {
        let volume = rustix::fs::statvfs(path)?;
        Ok(Self::of_blocks(volume.f_frsize, volume.f_blocks, volume.f_bfree, volume.f_bavail))
    }

    fn of_blocks(bytes: u64, all: u64, free: u64, available: u64) -> Self {
        let taken = all.saturating_sub(free);
        let bytes = |blocks: u64| blocks.saturating_mul(bytes);
        Self { free: bytes(available), total: bytes(taken.saturating_add(available)) }
    }

    /// Returns the bytes that are taken.
    #[must_use]
    pub const fn taken(self) -> u64 {
        self.total.saturating_sub(self.free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_others_is_not_counted() {
        // A volume of 100 blocks, 20 of them taken, of whose other 80 most are kept for others.
        let space = Space::of_blocks(4096, 100, 80, 30);
        assert_eq!(space, Space { free: 30 * 4096, total: 50 * 4096 });
        assert_eq!(space.taken(), 20 * 4096);
    }

    #[test]
    fn a_folder_is_on_a_volume() {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::of(folder.path()).unwrap();
        assert!(space.free <= space.total && space.total > 0, "{space:?}");
        assert!(Space::of(&folder.path().join("nothing")).is_err());
    }
}
