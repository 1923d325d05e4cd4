//! When the catalogue of attributes is written: soon after something new was seen, else once a minute.

use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::Clock;
use sightline_store::{Block, Catalog};

use crate::signals::Rows;

/// Time from a new key or value to its being listed, at most (beside the flush itself).
const NEW_AFTER: Duration = Duration::from_secs(5);
/// Time between two flushes of running counts.
const CHANGED_AFTER: Duration = Duration::from_mins(1);

/// The catalogue and its pace. It is written with a batch, or alone when none comes in time.
pub(super) struct Catalogue {
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    flushed_at: Option<Duration>,
}

impl Catalogue {
    pub(super) fn new(ret_days: u16, clock: Arc<dyn Clock>) -> Self {
        let catalog = Catalog::new(ret_days, clock.unix_nanos());
        Self { catalog, clock, flushed_at: None }
    }

    /// Counts batches.
    pub(super) fn observe<'a>(&mut self, batches: impl Iterator<Item = &'a dyn Rows>) {
        batches.for_each(|rows| rows.list(&mut self.catalog));
    }

    /// Returns what is to be written, if it is time for it or there will be no later one.
    pub(super) fn take(&mut self, is_last: bool) -> Option<Block> {
        let is_due = self.wait().is_some_and(|wait| wait.is_zero());
        if !is_due && !is_last {
            return None;
        }
        self.flushed_at = Some(self.clock.monotonic());
        self.catalog.flush(self.clock.unix_nanos())
    }

    /// Tells how long what changed may still wait; none if nothing did.
    pub(super) fn wait(&self) -> Option<Duration> {
        if !self.catalog.has_changed() {
            return None;
        }
        // The first batch of a process is new to it whatever the store has.
        let now = self.clock.monotonic();
        let since = self.flushed_at.map_or(CHANGED_AFTER, |at| now.saturating_sub(at));
        let pause = if self.catalog.has_new() { NEW_AFTER } else { CHANGED_AFTER };
        Some(pause.saturating_sub(since))
    }
}
