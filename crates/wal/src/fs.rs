//! The file system and the machine as the log sees them, so that tests can take the power away.

use std::io;
use std::path::Path;
use std::sync::Arc;

mod disk;

pub use disk::DiskFs;
use sightline_runtime::Space;

/// What keeps other processes out for as long as it lives.
pub trait Lock: Send + Sync {}

/// A folder tree, and what the log needs to know of the machine. Calls block.
pub trait Fs: Send + Sync + 'static {
    /// Makes a folder and its parents, durably.
    ///
    /// # Errors
    /// What the system says.
    fn create_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// Returns the names in a folder, in no order.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Makes a file that must not exist yet.
    ///
    /// # Errors
    /// What the system says.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens a file that exists.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Renames a file, replacing the target. Durable after [`Fs::sync_dir`] of both folders.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. Durable after [`Fs::sync_dir`].
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes the exclusive lock of a file, made when missing.
    ///
    /// # Errors
    /// `WouldBlock` when somebody else has it; else what the system says.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;

    /// Returns the space of the volume that a folder is on.
    ///
    /// # Errors
    /// What the system says.
    fn space(&self, dir: &Path) -> io::Result<Space>;

    /// Returns the number of the machine's current start.
    ///
    /// # Errors
    /// When the system does not tell; the log then trusts nothing that is not sealed.
    fn boot_id(&self) -> io::Result<[u8; 16]>;

    /// Returns a number nobody can guess.
    fn random(&self) -> u64;
}

/// An open file. Calls block.
pub trait File: Send + Sync {
    /// Returns the length.
    ///
    /// # Errors
    /// What the system says.
    fn size(&self) -> io::Result<u64>;

    /// Reads what is there from `offset` on, up to the buffer's length; returns how much that was.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of it at `offset`.
    ///
    /// # Errors
    /// What the system says; some of it may be written then.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Reserves space for `bytes` bytes from the start, so that writing there cannot run out of space.
    ///
    /// # Errors
    /// What the system says.
    fn allocate(&self, bytes: u64) -> io::Result<()>;

    /// Cuts or extends.
    ///
    /// # Errors
    /// What the system says.
    fn set_size(&self, bytes: u64) -> io::Result<()>;

    /// Makes content and length durable.
    ///
    /// # Errors
    /// What the system says; the content must be considered lost then, a second try proves nothing.
    fn sync(&self) -> io::Result<()>;
}
