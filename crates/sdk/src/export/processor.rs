//! The span processor: stamps tenant and user at the start of a span and hands ended spans to the queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::Span as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::Queue;
use crate::{tenant, user};

/// Sits between the OpenTelemetry SDK and the queue.
#[derive(Debug)]
pub(crate) struct Processor {
    queue: Arc<Queue<SpanData>>,
}

impl Processor {
    pub(crate) fn new(queue: Arc<Queue<SpanData>>) -> Self {
        Self { queue }
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        if let Some(tenant) = tenant::of(context) {
            span.set_attribute(KeyValue::new(tenant::KEY, tenant));
        }
        if let Some(user) = user::of(context) {
            span.set_attribute(KeyValue::new(user::KEY, user));
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.queue.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(Duration::from_secs(5))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.queue.flush(Instant::now() + timeout) { Ok(()) } else { Err(OTelSdkError::Timeout(timeout)) }
    }
}
