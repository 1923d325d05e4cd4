//! From ended spans to acknowledged OTLP requests: a bounded queue, and a thread that empties it.
//!
//! The stock batch processor blocks its thread on a future that lives on the host's runtime, so shutting down inside a
//! small runtime loses what is queued (opentelemetry-rust #2715, #2802). Here the exporter has a runtime of its own.

mod attempt;
mod processor;
mod queue;
mod worker;

pub(crate) use processor::Processor;
pub(crate) use queue::Queue;
pub use queue::Stats;
pub(crate) use worker::Worker;
