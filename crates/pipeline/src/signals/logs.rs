//! Log records: stored.

use sightline_model::{Nanos, Signal};
use sightline_otlp::{AppendContext, Appended, BadMessage, LogBatch, accept_logs, logs_from_json, reply};
use sightline_store::{Block, Catalog, Part, event_blocks, event_rows, log_block, log_parts};

use super::{Known, Rows, Spec};

pub(super) const SPEC: Spec = Spec {
    signal: Signal::Logs,
    path: "/v1/logs",
    service: "opentelemetry.proto.collector.logs.v1.LogsService",
    days: |retention| retention.logs_days,
    accept: |body, door| accept_logs(body, door).map(Into::into),
    from_json: logs_from_json,
    response: reply::logs_response,
    is_counted: false,
    rows: || Box::new(LogBatch::new()),
};

impl Rows for LogBatch {
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
        log_parts(self, ret_days)
    }

    fn block(&self, part: &Part, batch: u64) -> Block {
        log_block(self, part, batch)
    }

    fn beside(&self, part: &Part, known: &mut Known, now: Nanos) -> Vec<Block> {
        let resources = known.resources.block(self, part, now);
        known.resources.remember(self, part);
        let events = event_rows(self, part, |name| known.events.match_any(name));
        resources.into_iter().chain(event_blocks(&events, now)).collect()
    }

    fn list(&self, catalog: &mut Catalog) {
        catalog.observe(self);
    }
}
