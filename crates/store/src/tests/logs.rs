//! Log records: what is inserted is what is read, found again by its key, with its resources and its catalogue.

use sightline_model::Signal;
use sightline_otlp::LogBatch;

use super::round_trip::{bytes, cell, numbers, texts, types};
use super::{DAY_NS, ask, number, sample, store, writer};
use crate::native::RowSet;
use crate::{Catalog, KnownResources, Table, log_block, log_parts, tables};

fn expected(b: &LogBatch, row: usize, ret: u16, batch: u64) -> Vec<(&'static str, String)> {
    let mut out = vec![
        ("org", b.org[row].to_string()),
        ("ret", ret.to_string()),
        ("_batch", batch.to_string()),
        ("ts", b.ts[row].to_string()),
        ("observed_delay_us", b.observed_delay_us[row].to_string()),
        ("severity_number", b.severity_number[row].to_string()),
        ("template_id", b.template_id[row].to_string()),
        ("body", bytes(b.body.get(row))),
        ("trace_id", bytes(&b.trace_id[row])),
        ("span_id", bytes(&b.span_id[row])),
        ("flags", b.flags[row].to_string()),
        ("attrs", texts(&b.attrs, row)),
        ("num_attrs", numbers(&b.num_attrs, row)),
        ("attr_types", types(&b.attr_types, row)),
        ("resource_id", b.resource_id[row].to_string()),
        ("dropped", b.dropped[row].to_string()),
    ];
    let dictionaries = [
        ("tenant", &b.tenant),
        ("service", &b.service),
        ("environment", &b.environment),
        ("service_namespace", &b.service_namespace),
        ("service_version", &b.service_version),
        ("severity_text", &b.severity_text),
        ("event_name", &b.event_name),
        ("scope", &b.scope),
    ];
    out.extend(dictionaries.into_iter().map(|(name, column)| (name, bytes(column.get(row)))));
    out
}

async fn check(org: u32, from: i64, count: usize, parts_wanted: usize) {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let batch = sample::logs(org, from, count);
    let parts = log_parts(&batch, 30);
    assert_eq!(parts.len(), parts_wanted);
    for (at, part) in parts.iter().enumerate() {
        let id = u64::from(org) * 10 + at as u64;
        let block = log_block(&batch, part, id);
        assert!(!writer.is_present(block.table, &block.partition, &block.first_key, id).await.unwrap());
        writer.insert(&block).await.unwrap();
        assert!(writer.is_present(block.table, &block.partition, &block.first_key, id).await.unwrap());
        assert!(!writer.is_present(block.table, &block.partition, &block.first_key, id + 7).await.unwrap());
        let sql = format!(
            "SELECT {} FROM sightline.logs WHERE org = {org} AND _batch = {id} AND _partition_id = '{}' ORDER BY ts",
            tables::columns(Table::Logs),
            part.partition
        );
        let rows = ask(&endpoint, &sql).await;
        let sent: Vec<usize> = match &part.rows {
            RowSet::All(len) => (0..*len).collect(),
            RowSet::Some(rows) => rows.iter().map(|row| *row as usize).collect(),
        };
        assert_eq!(rows.len(), sent.len());
        for (read, sent) in sent.into_iter().enumerate() {
            let expected = expected(&batch, sent, 30, id);
            assert_eq!(expected.len(), rows.columns().len(), "every column is compared");
            for (name, text) in expected {
                assert_eq!(cell(rows.column(name).unwrap(), read), text, "{name} of row {sent}");
            }
        }
    }
}

#[tokio::test]
async fn every_column_of_a_batch_of_logs_comes_back_and_is_found_by_its_key() {
    check(61, 20_540 * DAY_NS, 500, 1).await;
}

#[tokio::test]
async fn logs_over_midnight_are_two_partitions() {
    check(62, 20_542 * DAY_NS - 200_000_000, 500, 2).await;
}

#[tokio::test]
async fn the_catalogue_keeps_signals_apart_and_resources_are_shared() {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let (logs, spans) = (sample::logs(63, 20_544 * DAY_NS, 200), sample::spans(63, 20_544 * DAY_NS, 200));
    let mut catalog = Catalog::new(30, logs.ts[0]);
    catalog.observe(&logs);
    catalog.observe(&spans);
    writer.insert(&catalog.flush(logs.ts[0]).unwrap()).await.unwrap();
    let keys = |signal: Signal, key: &str| {
        format!(
            "SELECT count() FROM sightline.attr_catalog WHERE org = 63 AND signal = {} AND key = '{key}' AND value = ''",
            signal.code()
        )
    };
    assert!(number(&endpoint, &keys(Signal::Logs, "invoice_id")).await > 0);
    assert_eq!(number(&endpoint, &keys(Signal::Traces, "invoice_id")).await, 0);
    assert!(number(&endpoint, &keys(Signal::Traces, "http.route")).await > 0);
    assert_eq!(number(&endpoint, &keys(Signal::Logs, "http.route")).await, 0);
    let part = &log_parts(&logs, 30)[0];
    let mut known = KnownResources::new();
    writer.insert(&known.block(&logs, part, logs.ts[0]).unwrap()).await.unwrap();
    known.remember(&logs, part);
    assert_eq!(known.block(&logs, part, logs.ts[0]), None);
    let sql = "SELECT count() FROM sightline.resources FINAL WHERE org = 63";
    assert_eq!(number(&endpoint, sql).await, logs.resources.len() as u64);
}
