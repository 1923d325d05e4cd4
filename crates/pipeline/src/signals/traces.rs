//! Spans: stored, listed in the trace index, and counted as requests.

use sightline_model::{Nanos, Signal};
use sightline_otlp::{
    AppendContext, Appended, BadMessage, SpanBatch, accept_traces, reply, traces_from_json,
};
use sightline_store::{Block, Catalog, Part, span_block, span_parts, trace_index_block};

use super::{Known, Rows, Spec};
use crate::consumers::Windows;

pub(super) const SPEC: Spec = Spec {
    signal: Signal::Traces,
    path: "/v1/traces",
    service: "opentelemetry.proto.collector.trace.v1.TraceService",
    days: |retention| retention.traces_days,
    accept: |body, door| accept_traces(body, door).map(Into::into),
    from_json: traces_from_json,
    response: reply::traces_response,
    is_counted: true,
    rows: || Box::new(SpanBatch::new()),
};

impl Rows for SpanBatch {
    fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
        Self::append(self, body, cx)
    }

    fn clear(&mut self) {
        Self::clear(self);
    }

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn heap_bytes(&self) -> usize {
        Self::heap_bytes(self)
    }

    fn parts(&self, ret_days: u16) -> Vec<Part> {
        span_parts(self, ret_days)
    }

    fn block(&self, part: &Part, batch: u64) -> Block {
        span_block(self, part, batch)
    }

    fn beside(&self, part: &Part, known: &mut Known, now: Nanos) -> Vec<Block> {
        let resources = known.resources.block(self, part, now);
        known.resources.remember(self, part);
        resources.into_iter().chain([trace_index_block(self, part)]).collect()
    }

    fn list(&self, catalog: &mut Catalog) {
        catalog.observe(self);
    }

    fn count(&self, windows: &mut Windows, arrived: Nanos) {
        windows.observe(self, arrived);
    }
}
