//! A file system in memory whose power can be cut, deterministic for a given script and seed.
//!
//! It is harsher than a real one within what POSIX promises: what was not synced is lost, kept or torn, write by
//! write; names that were not synced are undone, from any point on or any of them; a sync that failed has thrown its
//! data away.

mod disk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Space;
use crate::fs::{File, Fs, Lock};

use disk::{Disk, NameChange};

/// A call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// Makes a file.
    Create,
    /// Reserves space.
    Allocate,
    /// Writes.
    Write,
    /// Cuts or extends.
    SetSize,
    /// Syncs a file.
    Sync,
    /// Renames.
    Rename,
    /// Removes.
    Remove,
    /// Syncs a folder.
    SyncDir,
}

/// How the machine went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Only the process was killed: everything written is there, the machine's start is the same.
    Killed,
    /// The power went and took everything that was not synced.
    Unsynced,
    /// The power went; a seed decides what of the unsynced survived, and how much of each write.
    Some(u64),
}

/// A call that is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault {
    call: Call,
    /// Counted from now, from 0.
    nth: u64,
    is_lasting: bool,
    kind: io::ErrorKind,
}

impl Fault {
    /// Counts a call; returns the error when the fault is due.
    fn count(&mut self) -> Option<io::ErrorKind> {
        if self.nth > 0 {
            self.nth -= 1;
            return None;
        }
        self.nth = if self.is_lasting { 0 } else { u64::MAX };
        Some(self.kind)
    }
}

/// The machine.
struct Machine {
    disk: Disk,
    boot: u64,
    calls: Vec<(Call, PathBuf)>,
    /// The call at which the power goes, and how many bytes of a write still get through.
    cut: Option<(u64, usize)>,
    is_off: bool,
    faults: Vec<Fault>,
    locked: Vec<PathBuf>,
    random: u64,
}

/// A handle to the machine; clones share it.
#[derive(Clone)]
pub struct SimFs(Arc<Mutex<Machine>>);

struct SimFile {
    machine: SimFs,
    inode: u64,
    path: PathBuf,
}

struct SimLock {
    machine: SimFs,
    path: PathBuf,
}

impl Lock for SimLock {}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.machine.lock_state().locked.retain(|path| *path != self.path);
    }
}

impl Default for SimFs {
    fn default() -> Self {
        Self::new()
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

impl Machine {
    const fn new(disk: Disk, boot: u64, random: u64) -> Self {
        Self {
            disk,
            boot,
            calls: Vec::new(),
            cut: None,
            is_off: false,
            faults: Vec::new(),
            locked: Vec::new(),
            random,
        }
    }

    /// Counts a call; fails it when a fault is due. `Ok(Some(n))` means: the power goes after `n` bytes of it.
    fn enter(&mut self, call: Call, path: &Path) -> io::Result<Option<usize>> {
        self.check_power()?;
        let number = self.calls.len() as u64;
        self.calls.push((call, path.to_owned()));
        if let Some((at, bytes)) = self.cut
            && number >= at
        {
            self.is_off = true;
            return if call == Call::Write { Ok(Some(bytes)) } else { Err(off()) };
        }
        let due = self.faults.iter_mut().filter(|fault| fault.call == call).find_map(Fault::count);
        due.map_or(Ok(None), |kind| Err(io::Error::new(kind, "an injected fault")))
    }

    fn check_power(&self) -> io::Result<()> {
        if self.is_off { Err(off()) } else { Ok(()) }
    }
}

impl SimFs {
    /// Starts a machine with an empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Machine::new(Disk::default(), 1, 1))))
    }

    fn lock_state(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the changing calls so far.
    #[must_use]
    pub fn calls(&self) -> Vec<(Call, PathBuf)> {
        self.lock_state().calls.clone()
    }

    /// Cuts the power at the call with this number, counted from 0 since the start; if that is a write, the first
    /// `bytes` of it still get through.
    pub fn cut_power_at(&self, call: u64, bytes: usize) {
        self.lock_state().cut = Some((call, bytes));
    }

    /// Lets the call of a kind fail that comes after `nth` others of that kind: once, or from then on.
    pub fn fail(&self, call: Call, nth: u64, is_lasting: bool, kind: io::ErrorKind) {
        self.lock_state().faults.push(Fault { call, nth, is_lasting, kind });
    }

    /// Forgets all faults.
    pub fn heal(&self) {
        self.lock_state().faults.clear();
    }

    /// Limits the space on the disk.
    pub fn set_space(&self, bytes: u64) {
        self.lock_state().disk.space = Some(bytes);
    }

    /// Returns the bytes taken.
    #[must_use]
    pub fn bytes_taken(&self) -> u64 {
        self.lock_state().disk.taken()
    }

    /// Takes the machine down and returns it started anew; this one is dead from then on.
    #[must_use]
    pub fn restart(&self, loss: Loss) -> Self {
        let mut machine = self.lock_state();
        machine.is_off = true;
        let mut disk = machine.disk.clone();
        let boot = match loss {
            Loss::Killed => machine.boot,
            Loss::Unsynced | Loss::Some(_) => machine.boot + 1,
        };
        match loss {
            Loss::Killed => {}
            Loss::Unsynced => disk.lose(None),
            Loss::Some(seed) => disk.lose(Some(seed)),
        }
        Self(Arc::new(Mutex::new(Machine::new(disk, boot, machine.random))))
    }

    /// Returns the files there are.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        self.lock_state().disk.names().cloned().collect()
    }

    /// Changes a file behind everybody's back, durably; false when there is none.
    pub fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.lock_state().disk.edit(path, change)
    }

