//! Telemetry at rest: schema, writing, tenant-scoped reading, retention, rollups.
//!
//! *Invariant:* nothing is read without a [`sightline_model::TenantScope`]; one insert is one table and one partition,
//! hence one part, hence all or nothing; rows that may not be doubled carry the id of their batch.

mod block;
mod endpoint;
mod error;
mod http;
mod migrate;
mod names;
mod native;
mod reader;
mod reconcile;
pub mod retention;
pub mod rollup;
pub mod rollup_edges;
pub mod rollup_samples;
mod rows;
mod sql;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

pub use block::Block;
pub use endpoint::{Endpoint, User};
pub use error::Error;
pub use migrate::{Migrated, migrate};
pub use reader::{QueryLimits, Reader};
pub use rows::{Data, Lists, Maps, Rows, Strings};
pub use sql::{Parameter, Sql};
pub use table::{Bucket, RETENTION_CLASSES, Table, retention_class};
pub use tables::{
    Catalog, CatalogScope, EVENT_END, EVENT_ID, EVENTS_DAYS, EventRow, KnownResources, KnownSeries, Named,
    Observed, Part, RedRow, event_blocks, event_rows, log_block, log_parts, metric_block, metric_parts,
    red_blocks, span_block, span_parts, trace_index_block,
};
pub use writer::Writer;

// The test binary is also the engine that its tests talk to.
#[cfg(test)]
sightline_engine::engine_host!();
