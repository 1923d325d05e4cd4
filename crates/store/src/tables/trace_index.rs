//! `sightline.trace_index`: one row for each org, trace and tenant of a part. Its merges keep minimum, maximum and
//! union, so that writing a row again changes nothing.

use std::collections::{BTreeSet, HashMap};

use sightline_otlp::SpanBatch;

use super::Part;
use crate::Table;
use crate::block::{Block, count};
use crate::native::{Encoder, RowSet};

pub(super) const COLUMNS: &str = "org, ret, day, trace_id, tenant, min_ts, max_ts, services, has_error";

struct Row {
    org: u32,
    trace_id: [u8; 16],
    tenant: u32,
    min_ts: i64,
    max_ts: i64,
    services: BTreeSet<u32>,
    has_error: bool,
}

/// Writes where the traces of a part are: first and last start of their spans, services, errors.
#[must_use]
pub fn trace_index_block(batch: &SpanBatch, part: &Part) -> Block {
    let rows = collect(batch, part);
    let mut out = Encoder::new(rows.len(), rows.len() * 64 + 1024);
    let time = "DateTime64(9, 'UTC')";
    out.values("org", "UInt32", rows.iter().map(|row| row.org));
    out.constant("ret", part.bucket.ret);
    out.values("day", "Date", std::iter::repeat_n(part.bucket.first_day, rows.len()));
    let trace_ids: Vec<[u8; 16]> = rows.iter().map(|row| row.trace_id).collect();
    out.fixed("trace_id", &trace_ids, &RowSet::All(rows.len()));
    let text = |number: u32| std::str::from_utf8(batch.tenant.dict.get(number)).unwrap_or_default();
    out.repeated("tenant", rows.iter().map(|row| text(row.tenant)));
    out.values("min_ts", time, rows.iter().map(|row| row.min_ts));
    out.values("max_ts", time, rows.iter().map(|row| row.max_ts));
    let service = |number: &u32| batch.service.dict.get(*number);
    let services: Vec<Vec<&[u8]>> =
        rows.iter().map(|row| row.services.iter().map(service).collect()).collect();
    out.text_lists("services", services.iter());
    out.values("has_error", "UInt8", rows.iter().map(|row| u8::from(row.has_error)));
    Block {
        table: Table::TraceIndex,
        partition: part.partition.clone(),
        batch: 0,
        first_key: Vec::new(),
        rows: count(rows.len()),
        body: out.finish(),
    }
}

/// Rows in order of first appearance, so that the same batch makes the same block.
fn collect(batch: &SpanBatch, part: &Part) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places: HashMap<(u32, [u8; 16], u32), usize> = HashMap::new();
    part.rows.each(|span| {
        let key = (batch.org[span], batch.trace_id[span], batch.tenant.index[span]);
        let ts = batch.ts[span];
        let place = *places.entry(key).or_insert_with(|| {
            let (org, trace_id, tenant) = key;
            let services = BTreeSet::new();
            rows.push(Row { org, trace_id, tenant, min_ts: ts, max_ts: ts, services, has_error: false });
            rows.len() - 1
        });
        let row = &mut rows[place];
        row.min_ts = row.min_ts.min(ts);
        row.max_ts = row.max_ts.max(ts);
        row.services.insert(batch.service.index[span]);
        row.has_error |= batch.is_error[span];
    });
    rows
}
