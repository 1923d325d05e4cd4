//! What the commit protocol needs of a store.

use std::future::Future;
use std::pin::Pin;

use sightline_store::{Block, Error, Table, Writer};
use sightline_wal::Space;

/// A future on the heap: a store is chosen when the pipeline is built.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A store that batches are committed to. [`Writer`] is the one of the product; tests put a wrapper around it that
/// stops at a chosen step.
pub trait Storage: Send + Sync + 'static {
    /// Inserts a block, under the id of its batch.
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()>;

    /// Returns when the insert of that batch is not running any more, whatever became of it.
    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()>;

    /// Tells whether the batch is in the table.
    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool>;

    /// Makes everything that was inserted durable.
    fn sync_volume(&self) -> Pending<'_, ()>;

    /// Returns the space of the store's volume; none when it is on another machine. Blocks.
    ///
    /// # Errors
    /// What the system says.
    fn space(&self) -> std::io::Result<Option<Space>> {
        Ok(None)
    }
}

impl Storage for Writer {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        Box::pin(Self::insert(self, block))
    }

    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()> {
        Box::pin(Self::settle(self, table, batch))
    }

    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool> {
        Box::pin(Self::is_present(self, table, partition, first_key, batch))
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        Box::pin(Self::sync_volume(self))
    }

    fn space(&self) -> std::io::Result<Option<Space>> {
        self.volume_space()
    }
}
