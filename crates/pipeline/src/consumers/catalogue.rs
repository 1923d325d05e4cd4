//! When the catalogue of attributes is written: at once, then after 5, 10, 20, ... s, then once a minute.

use std::sync::Arc;
use std::time::Duration;

use sightline_otlp::SpanBatch;
use sightline_runtime::Clock;
use sightline_store::{Block, Catalog};

/// Time to the second flush: most keys are new when a process is.
const NEW_AFTER: Duration = Duration::from_secs(5);
/// Time between two flushes of running counts.
const CHANGED_AFTER: Duration = Duration::from_mins(1);

/// The catalogue and its pace. It is written with the batches, so nothing is written while nothing arrives.
pub(super) struct Catalogue {
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    flushed_at: Option<Duration>,
    flushes: u32,
}

impl Catalogue {
    pub(super) fn new(ret_days: u16, clock: Arc<dyn Clock>) -> Self {
        let catalog = Catalog::new(ret_days, clock.unix_nanos());
        Self { catalog, clock, flushed_at: None, flushes: 0 }
    }

    /// Counts a batch; returns what is to be written with it.
    pub(super) fn observe(&mut self, batch: &SpanBatch) -> Option<Block> {
        self.catalog.observe(batch);
        let now = self.clock.monotonic();
        // The first batch of a process is new to it whatever the store has.
        let since = self.flushed_at.map_or(CHANGED_AFTER, |at| now.saturating_sub(at));
        let pause = NEW_AFTER.saturating_mul(1 << self.flushes.min(8)).min(CHANGED_AFTER);
        if since < pause {
            return None;
        }
        self.flushed_at = Some(now);
        self.flushes += 1;
        self.catalog.flush(self.clock.unix_nanos())
    }
}
