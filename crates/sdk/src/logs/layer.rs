//! The `tracing` layer that hands events to the present sink.

use std::time::SystemTime;

use opentelemetry::Context;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{self, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::entry::Entry;
use super::sink;

/// Returns the layer that exports and prints log events, for an own subscriber; put the filter of your choice on it.
/// [`init`](crate::init) installs it with the filter of `RUST_LOG`, `info` by default.
pub fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    Events
}

#[derive(Debug)]
struct Events;

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _context: layer::Context<'_, S>) {
        if let Some(sink) = sink::present() {
            let is_own = Context::is_current_telemetry_suppressed();
            sink.take(Entry::of(event, SystemTime::now()), is_own);
        }
    }
}
