//! What is inserted is what is read, column by column.

use sightline_otlp::SpanBatch;
use sightline_otlp::columns::{MapColumn, NumMapColumn, TypeMapColumn};

use super::{DAY_NS, ask, sample, store, writer};
use crate::native::RowSet;
use crate::rows::Data;
use crate::{Table, span_block, span_parts, tables};

/// A value as text, the same for what was sent and what came back.
pub(super) fn cell(data: &Data, row: usize) -> String {
    match data {
        Data::Flags(v) => v[row].to_string(),
        Data::Unsigned(v) => v[row].to_string(),
        Data::Signed(v) | Data::Times(v) => v[row].to_string(),
        Data::Floats(v) => v[row].to_string(),
        Data::Bytes(v) => bytes(v.get(row)),
        Data::Nullable(is_null, _) if is_null[row] => "none".to_owned(),
        Data::Nullable(_, v) => cell(v, row),
        Data::Tuple(_) => unreachable!("no such column"),
        Data::Array(..) => {
            let lists = data.lists().unwrap();
            list(lists.range(row).map(|item| cell(lists.items, item)))
        }
        Data::Map(..) => {
            let maps = data.maps().unwrap();
            list(maps.range(row).map(|at| format!("{}={}", cell(maps.keys, at), cell(maps.values, at))))
        }
    }
}

pub(super) fn bytes(bytes: &[u8]) -> String {
    format!("{:?}", bytes.escape_ascii().to_string())
}

pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

pub(super) fn texts(map: &MapColumn, row: usize) -> String {
    let entry = |at| format!("{}={}", bytes(map.keys.get(at)), bytes(map.values.get(at)));
    list(map.entries(row).map(entry))
}

pub(super) fn numbers(map: &NumMapColumn, row: usize) -> String {
    list(map.entries(row).map(|at| format!("{}={}", bytes(map.keys.get(at)), map.values[at])))
}

pub(super) fn types(map: &TypeMapColumn, row: usize) -> String {
    list(map.entries(row).map(|at| format!("{}={}", bytes(map.keys.get(at)), map.values[at])))
}

fn nested(ends: &[u64], row: usize, item: impl FnMut(usize) -> String) -> String {
    let end = |row: usize| usize::try_from(ends[row]).unwrap();
    let from = if row == 0 { 0 } else { end(row - 1) };
    list((from..end(row)).map(item))
}

fn expected(b: &SpanBatch, row: usize, ret: u16, batch: u64) -> Vec<(&'static str, String)> {
    let mut out = vec![
        ("org", b.org[row].to_string()),
        ("ret", ret.to_string()),
        ("_batch", batch.to_string()),
        ("ts", b.ts[row].to_string()),
        ("duration_ns", b.duration_ns[row].to_string()),
        ("trace_id", bytes(&b.trace_id[row])),
        ("span_id", bytes(&b.span_id[row])),
        ("parent_span_id", bytes(&b.parent_span_id[row])),
        ("kind", b.kind[row].to_string()),
        ("req_class", b.req_class[row].to_string()),
        ("dep_type", b.dep_type[row].to_string()),
        ("status", b.status[row].to_string()),
        ("status_message", bytes(b.status_message.get(row))),
        ("flags", b.flags[row].to_string()),
        ("http_status", b.http_status[row].to_string()),
        ("is_error", b.is_error[row].to_string()),
        ("is_root", b.is_root[row].to_string()),
        ("adjusted_count", b.adjusted_count[row].to_string()),
        ("attrs", texts(&b.attrs, row)),
        ("num_attrs", numbers(&b.num_attrs, row)),
        ("attr_types", types(&b.attr_types, row)),
        ("resource_id", b.resource_id[row].to_string()),
        ("dropped", b.dropped[row].to_string()),
        ("ev.ts", nested(&b.ev_ends, row, |at| b.ev_ts[at].to_string())),
        ("ev.name", nested(&b.ev_ends, row, |at| bytes(b.ev_name.get(at)))),
        ("ev.attrs", nested(&b.ev_ends, row, |at| texts(&b.ev_attrs, at))),
        ("ln.trace_id", nested(&b.ln_ends, row, |at| bytes(&b.ln_trace_id[at]))),
        ("ln.span_id", nested(&b.ln_ends, row, |at| bytes(&b.ln_span_id[at]))),
        ("ln.attrs", nested(&b.ln_ends, row, |at| texts(&b.ln_attrs, at))),
    ];
    let dictionaries = [
        ("tenant", &b.tenant),
        ("service", &b.service),
        ("name", &b.name),
        ("endpoint", &b.endpoint),
        ("trace_state", &b.trace_state),
        ("http_method", &b.http_method),
        ("http_route", &b.http_route),
        ("db_system", &b.db_system),
        ("msg_system", &b.msg_system),
        ("rpc_system", &b.rpc_system),
        ("peer_service", &b.peer_service),
        ("environment", &b.environment),
        ("service_namespace", &b.service_namespace),
        ("service_version", &b.service_version),
        ("exception_type", &b.exception_type),
        ("scope", &b.scope),
    ];
    out.extend(dictionaries.into_iter().map(|(name, column)| (name, bytes(column.get(row)))));
    out
}

