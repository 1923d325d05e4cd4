//! The handle.

use std::sync::Arc;

use sightline_runtime::Clock;

use crate::{Appended, Config, Error, Fs, Intent, NewRecord, Record, Recovery, Stats};

/// The log; clones share it.
#[derive(Clone)]
pub struct Wal {
    _fs: Arc<dyn Fs>,
}

impl Wal {
    /// Opens the log, making it when missing.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(clippy::needless_pass_by_value, reason = "the signature other crates compile against")]
    pub fn open(
        config: Config,
        _consumers: &[u8],
        fs: Arc<dyn Fs>,
        _clock: Arc<dyn Clock>,
    ) -> Result<(Self, Recovery), Error> {
        config.check()?;
        Ok((Self { _fs: fs }, Recovery::default()))
    }

    /// Appends; returns when durable.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(clippy::unused_async, reason = "the signature other crates compile against")]
    pub async fn append(&self, _record: NewRecord) -> Result<Appended, Error> {
        Err(Error::Closed)
    }

    /// Reads durable records.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn read(&self, _from: u64, _bytes_max: usize) -> Result<Vec<Record>, Error> {
        Err(Error::Closed)
    }

    /// Waits until a record after `seq` is durable; returns the last durable one's number.
    pub async fn durable_beyond(&self, _seq: u64) -> u64 {
        std::future::pending().await
    }

    /// Notes an intent; returns when durable.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(clippy::unused_async, reason = "the signature other crates compile against")]
    pub async fn intend(&self, _intent: Intent) -> Result<(), Error> {
        Err(Error::Closed)
    }

    /// Notes that a batch is in the store.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(clippy::unused_async, reason = "the signature other crates compile against")]
    pub async fn done(&self, _batch: u64) -> Result<(), Error> {
        Err(Error::Closed)
    }

    /// Returns the highest number every consumer has passed with all batches done.
    #[must_use]
    pub const fn sealable(&self) -> u64 {
        0
    }

    /// Notes that everything up to `up_to` is durable in the store, and frees the space.
    ///
    /// # Errors
    /// See [`Error`].
    #[expect(clippy::unused_async, reason = "the signature other crates compile against")]
    pub async fn seal(&self, _up_to: u64) -> Result<(), Error> {
        Err(Error::Closed)
    }

    /// Returns how the log is now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::default()
    }

    /// Finishes what was begun and lets go of the folder.
    #[expect(clippy::unused_async, reason = "the signature other crates compile against")]
    pub async fn close(self) {}
}
