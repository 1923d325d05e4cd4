//! Schema, retention, rollup, catalogue.

use super::{DAY_NS, ask, number, sample, store, writer};
use crate::migrate::MIGRATIONS;
use crate::rollup::Rollup;
use crate::{Catalog, Endpoint, RedRow, Table, migrate, red_blocks, retention, span_block, span_parts};

#[tokio::test]
async fn migrations_run_again_without_harm() {
    let endpoint = store().await;
    let again = migrate(&endpoint).await.unwrap();
    let all = MIGRATIONS.len();
    assert_eq!((again.applied.len(), again.present, again.newer), (0, all, Vec::new()));
    assert_eq!(number(&endpoint, "SELECT count() FROM sightline.schema_migrations FINAL").await, all as u64);
}

#[tokio::test]
async fn exactly_the_expired_partitions_are_dropped() {
    let endpoint = store().await;
    let insert = async |org: u32, day: i64, ret: u16| {
        let batch = sample::spans(org, day * DAY_NS, 10);
        let part = span_parts(&batch, ret).remove(0);
        writer(&endpoint).insert(&span_block(&batch, &part, u64::from(org))).await.unwrap();
        part.partition
    };
    // Years before what the other tests write, whose partitions nothing here may touch.
    let (old, edge, young) =
        (insert(51, 10_000, 7).await, insert(51, 10_001, 7).await, insert(51, 10_002, 7).await);
    let week = insert(51, 10_000, 90).await;
    let now = 10_009 * DAY_NS - 1;
    let dropped = retention::drop_expired(&endpoint, now).await.unwrap().partitions;
    assert_eq!(dropped, [(Table::Spans, old)]);
    let dropped = retention::drop_expired(&endpoint, now + 1).await.unwrap().partitions;
    assert_eq!(dropped, [(Table::Spans, edge)]);
    let left = ask(
        &endpoint,
        "SELECT DISTINCT partition_id FROM system.parts WHERE database = 'sightline' AND table = 'spans' AND active \
         AND partition_id LIKE '%-1997%' ORDER BY partition_id",
    )
    .await;
    let left = left.column("partition_id").unwrap().strings().unwrap();
    assert_eq!(left.iter().collect::<Vec<_>>(), [young.as_bytes(), week.as_bytes()]);
    assert_eq!(number(&endpoint, "SELECT count() FROM sightline.spans WHERE org = 51").await, 20);
}

fn row(org: u32, ts: u32, tenant: &str, endpoint: &str, n: u16) -> RedRow {
    RedRow {
        org,
        ts,
        tenant: tenant.to_owned(),
        service: "shop".to_owned(),
        environment: "production".to_owned(),
        service_namespace: String::new(),
        service_version: "1".to_owned(),
        class: 1,
        endpoint: endpoint.to_owned(),
        peer: String::new(),
        status_class: 2,
        n: n.into(),
        errors: 1.0,
        sum_ns: 10.0,
        min_ns: n.into(),
        max_ns: 1000 + u64::from(n),
        lat_idx: vec![1, 2 + i16::try_from(n % 2).unwrap()],
        lat_n: vec![1.0, n.into()],
    }
}

async fn insert(endpoint: &Endpoint, rows: &[RedRow], batch: u64) {
    for block in red_blocks(rows, 2, || batch) {
        writer(endpoint).insert(&block).await.unwrap();
    }
}

/// What `red_1m` says, and what it should say, as one line a row.
async fn both(endpoint: &Endpoint, org: u32) -> (Vec<String>, Vec<String>) {
    let columns = "toUnixTimestamp(w), level, tenant, endpoint, n, errors, sum_ns, min_ns, max_ns, i, c";
    let lines = async |sql: String| {
        let sql = format!("SELECT toString(tuple({columns})) AS line FROM ({sql}) ORDER BY line");
        let rows = ask(endpoint, &sql).await;
        if rows.is_empty() {
            return Vec::new();
        }
        let lines = rows.column("line").unwrap().strings().unwrap();
        (0..rows.len()).map(|row| lines.text(row).into_owned()).collect()
    };
    let stored = format!(
        "SELECT window AS w, level, tenant, endpoint, n, errors, sum_ns, min_ns, max_ns, lat_idx AS i, lat_n AS c \
         FROM sightline.red_1m FINAL WHERE org = {org}"
    );
    let level = |level: u8, tenant: &str, endpoint: &str| {
        format!(
            "SELECT toStartOfMinute(ts) AS w, toUInt8({level}) AS level, {tenant} AS tenant, {endpoint} AS endpoint, \
             sum(n) AS n, sum(errors) AS errors, sum(sum_ns) AS sum_ns, min(min_ns) AS min_ns, max(max_ns) AS max_ns, \
             tupleElement(sumMap(lat_idx, lat_n) AS m, 1) AS i, CAST(tupleElement(m, 2), 'Array(Float32)') AS c \
             FROM (SELECT * EXCEPT (tenant, endpoint), tenant AS t, endpoint AS e FROM sightline.red_10s \
             WHERE org = {org}) GROUP BY w, tenant, endpoint"
        )
    };
    let (own_t, own_e, all) = ("toString(t)", "toString(e)", "'*'");
    let wanted = [level(0, own_t, own_e), level(1, all, own_e), level(2, own_t, all), level(3, all, all)];
    (lines(stored).await, lines(wanted.join(" UNION ALL ")).await)
}

