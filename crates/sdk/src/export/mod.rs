//! From spans, log records and metric points to acknowledged OTLP requests: a bounded queue per signal, and one thread
//! that empties them.
//!
//! The stock batch processors block their threads on a future that lives on the host's runtime, so shutting down inside
//! a small runtime loses what is queued (opentelemetry-rust #2715, #2802). Here the exporter has a runtime of its own.

mod attempt;
mod metrics;
mod pool;
mod processor;
mod queue;
mod record;
mod rotation;
mod self_metrics;
mod sender;
mod worker;

pub(crate) use metrics::MetricsExporter;
pub(crate) use processor::Processor;
pub(crate) use queue::Queue;
pub use queue::Stats;
pub(crate) use record::{LogItem, MetricsPart};
pub(crate) use self_metrics::register;
pub(crate) use worker::{Queues, Worker};
