//! Metric points: stored in a table for each kind, with the series that they belong to.

use sightline_model::{Nanos, Signal};
use sightline_otlp::{
    AppendContext, Appended, BadMessage, MetricBatch, accept_metrics, metrics_from_json, reply,
};
use sightline_store::{Block, Catalog, Part, metric_block, metric_parts};

use super::{Known, Rows, Spec};

pub(super) const SPEC: Spec = Spec {
    signal: Signal::Metrics,
    path: "/v1/metrics",
    service: "opentelemetry.proto.collector.metrics.v1.MetricsService",
    days: |retention| retention.metrics_days,
    accept: |body, door| accept_metrics(body, door).map(Into::into),
    from_json: metrics_from_json,
    response: reply::metrics_response,
    is_counted: false,
    rows: || Box::new(MetricBatch::new()),
};

impl Rows for MetricBatch {
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
        metric_parts(self, ret_days)
    }

    fn block(&self, part: &Part, batch: u64) -> Block {
        metric_block(self, part, batch)
    }

    fn beside(&self, part: &Part, known: &mut Known, now: Nanos) -> Vec<Block> {
        known.series.blocks(self, part, &mut known.resources, now)
    }

    fn list(&self, catalog: &mut Catalog) {
        catalog.observe_series(self);
    }
}
