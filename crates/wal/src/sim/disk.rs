//! What is on the simulated disk for good, and what is only in memory yet.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

/// A change to a file's content.
#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Size(usize),
}

/// A change to a folder.
#[derive(Debug, Clone)]
pub(super) enum NameChange {
    Create(PathBuf, u64),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

/// The disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    inodes: HashMap<u64, Inode>,
    live: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    unsynced: Vec<NameChange>,
    pub space: Option<u64>,
}

/// A small generator (splitmix64), so that a seed decides everything.
pub(super) const fn next_random(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Size(size) => bytes.resize(*size, 0),
            Self::Write { offset, bytes: new } => {
                let end = offset + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(new);
            }
        }
    }
}

impl NameChange {
    /// Tells whether syncing the folder makes it durable.
    fn is_in(&self, dir: &Path) -> bool {
        let (Self::Create(path, _) | Self::Rename(_, path) | Self::Remove(path)) = self;
        path.parent() == Some(dir)
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Create(path, inode) => {
                names.insert(path.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

impl Inode {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.live);
        self.unsynced.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Loses what is not synced, or what the seed says of it.
    fn lose(&mut self, seed: Option<&mut u64>) {
        let unsynced = std::mem::take(&mut self.unsynced);
        if let Some(seed) = seed {
            for change in unsynced {
                survive(change, seed).inspect(|change| change.apply(&mut self.durable));
            }
        }
        self.live.clone_from(&self.durable);
    }
}

/// Decides what survives of an unsynced change: all, nothing, or a part of a write.
fn survive(change: Change, seed: &mut u64) -> Option<Change> {
    *seed = next_random(*seed);
    match (*seed % 4, change) {
        (0, _) => None,
        (1, Change::Write { offset, mut bytes }) => {
            *seed = next_random(*seed);
            bytes.truncate(usize::try_from(*seed % (bytes.len() as u64 + 1)).unwrap_or(0));
            Some(Change::Write { offset, bytes })
        }
        (2, Change::Write { offset, mut bytes }) => {
            // Pages reach the disk in any order: the end may be there without the beginning.
            *seed = next_random(*seed);
            let start = usize::try_from(*seed % (bytes.len() as u64 + 1)).unwrap_or(0);
            bytes.drain(..start);
            Some(Change::Write { offset: offset + start, bytes })
        }
        (_, change) => Some(change),
    }
}

/// Decides which changes of names survive: all up to some point, as with a journal, or any of them.
fn surviving_names(mut names: Vec<NameChange>, seed: &mut u64) -> Vec<NameChange> {
    *seed = next_random(*seed);
    if seed.is_multiple_of(2) {
        names.truncate(usize::try_from(*seed / 2 % (names.len() as u64 + 1)).unwrap_or(0));
    } else {
        names.retain(|_| {
            *seed = next_random(*seed);
            seed.is_multiple_of(2)
        });
    }
    names
}

impl Disk {
    pub(super) fn names(&self) -> impl Iterator<Item = &PathBuf> {
        self.live.keys()
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<u64> {
        self.live.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<u64> {
        if self.live.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = self.inodes.keys().max().map_or(1, |last| last + 1);
        self.inodes.insert(inode, Inode::default());
        self.change(NameChange::Create(path.to_owned(), inode))?;
        Ok(inode)
    }

    pub(super) fn change(&mut self, change: NameChange) -> io::Result<()> {
        if let NameChange::Rename(path, _) | NameChange::Remove(path) = &change {
            self.find(path)?;
        }
        change.apply(&mut self.live);
        self.unsynced.push(change);
        Ok(())
    }

    pub(super) fn sync_names(&mut self, dir: &Path) {
        let (synced, rest) = std::mem::take(&mut self.unsynced).into_iter().partition(|c| c.is_in(dir));
        self.unsynced = rest;
        let synced: Vec<NameChange> = synced;
        for change in synced {
            change.apply(&mut self.durable);
        }
    }

    fn inode(&mut self, inode: u64) -> &mut Inode {
        self.inodes.entry(inode).or_default()
    }

    pub(super) fn read<T>(&self, inode: u64, read: impl FnOnce(&[u8]) -> T) -> T {
        read(self.inodes.get(&inode).map_or(&[], |inode| &inode.live))
    }

    pub(super) fn write(&mut self, inode: u64, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.check_space(inode, offset + bytes.len())?;
        self.inode(inode).change(Change::Write { offset, bytes: bytes.to_vec() });
        Ok(())
    }

    pub(super) fn allocate(&mut self, inode: u64, bytes: u64) -> io::Result<()> {
        let size = self.read(inode, <[u8]>::len).max(usize::try_from(bytes).unwrap_or(usize::MAX));
        self.check_space(inode, size)?;
        self.inode(inode).change(Change::Size(size));
        Ok(())
    }

    pub(super) fn set_size(&mut self, inode: u64, bytes: u64) -> io::Result<()> {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.inode(inode).change(Change::Size(size));
        Ok(())
    }

    pub(super) fn sync(&mut self, inode: u64) {
        self.inode(inode).sync();
    }

    /// What a failed sync does: the pages count as written, and are not.
    pub(super) fn forget_unsynced(&mut self, inode: u64) {
        self.inode(inode).unsynced.clear();
    }

    /// Returns the bytes of all files that have a name.
    pub(super) fn taken(&self) -> u64 {
        self.live.values().map(|inode| self.read(*inode, |bytes| bytes.len() as u64)).sum()
    }

    fn check_space(&self, inode: u64, size: usize) -> io::Result<()> {
        let more = size.saturating_sub(self.read(inode, <[u8]>::len)) as u64;
        match self.space {
            Some(space) if more > 0 && self.taken() + more > space => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    /// Takes the power away; a seed decides what of the unsynced survives, or nothing does.
    pub(super) fn lose(&mut self, seed: Option<u64>) {
        let mut seed = seed;
        let names = std::mem::take(&mut self.unsynced);
        if let Some(seed) = &mut seed {
            for change in surviving_names(names, seed) {
                change.apply(&mut self.durable);
            }
        }
        let mut inodes: Vec<u64> = self.inodes.keys().copied().collect();
        inodes.sort_unstable();
        for inode in inodes {
            self.inode(inode).lose(seed.as_mut());
        }
        self.live.clone_from(&self.durable);
    }

    pub(super) fn edit(&mut self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let Ok(inode) = self.find(path) else { return false };
        let inode = self.inode(inode);
        inode.sync();
        change(&mut inode.live);
        inode.durable.clone_from(&inode.live);
        true
    }

    pub(super) fn lose_file(&mut self, path: &Path) {
        self.live.remove(path);
        self.durable.remove(path);
    }
}
