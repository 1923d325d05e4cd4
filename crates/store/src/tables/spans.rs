//! `sightline.spans`: a batch is split by partition, and each part becomes one insert.

use sightline_otlp::SpanBatch;

use super::part::{Part, parts_of};
use crate::Table;
use crate::block::{Block, FirstKey, count};
use crate::native::{Encoder, RowSet};

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, duration_ns, trace_id, span_id, parent_span_id, tenant, \
    service, name, kind, req_class, dep_type, endpoint, status, status_message, trace_state, flags, http_method, \
    http_route, http_status, db_system, msg_system, rpc_system, peer_service, environment, service_namespace, \
    service_version, exception_type, is_error, is_root, adjusted_count, attrs, num_attrs, attr_types, resource_id, \
    scope, dropped, `ev.ts`, `ev.name`, `ev.attrs`, `ln.trace_id`, `ln.span_id`, `ln.attrs`";

/// Splits the rows of a batch by partition. `ret_days` is rounded up to a retention class.
#[must_use]
pub fn span_parts(batch: &SpanBatch, ret_days: u16) -> Vec<Part> {
    parts_of(Table::Spans, &batch.ts, ret_days)
}

/// Writes a part as an insert with that batch id.
///
/// # Panics
/// When the columns of the batch differ in length: wrong data would be stored.
#[must_use]
pub fn span_block(batch: &SpanBatch, part: &Part, batch_id: u64) -> Block {
    assert!(batch.is_even(), "every column of a batch has a value for every span");
    let rows = &part.rows;
    // Measured bodies are 350 to 500 bytes a row.
    let mut out = Encoder::new(rows.len(), rows.len() * 512 + 4096);
    out.numbers("org", &batch.org, rows);
    out.constant("ret", part.bucket.ret);
    out.constant("_batch", batch_id);
    identity(&mut out, batch, rows);
    meaning(&mut out, batch, rows);
    attributes(&mut out, batch, rows);
    events_and_links(&mut out, batch, rows);
    let first = part.first();
    let texts = [batch.service.get(first), batch.tenant.get(first)];
    Block {
        table: Table::Spans,
        partition: part.partition.clone(),
        batch: batch_id,
        first_key: FirstKey::encode(batch.org[first], batch.ts[first], &texts),
        rows: count(rows.len()),
        body: out.finish(),
    }
}

fn identity(out: &mut Encoder, batch: &SpanBatch, rows: &RowSet) {
    out.times("ts", &batch.ts, rows);
    out.numbers("duration_ns", &batch.duration_ns, rows);
    out.fixed("trace_id", &batch.trace_id, rows);
    out.fixed("span_id", &batch.span_id, rows);
    out.fixed("parent_span_id", &batch.parent_span_id, rows);
    out.dictionary("tenant", &batch.tenant, rows);
    out.dictionary("service", &batch.service, rows);
    out.dictionary("name", &batch.name, rows);
    out.numbers("kind", &batch.kind, rows);
}

fn meaning(out: &mut Encoder, batch: &SpanBatch, rows: &RowSet) {
    out.numbers("req_class", &batch.req_class, rows);
    out.numbers("dep_type", &batch.dep_type, rows);
    out.dictionary("endpoint", &batch.endpoint, rows);
    out.numbers("status", &batch.status, rows);
    out.texts("status_message", &batch.status_message, rows);
    out.dictionary("trace_state", &batch.trace_state, rows);
    out.numbers("flags", &batch.flags, rows);
    out.dictionary("http_method", &batch.http_method, rows);
    out.dictionary("http_route", &batch.http_route, rows);
    out.numbers("http_status", &batch.http_status, rows);
    out.dictionary("db_system", &batch.db_system, rows);
    out.dictionary("msg_system", &batch.msg_system, rows);
    out.dictionary("rpc_system", &batch.rpc_system, rows);
    out.dictionary("peer_service", &batch.peer_service, rows);
    out.dictionary("environment", &batch.environment, rows);
    out.dictionary("service_namespace", &batch.service_namespace, rows);
    out.dictionary("service_version", &batch.service_version, rows);
    out.dictionary("exception_type", &batch.exception_type, rows);
    out.flags("is_error", &batch.is_error, rows);
    out.flags("is_root", &batch.is_root, rows);
    out.numbers("adjusted_count", &batch.adjusted_count, rows);
}

fn attributes(out: &mut Encoder, batch: &SpanBatch, rows: &RowSet) {
    out.map("attrs", &batch.attrs, rows);
    out.number_map("num_attrs", &batch.num_attrs, rows);
    out.type_map("attr_types", &batch.attr_types, rows);
    out.numbers("resource_id", &batch.resource_id, rows);
    out.dictionary("scope", &batch.scope, rows);
    out.numbers("dropped", &batch.dropped, rows);
}

fn events_and_links(out: &mut Encoder, batch: &SpanBatch, rows: &RowSet) {
    out.time_lists("ev.ts", &batch.ev_ends, &batch.ev_ts, rows);
    out.dictionary_lists("ev.name", &batch.ev_ends, &batch.ev_name, rows);
    out.map_lists("ev.attrs", &batch.ev_ends, &batch.ev_attrs, rows);
    out.fixed_lists("ln.trace_id", &batch.ln_ends, &batch.ln_trace_id, rows);
    out.fixed_lists("ln.span_id", &batch.ln_ends, &batch.ln_span_id, rows);
    out.map_lists("ln.attrs", &batch.ln_ends, &batch.ln_attrs, rows);
}
