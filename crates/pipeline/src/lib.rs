//! Received telemetry becomes stored telemetry: receivers, the door they share, the log's consumers, the store.
//!
//! *Invariant:* a request is acknowledged only when the log has it; what the log has is stored exactly once, whatever
//! dies in between; nothing is dropped that is not counted by its reason.

mod config;
mod consumers;
mod door;
mod envelope;
mod error;
mod event_names;
mod exporters;
mod names;
mod offload;
mod pipeline;
mod posted;
mod receivers;
mod signals;

pub use config::{Config, Connections, Cors, Disk, Flush, Limits, Retention, Tenancy};
pub use consumers::CONSUMERS;
pub use error::Error;
pub use event_names::EventNames;
pub use exporters::{Pending, Storage};
pub use pipeline::{Deps, Pipeline, build};
pub use posted::Posting;
pub use receivers::{FileSource, HostConfig, RedisServer, ScrapeJob, StartAt, Wrapping};

pub(crate) use offload::offload;
