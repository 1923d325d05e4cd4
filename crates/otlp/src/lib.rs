//! OTLP bytes to columns and back: validation at the door, OTLP/JSON, replies, and rows as the store keeps them.
//!
//! *Invariant:* bytes from outside never cause a panic, an unbounded recursion, or an allocation above the bytes
//! present; a record is either accepted whole (cut to the limits) or rejected with a reason, never half.
//!
//! *Invariant:* no protobuf struct per record: everything is walked in place and borrowed.

mod accept;
mod append;
mod batch;
pub mod columns;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod json;
mod limits;
mod log_batch;
mod logs;
mod metric_batch;
mod metrics;
pub mod reply;
mod rules;
mod sanitise;
pub mod semconv;
mod series_guard;
mod tracestate;
mod value;
mod wire;

pub use accept::{Accepted, LogSlice, PointSlice, SpanSlice, accept_logs, accept_metrics, accept_traces};
pub use append::{AppendContext, Appended, Tenancy};
pub use batch::{ResourceRow, SpanBatch};
pub use error::BadMessage;
pub use json::{logs_from_json, metrics_from_json, traces_from_json};
pub use limits::{Door, Limits};
pub use log_batch::LogBatch;
pub use logs::{read_time, zoneless_time};
pub use metric_batch::{
    ExemplarRows, ExpHistogramRows, HistogramRows, MetricBatch, SampleRows, SeriesRow, SummaryRows,
};
pub use rules::{AttrType, DepType, RED_DEPENDENCY, ReqClass};
pub use semconv::{MATERIALISED, UNKNOWN_SERVICE};
pub use series_guard::{OrgSeries, SeriesGuard};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
