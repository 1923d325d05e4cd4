//! An open call: a span that ends, and a duration that is recorded, exactly once, also when the caller goes away.

use std::time::Instant;

use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::metrics::{Histogram, UpDownCounter};
use crate::tenant::Known;

/// What is in progress.
#[derive(Debug)]
pub(crate) struct Call {
    context: Context,
    started: Instant,
    duration: &'static Histogram,
    labels: Vec<KeyValue>,
    active: Option<(&'static UpDownCounter, Vec<KeyValue>)>,
    known: Known,
    ended: bool,
}

impl Call {
    /// Opens a call whose span is in the context. The labels are those of the metric.
    pub(crate) fn new(context: &Context, duration: &'static Histogram, labels: Vec<KeyValue>) -> Self {
        let known = Known::default();
        let context = context.with_value(known.clone());
        Self { context, started: Instant::now(), duration, labels, active: None, known, ended: false }
    }

    /// Counts the call among the active ones until its end.
    pub(crate) fn counted_in(mut self, active: &'static UpDownCounter, labels: Vec<KeyValue>) -> Self {
        active.add_plain(1, &labels);
        self.active = Some((active, labels));
        self
    }

    /// The context in which the work is to be done.
    pub(crate) const fn context(&self) -> &Context {
        &self.context
    }

    /// The context with the tenant that became known inside.
    pub(crate) fn tenant_context(&self) -> Context {
        self.known.apply(&self.context)
    }

    /// What the metric says so far.
    #[cfg(feature = "bus")]
    pub(crate) fn labels(&self) -> &[KeyValue] {
        &self.labels
    }

    /// Notes what both span and metric say.
    pub(crate) fn note(&mut self, attribute: KeyValue) {
        self.context.span().set_attribute(attribute.clone());
        self.label(attribute);
    }

    /// Notes what the metric says, in place of what it said under the same key.
    pub(crate) fn label(&mut self, attribute: KeyValue) {
        self.labels.retain(|label| label.key != attribute.key);
        self.labels.push(attribute);
    }

    /// Notes a failure.
    pub(crate) fn fail(&mut self, error_type: String, message: String) {
        self.note(KeyValue::new("error.type", error_type));
        self.context.span().set_status(Status::error(message));
    }

    /// Ends the call, unless it has ended.
    pub(crate) fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.context.span().end();
        let seconds = self.started.elapsed().as_secs_f64();
        self.duration.record_in(&self.tenant_context(), seconds, &self.labels);
        if let Some((active, labels)) = &self.active {
            active.add_plain(-1, labels);
        }
    }
}

/// Without an end of its own: whatever happened, it happened until now.
impl Drop for Call {
    fn drop(&mut self) {
        self.end();
    }
}
