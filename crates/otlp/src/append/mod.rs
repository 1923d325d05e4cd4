//! From accepted bytes to rows: columns filled in one walk, what needs a second span filled at the end of the request.

mod ancestors;
mod attributes;
mod captured;
mod homes;
mod keys;
mod log;
mod logs;
mod metric_work;
mod metrics;
mod nested;
mod point;
mod request;
mod resource;
mod series;
mod span;
mod tenant;
mod workbench;

use sightline_model::{Nanos, OrgId, TenantBinding};

use crate::{BadMessage, Limits, SpanBatch};
pub use captured::Tenancy;
pub(crate) use metric_work::MetricWork;
pub(crate) use workbench::Workbench;

/// What is known about a request besides its bytes.
#[derive(Debug, Clone, Copy)]
pub struct AppendContext<'a> {
    /// Owner of the records.
    pub org: OrgId,
    /// How the tenant of a record is found.
    pub binding: &'a TenantBinding,
    /// Which captured headers name a tenant.
    pub tenancy: &'a Tenancy,
    /// Where texts and lists are cut.
    pub limits: &'a Limits,
    /// When the request arrived: the time of records that have none.
    pub received_at: Nanos,
}

macro_rules! appended {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What was added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Appended {
            /// Records.
            pub records: u32,
            $($(#[$doc])* pub $name: u32,)*
        }

        impl Appended {
            /// Returns how many records have each property, with the name of its counter (vocabulary.md 8).
            pub fn notes(&self) -> impl Iterator<Item = (&'static str, u32)> + use<> {
                [$((concat!("sightline.pipeline.", stringify!($name)), self.$name),)*].into_iter()
            }
        }

        impl std::ops::AddAssign for Appended {
            fn add_assign(&mut self, more: Self) {
                self.records += more.records;
                $(self.$name += more.$name;)*
            }
        }
    };
}

appended! {
    /// Records that claimed something that is no tenant id.
    tenant_invalid,
    /// Spans that took the tenant of an ancestor.
    tenant_inherited,
    /// Records whose claim differs from the tenant that their key is bound to.
    tenant_overwritten,
    /// Spans that end before they start.
    negative_durations,
    /// Log records with an id that is none: kept as an attribute.
    trace_id_invalid,
    /// Log records with a trace id of 64 bits, which got zeros in front.
    trace_id_padded,
    /// Log records with a time in the future, or one in their line that cannot be read: kept as an attribute.
    timestamp_invalid,
    /// Log records with a severity that nobody knows.
    severity_invalid,
    /// Log records whose line names another service than their resource.
    service_conflicts,
    /// Log records whose body is a line of JSON, or the like, that was taken apart.
    lines_parsed,
    /// Samples of value 0 that were added where a counter started: rows besides the points.
    starts_added,
    /// Points of gauges and sums that say that there is no value any more: stored as stale.
    stale_points,
    /// Points of histograms and summaries that say so: not stored, as there is nothing to store.
    points_without_value,
    /// Exemplars without value, or much older than their point: not stored.
    exemplars_dropped,
}

impl SpanBatch {
    /// Adds the spans of an accepted request.
    ///
    /// # Errors
    /// [`BadMessage`] when the bytes are not what [`crate::accept_traces`] returned; the batch is then as before.
    pub fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
        let (spans, resources) = (self.len(), self.resources.len());
        let result = request::append(self, body, cx);
        if result.is_err() {
            self.truncate_spans(spans);
            self.resources.truncate(resources);
            self.work.forget_resources(resources);
        }
        result
    }
}