    /// Removes a file behind everybody's back, durably.
    pub fn lose_file(&self, path: &Path) {
        self.lock_state().disk.lose_file(path);
    }

    fn file(&self, inode: u64, path: &Path) -> Arc<dyn File> {
        Arc::new(SimFile { machine: self.clone(), inode, path: path.to_owned() })
    }
}

impl Fs for SimFs {
    fn create_dir_all(&self, _dir: &Path) -> io::Result<()> {
        self.lock_state().check_power()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let machine = self.lock_state();
        machine.check_power()?;
        let inside = machine.disk.names().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut machine = self.lock_state();
        machine.enter(Call::Create, path)?;
        let inode = machine.disk.create(path)?;
        drop(machine);
        Ok(self.file(inode, path))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let machine = self.lock_state();
        machine.check_power()?;
        let inode = machine.disk.find(path)?;
        drop(machine);
        Ok(self.file(inode, path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.lock_state();
        machine.enter(Call::Rename, to)?;
        machine.disk.change(NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.lock_state();
        machine.enter(Call::Remove, path)?;
        machine.disk.change(NameChange::Remove(path.to_owned()))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut machine = self.lock_state();
        machine.enter(Call::SyncDir, dir)?;
        machine.disk.sync_names(dir);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let mut machine = self.lock_state();
        machine.check_power()?;
        if machine.locked.iter().any(|locked| locked == path) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        machine.locked.push(path.to_owned());
        drop(machine);
        Ok(Box::new(SimLock { machine: self.clone(), path: path.to_owned() }))
    }

    fn space(&self, _dir: &Path) -> io::Result<Space> {
        let machine = self.lock_state();
        machine.check_power()?;
        let total = machine.disk.space.unwrap_or(1 << 50);
        Ok(Space { free: total.saturating_sub(machine.disk.taken()), total })
    }

    fn boot_id(&self) -> io::Result<[u8; 16]> {
        Ok(u128::from(self.lock_state().boot).to_be_bytes())
    }

    fn random(&self) -> u64 {
        let mut machine = self.lock_state();
        machine.random = disk::next_random(machine.random);
        machine.random
    }
}

impl File for SimFile {
    fn size(&self) -> io::Result<u64> {
        let machine = self.machine.lock_state();
        machine.check_power()?;
        Ok(machine.disk.read(self.inode, |bytes| bytes.len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let machine = self.machine.lock_state();
        machine.check_power()?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(machine.disk.read(self.inode, |bytes| {
            let rest = bytes.get(offset..).unwrap_or(&[]);
            let n = rest.len().min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            n
        }))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut machine = self.machine.lock_state();
        let cut = machine.enter(Call::Write, &self.path)?;
        let through = cut.map_or(bytes, |n| &bytes[..n.min(bytes.len())]);
        machine.disk.write(self.inode, through, offset)?;
        machine.check_power()
    }

    fn allocate(&self, bytes: u64) -> io::Result<()> {
        let mut machine = self.machine.lock_state();
        machine.enter(Call::Allocate, &self.path)?;
        machine.disk.allocate(self.inode, bytes)
    }

    fn set_size(&self, bytes: u64) -> io::Result<()> {
        let mut machine = self.machine.lock_state();
        machine.enter(Call::SetSize, &self.path)?;
        machine.disk.set_size(self.inode, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        let mut machine = self.machine.lock_state();
        let entered = machine.enter(Call::Sync, &self.path);
        if entered.is_err() && !machine.is_off {
            machine.disk.forget_unsynced(self.inode);
        }
        entered?;
        machine.disk.sync(self.inode);
        Ok(())
    }
}
