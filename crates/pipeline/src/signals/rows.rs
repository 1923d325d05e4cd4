//! What the consumers need of the rows of a signal.

use sightline_model::Nanos;
use sightline_otlp::{AppendContext, Appended, BadMessage};
use sightline_store::{Block, Catalog, KnownResources, KnownSeries, Part};

use crate::consumers::Windows;
use crate::event_names::Prefixes;

/// What rows refer to and the store has already: memory only, a restart writes it again.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) resources: KnownResources,
    pub(crate) series: KnownSeries,
    /// Which log records are events too.
    pub(crate) events: Prefixes,
}

impl Known {
    /// Knows nothing yet.
    pub(crate) fn new(events: Prefixes) -> Self {
        Self { events, ..Self::default() }
    }
}

/// Rows of one signal on their way to the store.
pub(crate) trait Rows: Send + Sync {
    /// Adds the records of a request; on an error the rows are as before.
    fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage>;

    /// Forgets all rows, keeps the memory.
    fn clear(&mut self);

    /// Returns the number of rows.
    fn len(&self) -> usize;

    /// Returns the bytes held on the heap.
    fn heap_bytes(&self) -> usize;

    /// Splits the rows by table and partition. The same rows give the same parts, in the same order.
    fn parts(&self, ret_days: u16) -> Vec<Part>;

    /// Writes a part under the id of its batch: rows that must be in the store exactly once.
    fn block(&self, part: &Part, batch: u64) -> Block;

    /// Writes what a part refers to and what is derived from it: rows that may be written again. What is
    /// `known` is left out, the rest is known from now on.
    fn beside(&self, part: &Part, known: &mut Known, now: Nanos) -> Vec<Block>;

    /// Lists attributes for completion.
    fn list(&self, catalog: &mut Catalog);

    /// Counts requests, where records are such. `arrived` is when the last of them did.
    fn count(&self, _windows: &mut Windows, _arrived: Nanos) {}
}
