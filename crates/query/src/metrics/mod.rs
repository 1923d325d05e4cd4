//! Metrics: what there is, over time, and the traces behind it.
//!
//! A metric is found by its own name or by the one that Prometheus gives it. A filter chooses series by their labels and
//! resources; the points of the series are read as rows (why: `points`) and worked out by plain functions: functions of
//! time (`inner`), distributions (`explicit`, `exponential`, `distributions`).
//!
//! *Invariant:* of several points of a series at one millisecond one counts; nothing is extrapolated; what a limit leaves
//! out is said in the head of the answer, and a question that would read too much is refused before it is answered.

mod derived;
mod distributions;
mod ended;
mod exemplars;
mod explicit;
mod exponential;
mod families;
mod group;
mod hours;
mod inner;
mod labels;
mod list;
mod measure;
mod name;
mod numbers;
mod points;
mod prometheus;
mod range;
mod series;
mod unify;

pub use exemplars::ExemplarsQuery;
pub(crate) use families::sent_as;
pub use inner::TimeFn;
pub use labels::{
    LabelInfo, LabelList, LabelValue, LabelValueList, MetricLabelValuesQuery, MetricLabelsQuery,
};
pub use list::{MetricInfo, MetricInfoQuery, MetricsQuery};
pub use measure::Aggregate;
pub(crate) use points::{between, millis_up};
pub use range::MetricQuery;
pub(crate) use series::days;
