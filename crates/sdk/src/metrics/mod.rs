//! Business metrics: instruments that are `static`, know the tenant of the current work, and link to its trace.
//!
//! ```
//! use sightline_sdk::metrics::{Counter, Histogram, KeyValue, Kind};
//!
//! static TRANSACTIONS: Counter =
//!     Counter::new("dotmac.billing.transactions", "{transaction}", "Invoices, payments, refunds and credits");
//! static CHARGE: Histogram = Histogram::new("dotmac.billing.charge.duration", "s", "How long the provider takes");
//!
//! // `tenant.id` is added by itself inside a request or `tenant::scope`.
//! TRANSACTIONS.add(1, &[KeyValue::new("dotmac.billing.type", "invoice")]);
//! CHARGE.record(0.120, &[]);
//!
//! // Asked at every export: depths, lags, limits.
//! sightline_sdk::metrics::observe(Kind::Gauge, "dotmac.queue.depth", "{item}", "Jobs that wait", || {
//!     vec![(3.0, vec![KeyValue::new("dotmac.queue.name", "mail")])]
//! });
//! ```
//!
//! Instruments work before `init` and after the end (nothing is recorded then). Names and units are those of
//! OpenTelemetry; durations are seconds. Points are cumulative, histograms exponential. An instrument keeps 10,000
//! combinations of attributes; what comes after is counted under `otel.metric.overflow`.

mod bound;
pub(crate) mod exemplar;
mod instruments;
mod observe;
mod provider;
mod tenants;

pub use instruments::{Counter, FloatCounter, Gauge, Histogram, UpDownCounter};
pub use observe::{Kind, observe};
pub use opentelemetry::KeyValue;
pub(crate) use provider::{end_collecting, start};
pub(crate) use tenants::folded as tenants_folded;
