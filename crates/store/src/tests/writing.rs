//! One insert is one part of one partition; its presence is a look-up.

use std::time::Duration;

use super::{DAY_NS, ask, number, sample, store, writer};
use crate::http::{Call, Connection};
use crate::{
    Block, Error, KnownResources, RedRow, Table, red_blocks, span_block, span_parts, trace_index_block,
};

fn red(org: u32, ts: u32, endpoint: &str) -> RedRow {
    RedRow {
        org,
        ts,
        tenant: "t'1".to_owned(),
        service: "s".to_owned(),
        environment: "production".to_owned(),
        service_namespace: String::new(),
        service_version: "1".to_owned(),
        class: 1,
        endpoint: endpoint.to_owned(),
        peer: String::new(),
        status_class: 2,
        n: 3.0,
        errors: 1.0,
        sum_ns: 100.5,
        min_ns: 1,
        max_ns: 99,
        lat_idx: vec![-3, 5],
        lat_n: vec![1.0, 2.0],
    }
}

#[tokio::test]
async fn one_insert_is_one_part_of_one_partition() {
    let endpoint = store().await;
    let batch = sample::spans(21, 20_510 * DAY_NS, 200_000);
    let part = &span_parts(&batch, 7)[0];
    writer(&endpoint).insert(&span_block(&batch, part, 21)).await.unwrap();
    let sql = format!(
        "SELECT rows FROM system.parts WHERE database = 'sightline' AND table = 'spans' AND active \
         AND partition_id = '{}'",
        part.partition
    );
    let rows = ask(&endpoint, &sql).await;
    assert_eq!(rows.column("rows").unwrap().unsigned().unwrap(), [200_000]);
}

#[tokio::test]
async fn a_block_with_two_partitions_is_refused_whole() {
    let endpoint = store().await;
    let mut batch = sample::spans(22, 20_511 * DAY_NS, 100);
    let part = span_parts(&batch, 7).remove(0);
    batch.ts[50] += DAY_NS;
    let error = writer(&endpoint).insert(&span_block(&batch, &part, 22)).await.unwrap_err();
    assert!(matches!(error, Error::Refused { code: 252, .. }) && !error.is_outcome_unknown(), "{error:?}");
    assert_eq!(number(&endpoint, "SELECT count() FROM sightline.spans WHERE org = 22").await, 0);
}

async fn present(endpoint: &crate::Endpoint, block: &Block, batch: u64) -> bool {
    writer(endpoint).is_present(block.table, &block.partition, &block.first_key, batch).await.unwrap()
}

#[tokio::test]
async fn presence_is_told_by_the_first_row_in_the_primary_key() {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let batch = sample::spans(23, 20_512 * DAY_NS, 100_000);
    let part = &span_parts(&batch, 7)[0];
    // Absent ids inside the range of ids: part statistics alone cannot answer.
    let blocks: Vec<Block> = [231, 233].into_iter().map(|id| span_block(&batch, part, id)).collect();
    for block in &blocks {
        assert!(!present(&endpoint, block, block.batch).await);
        writer.insert(block).await.unwrap();
        assert!(present(&endpoint, block, block.batch).await);
    }
    assert!(!present(&endpoint, &blocks[0], 232).await);
    ask(&endpoint, &format!("OPTIMIZE TABLE sightline.spans PARTITION ID '{}' FINAL", part.partition)).await;
    assert!(present(&endpoint, &blocks[0], 231).await && present(&endpoint, &blocks[0], 233).await);
    assert!(!present(&endpoint, &blocks[0], 232).await);
    let (sql, parameters) =
        crate::writer::presence(Table::Spans, &part.partition, &blocks[0].first_key, 232).unwrap();
    let sql = parameters.iter().fold(sql, |sql, (name, value)| {
        let literal = |kind: &str| format!("{{{name}:{kind}}}");
        sql.replace(&literal("String"), &format!("'{value}'"))
            .replace(&literal("UInt32"), value)
            .replace(&literal("Int64"), value)
            .replace(&literal("UInt64"), value)
    });
    let plan = ask(&endpoint, &format!("EXPLAIN indexes = 1 {sql}")).await;
    let lines = plan.column("explain").unwrap().strings().unwrap();
    let plan: Vec<String> = (0..plan.len()).map(|row| lines.text(row).trim().to_owned()).collect();
    let from = plan.iter().position(|line| line == "PrimaryKey").unwrap();
    let granules = plan[from..].iter().find(|line| line.starts_with("Granules:")).unwrap();
    let read: u32 = granules["Granules: ".len()..].split('/').next().unwrap().parse().unwrap();
    assert!(read <= 2, "{plan:#?}");
    for key in ["org", "toStartOfHour(ts)", "service", "tenant", "ts"] {
        assert!(plan[from..].iter().any(|line| line == key), "{key}: {plan:#?}");
    }
}

