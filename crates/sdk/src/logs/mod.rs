//! Logs: each `tracing` event becomes an OTLP log record and a line of JSON, with trace, tenant and user.
//!
//! ```
//! # let id = "inv-7";
//! tracing::info!(invoice_id = id, amount = 99.5, "invoice paid");
//! // {"timestamp":"2026-11-25T17:16:51.123456789Z","level":"INFO","service":"billing","trace_id":"4951...","span_id":"ef55...",
//! //  "tenant_id":"tenant-001","user_id":"user-7","message":"invoice paid","attributes":{"amount":99.5,"invoice_id":"inv-7"}}
//! ```
//!
//! Fields keep their types. Three are lifted out of the attributes: `tenant_id` and `user_id` win over those of the
//! current work, and `event_name` makes the record an event of the platform, as `dotmac.deployment.finished`.
//! Limits: 64 KiB of message, 32 KiB of a text; more is cut.

mod entry;
mod layer;
mod line;
mod sink;
mod timestamp;
mod writer;

pub use layer::layer;
pub(crate) use sink::{Sink, install};
