//! The pipeline from its sockets to the engine, with a real log in a temporary folder and, where rows are looked at,
//! the real engine.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod abuse;
mod away;
mod catalogue;
mod disks;
mod doors;
mod exactly_once;
mod files;
mod grpc;
mod hostile;
mod hostile_logs;
mod hostile_metrics;
mod http1;
mod kit;
mod lines;
mod logs;
mod metrics;
mod neighbours;
mod points;
mod red;
mod scrape;
mod spans;
mod store;
mod tenants;

sightline_engine::engine_host!();
