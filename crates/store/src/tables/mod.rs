//! Rows of each table as insert blocks. A new table is a file here, a row in [`crate::Table`] and a migration.

pub(crate) mod catalog;
mod edges;
mod events;
mod logs;
mod metrics;
mod observed;
mod part;
mod red;
mod resources;
mod series;
mod spans;
mod trace_index;

pub use catalog::{Catalog, CatalogScope};
pub use events::{EVENT_END, EVENT_ID, EVENTS_DAYS, EventRow, event_blocks, event_rows};
pub use logs::{log_block, log_parts};
pub use metrics::{metric_block, metric_parts};
pub use observed::{Named, Observed};
pub use part::Part;
pub use red::{RedRow, red_blocks};
pub use resources::KnownResources;
pub use series::KnownSeries;
pub use spans::{span_block, span_parts};
pub use trace_index::trace_index_block;

use crate::Table;
pub(crate) use edges::COLUMNS as EDGE_COLUMNS;
pub(crate) use resources::COLUMNS as RESOURCE_COLUMNS;
pub(crate) use series::COLUMNS as SERIES_COLUMNS;

/// Returns the columns that an insert names, in the order of its block.
pub(crate) const fn columns(table: Table) -> &'static str {
    match table {
        Table::Spans => spans::COLUMNS,
        Table::Red10s => red::COLUMNS,
        Table::TraceIndex => trace_index::COLUMNS,
        Table::Resources => resources::COLUMNS,
        Table::AttrCatalog => catalog::COLUMNS,
        Table::Red1m => crate::rollup::COLUMNS,
        Table::Logs => logs::COLUMNS,
        Table::Samples => metrics::SAMPLES,
        Table::Histograms => metrics::HISTOGRAMS,
        Table::ExpHistograms => metrics::EXP_HISTOGRAMS,
        Table::Summaries => metrics::SUMMARIES,
        Table::Exemplars => metrics::EXEMPLARS,
        Table::MetricSeries => series::COLUMNS,
        Table::Edges1m => edges::COLUMNS,
        Table::Events => events::COLUMNS,
        Table::Samples1h => crate::rollup_samples::COLUMNS,
    }
}
