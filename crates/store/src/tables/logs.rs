//! `sightline.logs`: one row a log record.

use sightline_otlp::LogBatch;

use super::part::{Part, parts_of};
use crate::Table;
use crate::block::{Block, FirstKey, count};
use crate::native::{Encoder, RowSet};

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, observed_delay_us, tenant, service, environment, \
    service_namespace, service_version, severity_number, severity_text, event_name, template_id, body, trace_id, \
    span_id, flags, attrs, num_attrs, attr_types, resource_id, scope, dropped";

/// Splits the rows of a batch by partition. `ret_days` is rounded up to a retention class.
#[must_use]
pub fn log_parts(batch: &LogBatch, ret_days: u16) -> Vec<Part> {
    parts_of(Table::Logs, &batch.ts, ret_days)
}

/// Writes a part as an insert with that batch id.
///
/// # Panics
/// When the columns of the batch differ in length: wrong data would be stored.
#[must_use]
pub fn log_block(batch: &LogBatch, part: &Part, batch_id: u64) -> Block {
    assert!(batch.is_even(), "every column of a batch has a value for every log record");
    let rows = &part.rows;
    // What a record has besides its body: ids, times and a handful of attributes.
    let bodies = batch.body.bytes.len() / batch.len().max(1);
    let mut out = Encoder::new(rows.len(), rows.len() * (bodies + 256) + 4096);
    out.numbers("org", &batch.org, rows);
    out.constant("ret", part.bucket.ret);
    out.constant("_batch", batch_id);
    origin(&mut out, batch, rows);
    content(&mut out, batch, rows);
    let first = part.first();
    let texts = [batch.service.get(first), batch.tenant.get(first)];
    Block {
        table: Table::Logs,
        partition: part.partition.clone(),
        batch: batch_id,
        first_key: FirstKey::encode(batch.org[first], batch.ts[first], &texts),
        rows: count(rows.len()),
        body: out.finish(),
    }
}

fn origin(out: &mut Encoder, batch: &LogBatch, rows: &RowSet) {
    out.times("ts", &batch.ts, rows);
    out.numbers("observed_delay_us", &batch.observed_delay_us, rows);
    out.dictionary("tenant", &batch.tenant, rows);
    out.dictionary("service", &batch.service, rows);
    out.dictionary("environment", &batch.environment, rows);
    out.dictionary("service_namespace", &batch.service_namespace, rows);
    out.dictionary("service_version", &batch.service_version, rows);
}

fn content(out: &mut Encoder, batch: &LogBatch, rows: &RowSet) {
    out.numbers("severity_number", &batch.severity_number, rows);
    out.dictionary("severity_text", &batch.severity_text, rows);
    out.dictionary("event_name", &batch.event_name, rows);
    out.numbers("template_id", &batch.template_id, rows);
    out.texts("body", &batch.body, rows);
    out.fixed("trace_id", &batch.trace_id, rows);
    out.fixed("span_id", &batch.span_id, rows);
    out.numbers("flags", &batch.flags, rows);
    out.map("attrs", &batch.attrs, rows);
    out.number_map("num_attrs", &batch.num_attrs, rows);
    out.type_map("attr_types", &batch.attr_types, rows);
    out.numbers("resource_id", &batch.resource_id, rows);
    out.dictionary("scope", &batch.scope, rows);
    out.numbers("dropped", &batch.dropped, rows);
}
