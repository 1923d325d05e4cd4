//! Points of metrics: what is inserted is what is read, found again by its key, with its series; nobody reads the
//! points of another tenant.

use std::collections::BTreeSet;

use sightline_model::Signal;
use sightline_otlp::MetricBatch;
use sightline_otlp::columns::ListColumn;

use super::round_trip::{bytes, cell, list, texts};
use super::sample_metrics::{SERIES, metrics};
use super::{DAY_NS, ask, number, scope, store, writer};
use crate::native::RowSet;
use crate::{
    Catalog, Endpoint, KnownResources, KnownSeries, Part, QueryLimits, Reader, Sql, Table, metric_block,
    metric_parts, tables,
};

type Expected = Vec<(&'static str, String)>;

fn ms(ns: i64) -> String {
    (ns.div_euclid(1_000_000) * 1_000_000).to_string()
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn items<T: Copy + ToString>(column: &ListColumn<T>, row: usize) -> String {
    list(column.get(row).iter().map(ToString::to_string))
}

/// What a row of a table holds beside its head.
fn content(b: &MetricBatch, table: Table, row: usize) -> Expected {
    macro_rules! row {
        ($of:ident: $($name:ident),* $(; lists $($list:ident),*)? $(; optional $($option:ident),*)?) => {
            vec![
                ("org", b.$of.org[row].to_string()),
                ("series_id", bytes(&b.$of.series_id[row].to_le_bytes())),
                ("ts", ms(b.$of.ts[row])),
                $((stringify!($name), b.$of.$name[row].to_string()),)*
                $($((stringify!($list), items(&b.$of.$list, row)),)*)?
                $($((stringify!($option), optional(b.$of.$option[row])),)*)?
            ]
        };
    }
    let mut out = match table {
        Table::Samples => row!(samples: value),
        Table::Histograms => row!(histograms: count, sum; lists bounds, counts; optional min, max),
        Table::ExpHistograms => {
            row!(exp_histograms: count, sum, scale, zero_threshold, zero_count, pos_offset,
            neg_offset; lists pos_counts, neg_counts; optional min, max)
        }
        Table::Summaries => row!(summaries: count, sum; lists quantiles, quantile_values),
        Table::Exemplars => row!(exemplars: value),
        _ => unreachable!("no table of points"),
    };
    match table {
        Table::Histograms => out.push(("start_ts", ms(b.histograms.start_ts[row]))),
        Table::ExpHistograms => out.push(("start_ts", ms(b.exp_histograms.start_ts[row]))),
        Table::Summaries => out.push(("start_ts", ms(b.summaries.start_ts[row]))),
        Table::Exemplars => {
            out.push(("trace_id", bytes(&b.exemplars.trace_id[row])));
            out.push(("span_id", bytes(&b.exemplars.span_id[row])));
            out.push(("attrs", texts(&b.exemplars.attrs, row)));
        }
        _ => {}
    }
    out
}

/// Compares every row of a part with what the table has under that id.
async fn compare(endpoint: &Endpoint, org: u32, batch: &MetricBatch, part: &Part, id: u64) {
    let table = part.table;
    let sql = format!(
        "SELECT {} FROM sightline.{} WHERE org = {org} AND _batch = {id} AND _partition_id = '{}' ORDER BY ts",
        tables::columns(table),
        table.name(),
        part.partition
    );
    let rows = ask(endpoint, &sql).await;
    let sent: Vec<usize> = match &part.rows {
        RowSet::All(len) => (0..*len).collect(),
        RowSet::Some(rows) => rows.iter().map(|row| *row as usize).collect(),
    };
    assert_eq!(rows.len(), sent.len(), "{table:?}");
    for (read, sent) in sent.into_iter().enumerate() {
        let mut expected = content(batch, table, sent);
        expected.extend([("ret", "15".to_owned()), ("_batch", id.to_string())]);
        assert_eq!(expected.len(), rows.columns().len(), "every column of {table:?} is compared");
        for (name, text) in expected {
            assert_eq!(cell(rows.column(name).unwrap(), read), text, "{table:?}: {name} of row {sent}");
        }
    }
}

async fn check(org: u32, from: i64, count: usize, parts_wanted: usize) {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let batch = metrics(org, from, count);
    let parts = metric_parts(&batch, 15);
    assert_eq!(parts.len(), parts_wanted);
    for (at, part) in parts.iter().enumerate() {
        let id = u64::from(org) * 100 + at as u64;
        let block = metric_block(&batch, part, id);
        assert!(!writer.is_present(block.table, &block.partition, &block.first_key, id).await.unwrap());
        writer.insert(&block).await.unwrap();
        assert!(writer.is_present(block.table, &block.partition, &block.first_key, id).await.unwrap());
        assert!(!writer.is_present(block.table, &block.partition, &block.first_key, id + 50).await.unwrap());
        compare(&endpoint, org, &batch, part, id).await;
    }
}

#[tokio::test]
async fn every_column_of_every_kind_of_point_comes_back_and_is_found_by_its_key() {
    check(71, 20_560 * DAY_NS, 300, 5).await;
}

#[tokio::test]
async fn points_over_midnight_are_two_partitions_of_each_table() {
    check(72, 20_562 * DAY_NS - 100_000_000, 300, 10).await;
}

#[tokio::test]
async fn a_value_that_is_no_number_keeps_its_bits() {
    let endpoint = store().await;
    let mut batch = metrics(73, 20_563 * DAY_NS, 3);
    let stale = 0x7ff0_0000_0000_0002_u64;
    batch.samples.value = vec![f64::from_bits(stale), f64::NAN, 1.0];
    let part = &metric_parts(&batch, 15)[0];
    writer(&endpoint).insert(&metric_block(&batch, part, 731)).await.unwrap();
    let sql = "SELECT reinterpretAsUInt64(value) FROM sightline.samples WHERE org = 73 ORDER BY ts";
    let rows = ask(&endpoint, sql).await;
    let bits = rows.columns()[0].1.unsigned().unwrap();
    assert_eq!(bits, [stale, f64::NAN.to_bits(), 1.0_f64.to_bits()]);
}

async fn insert_all(endpoint: &Endpoint, batch: &MetricBatch, id: u64) {
    let writer = writer(endpoint);
    let (mut series, mut resources) = (KnownSeries::new(), KnownResources::new());
    for (at, part) in metric_parts(batch, 15).iter().enumerate() {
        for block in series.blocks(batch, part, &mut resources, 20_565 * DAY_NS) {
            writer.insert(&block).await.unwrap();
        }
        writer.insert(&metric_block(batch, part, id + at as u64)).await.unwrap();
    }
}

#[tokio::test]
async fn series_are_written_once_a_partition_with_their_resources() {
    let endpoint = store().await;
    let batch = metrics(74, 20_564 * DAY_NS, 100);
    let (mut series, mut resources) = (KnownSeries::new(), KnownResources::new());
    let mut written = 0;
    for part in metric_parts(&batch, 15) {
        let blocks = series.blocks(&batch, &part, &mut resources, 20_564 * DAY_NS);
        for block in &blocks {
            writer(&endpoint).insert(block).await.unwrap();
        }
        written += blocks.iter().filter(|b| b.table == Table::MetricSeries).map(|b| b.rows).sum::<u32>();
        assert!(series.blocks(&batch, &part, &mut resources, 20_564 * DAY_NS).is_empty(), "all are known");
    }
    // Exemplars are of the series of the histograms.
    assert_eq!(u64::from(written), 4 * SERIES);
    let homes = "SELECT count() FROM sightline.resources FINAL WHERE org = 74";
    assert_eq!(number(&endpoint, homes).await, 3);
    let sql = format!(
        "SELECT {}, toUInt8(kind) AS code FROM sightline.metric_series FINAL WHERE org = 74 ORDER BY series_id",
        tables::columns(Table::MetricSeries)
    );
    let rows = ask(&endpoint, &sql).await;
    let own: BTreeSet<u128> = batch.samples.series_id.iter().copied().collect();
    let is_used = |kind: u8, id: &u128| kind > 2 || own.contains(id);
    let mut sent: Vec<_> = batch.series.iter().filter(|s| is_used(s.kind, &s.series_id)).collect();
    sent.sort_by_key(|s| s.series_id);
    assert_eq!(rows.len(), sent.len());
    let day = 20_564 * DAY_NS;
    for (row, s) in sent.into_iter().enumerate() {
        let labels =
            list(s.labels.iter().map(|(k, v)| format!("{}={}", bytes(k.as_bytes()), bytes(v.as_bytes()))));
        let text = |text: &str| bytes(text.as_bytes());
        for (name, wanted) in [
            ("org", s.org.to_string()),
            ("ret", "15".to_owned()),
            ("day", day.to_string()),
            ("metric", text(&s.metric)),
            ("series_id", bytes(&s.series_id.to_le_bytes())),
            ("tenant", text(&s.tenant)),
            ("service", text(&s.service)),
            ("code", s.kind.to_string()),
            ("temporality", s.temporality.to_string()),
            ("monotonic", s.monotonic.to_string()),
            ("unit", text(&s.unit)),
            ("description", text(&s.description)),
            ("labels", labels),
            ("resource_id", s.resource_id.to_string()),
            ("scope", text(&s.scope)),
            ("seen", day.to_string()),
        ] {
            assert_eq!(cell(rows.column(name).unwrap(), row), wanted, "{name} of {}", s.metric);
        }
    }
}

async fn count(endpoint: &Endpoint, org: u32, tenants: Option<&[&str]>, template: &str) -> u64 {
    let limits = QueryLimits::default();
    let rows = Reader::new(endpoint).select(&scope(org, tenants), Sql::new(template), &limits).await.unwrap();
    rows.column("c").unwrap().unsigned().unwrap()[0]
}

#[tokio::test]
async fn a_reader_of_one_tenant_sees_the_points_of_its_series_and_no_others() {
    let endpoint = store().await;
    // Two orgs whose series have the same ids.
    for org in [75, 76] {
        insert_all(&endpoint, &metrics(org, 20_565 * DAY_NS, 700), u64::from(org) * 100).await;
    }
    for table in Table::ALL.into_iter().filter(|table| table.is_of_series() && *table != Table::Samples1h) {
        let name = table.name();
        let sql = format!("SELECT count() AS c FROM sightline.{name} WHERE {{scope:{name}}}");
        for (tenants, wanted) in [
            (None, 700),
            (Some(&["tenant-1"][..]), 100),
            (Some(&["tenant-1", "tenant-2"]), 200),
            (Some(&["tenant-99"]), 0),
            (Some(&[]), 0),
        ] {
            assert_eq!(count(&endpoint, 75, tenants, &sql).await, wanted, "{name} of {tenants:?}");
        }
        assert_eq!(count(&endpoint, 77, None, &sql).await, 0, "{name} of an org without points");
        // No name of the statement stands in for what the scope reads.
        for template in [
            format!(
                "SELECT count() AS c, any(1) AS tenant, any(2) AS series_id FROM sightline.{name} WHERE {{scope:{name}}}"
            ),
            format!(
                "WITH 75 AS org, 'tenant-1' AS tenant, toUInt128(1) AS series_id SELECT count() AS c \
                     FROM sightline.{name} WHERE {{scope:{name}}}"
            ),
            format!(
                "WITH metric_series AS (SELECT 'tenant-1' AS tenant) SELECT count() AS c FROM sightline.{name} \
                     WHERE {{scope:{name}}} AND 'x' NOT IN (SELECT tenant FROM metric_series)"
            ),
            format!(
                "SELECT count() AS c FROM sightline.{name} PREWHERE {{scope:{name}}} WHERE (1 OR value = 0)"
            )
            .replace(
                "value",
                if matches!(table, Table::Samples | Table::Exemplars) { "value" } else { "sum" },
            )
            .replace("sum = 0", "count = 0"),
        ] {
            assert_eq!(count(&endpoint, 75, Some(&["tenant-1"]), &template).await, 100, "{template}");
        }
    }
}

#[tokio::test]
async fn the_catalogue_lists_labels_of_series_under_metrics() {
    let endpoint = store().await;
    let batch = metrics(78, 20_566 * DAY_NS, 50);
    let mut catalog = Catalog::new(30, batch.samples.ts[0]);
    catalog.observe_series(&batch);
    writer(&endpoint).insert(&catalog.flush(batch.samples.ts[0]).unwrap()).await.unwrap();
    let sql = |what: &str| {
        format!(
            "SELECT count() FROM sightline.attr_catalog WHERE org = 78 AND signal = {} AND {what}",
            Signal::Metrics.code()
        )
    };
    // One row a tenant.
    assert_eq!(number(&endpoint, &sql("key = 'queue' AND scope = 1 AND value = ''")).await, 7);
    assert_eq!(number(&endpoint, &sql("key = 'queue' AND value = 'q-3' AND tenant = 'tenant-3'")).await, 1);
    assert!(number(&endpoint, &sql("key = 'host.name' AND scope = 2")).await > 0);
}