#[tokio::test]
async fn the_rollup_equals_its_source_when_run_again_when_late_rows_come_and_after_a_restart() {
    let endpoint = store().await;
    let day: u32 = 20_530 * 86_400;
    let at = |s: u32| i64::from(day + s) * 1_000_000_000;
    let rows = [
        row(52, day, "a", "x", 1),
        row(52, day + 10, "a", "x", 2),
        row(52, day + 10, "b", "y", 3),
        row(52, day + 70, "", "y", 4),
        row(52, day + 3_700, "b", "x", 5),
        row(53, day + 10, "b", "x", 6),
    ];
    insert(&endpoint, &rows, 1).await;
    let mut rollup = Rollup::new(&endpoint, 15);
    let own = |done: crate::rollup::RolledUp| done.windows;
    assert_eq!(own(rollup.reconcile(at(79)).await.unwrap()), 0, "no window has ended and settled");
    assert_eq!(own(rollup.reconcile(at(80)).await.unwrap()), 2, "the first minute of two orgs");
    assert_eq!(own(rollup.reconcile(at(8_000)).await.unwrap()), 2);
    let (stored, wanted) = both(&endpoint, 52).await;
    assert_eq!(stored, wanted);
    assert_eq!(stored.len(), 7 + 4 + 4);
    assert_eq!(own(rollup.reconcile(at(8_000)).await.unwrap()), 0, "nothing is new");
    insert(&endpoint, &[row(52, day + 20, "c", "x", 7), row(52, day + 30, "a", "x", 8)], 2).await;
    let mut restarted = Rollup::new(&endpoint, 15);
    for rollup in [&mut rollup, &mut restarted] {
        rollup.reconcile(at(8_000)).await.unwrap();
        let (stored, wanted) = both(&endpoint, 52).await;
        assert_eq!(stored, wanted);
    }
    let versions = "SELECT uniqExact(row_version) FROM sightline.red_1m FINAL WHERE org = 52 AND level = 3 AND \
                    toUnixTimestamp(window) % 86400 = 0";
    assert_eq!(number(&endpoint, versions).await, 1);
}

#[tokio::test]
async fn the_catalogue_counts_keys_and_values_a_tenant_at_a_time() {
    let endpoint = store().await;
    let now = 20_531 * DAY_NS;
    let batch = sample::spans(54, now, 2_000);
    let mut catalog = Catalog::new(30, now);
    catalog.observe(&batch);
    assert!(catalog.has_new());
    let block = catalog.flush(now).unwrap();
    writer(&endpoint).insert(&block).await.unwrap();
    writer(&endpoint).insert(&block).await.unwrap();
    assert_eq!((catalog.flush(now), catalog.has_new()), (None, false), "nothing has changed");
    catalog.observe(&batch);
    assert!(!catalog.has_new(), "only counts have changed");
    let of = |what: &str| format!("SELECT {what} FROM sightline.attr_catalog FINAL WHERE org = 54 AND ");
    let hits = of("sum(hits)") + "key = 'app.key.1' AND value = ''";
    let wanted = (0..2_000_u64).filter(|at| at % 12 > 1).count() as u64;
    assert_eq!(number(&endpoint, &hits).await, wanted);
    let values = of("max(c)").replace("FROM", "FROM (SELECT tenant, count() AS c FROM")
        + "key = 'app.key.0' AND value != '' GROUP BY tenant)";
    assert_eq!(number(&endpoint, &values).await, 50, "values of a key and tenant are capped");
    let columns = of("uniqExact(value)") + "key = 'http.route' AND value != ''";
    assert_eq!(number(&endpoint, &columns).await, 60);
    let resources = of("count()") + "scope = 2 AND key = 'host.name'";
    assert_eq!(number(&endpoint, &resources).await, 4, "the key and three values");
    let events = of("count()") + "scope = 3 AND key = 'exception.message' AND value = 'no route'";
    assert_eq!(number(&endpoint, &events).await, 8, "seven tenants and none");
}
