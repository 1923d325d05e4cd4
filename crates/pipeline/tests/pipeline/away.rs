//! A store that is away: what a pipeline has while the engine starts, restarts or is stopped.

use sightline_pipeline::{Pending, Storage};
use sightline_store::{Block, Error, Table};

/// Never reachable.
pub(crate) struct Away;

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
