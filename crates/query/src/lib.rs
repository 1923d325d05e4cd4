//! A question becomes a frame: bind org and tenants, compile, run, shape.
//!
//! *Invariant:* nothing is read without a `TenantScope`; what a limit cut is said in the answer's head.
//!
//! *Invariant:* no text of an asker is ever part of a statement: it travels as a typed parameter.

mod ask;
mod bins;
mod error;
mod events;
mod fields;
mod filter;
mod flows;
mod frame;
mod logs;
mod map;
mod metrics;
mod red;
mod rows;
mod search;
mod service;
mod service_name;
mod sketch;
mod span_time;
#[cfg(test)]
mod tests;
mod trace;
mod usage;
mod words;

pub use ask::{Ask, range};
pub use bins::{Bin, POINTS_DEFAULT, POINTS_MAX};
pub use error::{Error, Problem};
pub use events::EventsQuery;
pub use fields::{
    CompleteQuery, Completion, CompletionItem, FieldInfo, FieldList, FieldsQuery, Replace, ValueInfo,
    ValueList, ValuesQuery,
};
pub use filter::{Variable, Variables};
pub use flows::Flow;
pub use logs::{
    ContextQuery, Dropped, HistogramBy, HistogramQuery, LogId, LogQuery, LogRecord, LogsQuery, Look, Near,
    Tail, TailQuery, TraceLogsQuery,
};
pub use map::MapQuery;
pub use metrics::{
    Aggregate, ExemplarsQuery, LabelInfo, LabelList, LabelValue, LabelValueList, MetricInfo, MetricInfoQuery,
    MetricLabelValuesQuery, MetricLabelsQuery, MetricQuery, MetricsQuery, TimeFn,
};
pub use red::{By, DeploymentsQuery, OperationsQuery, RedQuery, ServiceExemplarsQuery, ServicesQuery};
pub use search::{Sort, SpansQuery, TracesQuery};
pub use service::{Config, QueryService, Watermark};
pub use trace::{Include, SPANS_MAX, SpanDetail, SpanQuery, TraceQuery};
pub use usage::UsageQuery;
// The attributes by which the store knows an event, for those that write them.
pub use sightline_store::{EVENT_END, EVENT_ID};

// The test binary is also the engine that its tests talk to.
#[cfg(test)]
sightline_engine::engine_host!();