async fn check(org: u32, from: i64, count: usize, parts_wanted: usize) {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let batch = sample::spans(org, from, count);
    let parts = span_parts(&batch, 7);
    assert_eq!(parts.len(), parts_wanted);
    for (at, part) in parts.iter().enumerate() {
        let id = u64::from(org) * 10 + at as u64;
        writer.insert(&span_block(&batch, part, id)).await.unwrap();
        let sql = format!(
            "SELECT {} FROM sightline.spans WHERE org = {org} AND _batch = {id} AND _partition_id = '{}' ORDER BY ts",
            tables::columns(Table::Spans),
            part.partition
        );
        let rows = ask(&endpoint, &sql).await;
        let numbers: Vec<usize> = match &part.rows {
            RowSet::All(len) => (0..*len).collect(),
            RowSet::Some(rows) => rows.iter().map(|row| *row as usize).collect(),
        };
        assert_eq!(rows.len(), numbers.len());
        for (read, sent) in numbers.into_iter().enumerate() {
            let expected = expected(&batch, sent, 7, id);
            assert_eq!(expected.len(), rows.columns().len(), "every column is compared");
            for (name, text) in expected {
                assert_eq!(cell(rows.column(name).unwrap(), read), text, "{name} of row {sent}");
            }
        }
    }
}

#[tokio::test]
async fn every_column_of_a_batch_comes_back() {
    check(11, 20_500 * DAY_NS, 500, 1).await;
}

#[tokio::test]
async fn a_batch_over_midnight_is_two_partitions_and_every_column_comes_back() {
    check(12, 20_502 * DAY_NS - 200_000_000, 500, 2).await;
}

#[tokio::test]
async fn dictionaries_of_more_than_a_byte_and_more_than_two_come_back() {
    let endpoint = store().await;
    let mut batch = sample::spans(13, 20_503 * DAY_NS, 70_000);
    batch.name.index.clear();
    batch.endpoint.index.clear();
    for row in 0..batch.len() {
        batch.name.push(format!("name {row}").as_bytes());
        batch.endpoint.push(format!("endpoint {}", row % 300).as_bytes());
    }
    let part = &span_parts(&batch, 7)[0];
    writer(&endpoint).insert(&span_block(&batch, part, 131)).await.unwrap();
    let sql = "SELECT uniqExact(name), uniqExact(endpoint), max(name), max(endpoint) FROM sightline.spans \
               WHERE org = 13";
    let rows = ask(&endpoint, sql).await;
    let cells: Vec<String> = rows.columns().iter().map(|(_, data)| cell(data, 0)).collect();
    assert_eq!(cells, ["70000", "300", "\"name 9999\"", "\"endpoint 99\""]);
}