#[tokio::test]
async fn red_rows_come_back_and_are_found_by_their_key() {
    let endpoint = store().await;
    let ts = 20_513 * 86_400;
    let rows = [red(24, ts, "GET /'a\\"), red(24, ts + 10, "b"), red(24, ts + 86_400, "c")];
    let mut id = 0;
    let blocks = red_blocks(&rows, 2, || {
        id += 2;
        id
    });
    assert_eq!(blocks.iter().map(|b| (b.batch, b.rows)).collect::<Vec<_>>(), [(2, 2), (4, 1)]);
    for block in &blocks {
        writer(&endpoint).insert(block).await.unwrap();
        assert!(present(&endpoint, block, block.batch).await);
        assert!(!present(&endpoint, block, block.batch + 1).await);
    }
    let sql = "SELECT count(), sum(n), sum(errors), sum(sum_ns), min(min_ns), max(max_ns), \
               tupleElement(sumMap(lat_idx, lat_n), 1) AS i, any(tenant), any(peer) FROM sightline.red_10s WHERE org = 24";
    let rows = ask(&endpoint, sql).await;
    assert_eq!(rows.columns()[0].1.unsigned().unwrap(), [3]);
    let sums: Vec<f64> = (1..4).map(|at| rows.columns()[at].1.floats().unwrap()[0]).collect();
    assert_eq!(sums, [9.0, 3.0, 301.5]);
    assert_eq!(rows.column("i").unwrap().lists().unwrap().items.signed().unwrap(), [-3, 5]);
}

#[tokio::test]
async fn trace_index_and_resources_may_be_written_again() {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    let batch = sample::spans(25, 20_515 * DAY_NS, 1_000);
    let part = &span_parts(&batch, 7)[0];
    let mut known = KnownResources::new();
    for _ in 0..2 {
        writer.insert(&trace_index_block(&batch, part)).await.unwrap();
        writer.insert(&known.block(&batch, part, batch.ts[0]).unwrap()).await.unwrap();
    }
    known.remember(&batch, part);
    assert_eq!(known.block(&batch, part, batch.ts[0]), None);
    let of = |table: &str| format!("SELECT count() FROM sightline.{table} FINAL WHERE org = 25");
    assert_eq!(number(&endpoint, &of("resources")).await, 3);
    let traces = "SELECT uniqExact(trace_id), min(min_ts) = (SELECT min(ts) FROM spans), sum(has_error) > 0 \
                  FROM sightline.trace_index FINAL WHERE org = 25";
    let sql =
        traces.replace("(SELECT min(ts) FROM spans)", &format!("fromUnixTimestamp64Nano({})", batch.ts[0]));
    let rows = ask(&endpoint, &sql).await;
    let got: Vec<u64> = rows.columns().iter().map(|(_, data)| data.unsigned().unwrap()[0]).collect();
    assert_eq!(got, [200, 1, 1]);
    let sql =
        "SELECT arraySort(groupUniqArrayArray(services)) AS s FROM sightline.trace_index WHERE org = 25";
    let rows = ask(&endpoint, sql).await;
    let services = rows.column("s").unwrap().lists().unwrap().items.strings().unwrap();
    assert_eq!(services.iter().collect::<Vec<_>>(), [b"service-0", b"service-1", b"service-2"]);
}

#[tokio::test]
async fn settle_stops_what_still_runs_under_the_name_of_the_batch() {
    let endpoint = store().await;
    let ingest = Connection::new(&endpoint, &endpoint.ingest);
    let id = Block::query_id(Table::Spans, 27);
    let call = Call {
        sql: "SELECT sum(cityHash64(arrayJoin(range(10000000)), number)) FROM numbers(100000)",
        query_id: Some(&id),
        deadline: Duration::from_secs(100),
        ..Call::default()
    };
    let settled = async {
        let running = format!("SELECT count() FROM system.processes WHERE query_id = '{id}'");
        while number(&endpoint, &running).await == 0 {
            tokio::task::yield_now().await;
        }
        writer(&endpoint).settle(Table::Spans, 27).await.unwrap();
        assert_eq!(number(&endpoint, &running).await, 0);
    };
    let (answer, ()) = tokio::join!(ingest.run(call), settled);
    assert!(matches!(answer, Err(Error::Killed)), "{answer:?}");
}

#[tokio::test]
async fn nothing_runs_after_settle_and_the_volume_syncs() {
    let endpoint = store().await;
    let writer = writer(&endpoint);
    writer.settle(Table::Spans, 77).await.unwrap();
    writer.sync_volume().await.unwrap();
}
