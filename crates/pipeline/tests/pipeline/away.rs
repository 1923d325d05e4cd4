//! A store that is away: what a pipeline has while the engine starts, restarts or is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sightline_pipeline::{Pending, Storage};
use sightline_store::{Block, Error, Table, Writer};

/// Never reachable.
pub(crate) struct Away;

/// Not reachable until it is let back.
pub(crate) struct BackLater {
    pub(crate) writer: Arc<Writer>,
    pub(crate) is_back: AtomicBool,
}

impl Storage for BackLater {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        if self.is_back.load(Ordering::SeqCst) { Storage::insert(&*self.writer, block) } else { away() }
    }

    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()> {
        if self.is_back.load(Ordering::SeqCst) {
            Storage::settle(&*self.writer, table, batch)
        } else {
            away()
        }
    }

    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool> {
        Storage::is_present(&*self.writer, table, partition, first_key, batch)
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        Storage::sync_volume(&*self.writer)
    }
}

fn away<'a, T: Send + 'a>() -> Pending<'a, T> {
    Box::pin(async { Err(Error::Away { detail: "stopped by the test".to_owned() }) })
}

impl Storage for Away {
    fn insert<'a>(&'a self, _block: &'a Block) -> Pending<'a, ()> {
        away()
    }

    fn settle(&self, _table: Table, _batch: u64) -> Pending<'_, ()> {
        away()
    }

    fn is_present<'a>(
        &'a self,
        _table: Table,
        _partition: &'a str,
        _first_key: &'a [u8],
        _batch: u64,
    ) -> Pending<'a, bool> {
        away()
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        away()
    }
}
