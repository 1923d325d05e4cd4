//! `samples_1h` against `samples`.

use super::{DAY_NS, ask, number, store};
use crate::rollup_samples::SamplesRollup;
use crate::{Endpoint, retention};

/// A Friday in 1994: years before what the other tests write, whose partitions nothing here may touch.
const DAY: i64 = 9_003;
const HOUR_NS: i64 = 3_600_000_000_000;
const STALE: &str = "reinterpretAsFloat64(9218868437227405314)";

/// Writes samples: series, milliseconds after the day begins, value as SQL.
async fn insert(endpoint: &Endpoint, org: u32, samples: &[(u32, i64, &str)]) {
    let rows: Vec<String> = samples
        .iter()
        .map(|(series, ms, value)| {
            let at = DAY * 86_400_000 + ms;
            format!("SELECT toUInt32({org}), toUInt16(15), toUInt64(1), toUInt128({series}), fromUnixTimestamp64Milli({at}, 'UTC'), toFloat64({value})")
        })
        .collect();
    ask(
        endpoint,
        &format!(
            "INSERT INTO sightline.samples (org, ret, _batch, series_id, ts, value) {}",
            rows.join(" UNION ALL ")
        ),
    )
    .await;
}

async fn insert_series(endpoint: &Endpoint, org: u32, ids: &[u32]) {
    for id in ids {
        ask(
            endpoint,
            &format!(
                "INSERT INTO sightline.metric_series SELECT toUInt32({org}), 15, toDate({DAY}), 'm', toUInt128({id}), 't', 's', \
                 'sum', 2, true, '1', '', map('k', 'v'), 7, 'scope', toDateTime(1, 'UTC')"
            ),
        )
        .await;
    }
    ask(
        endpoint,
        &format!("INSERT INTO sightline.resources SELECT toUInt32({org}), 15, toDate({DAY}), 7, 't', 's', map('host.name', 'h'), '', toDateTime(1, 'UTC')"),
    )
    .await;
}

/// The rows of an org as text, in order.
async fn rows(endpoint: &Endpoint, org: u32) -> Vec<String> {
    let columns =
        "series_id, toHour(window), count, sum, min, max, first, last, first_ms, last_ms, increase, ended";
    let sql = format!(
        "SELECT toString(tuple({columns})) AS line FROM sightline.samples_1h FINAL WHERE org = {org} ORDER BY series_id, window"
    );
    let rows = ask(endpoint, &sql).await;
    if rows.is_empty() {
        return Vec::new();
    }
    let lines = rows.column("line").unwrap().strings().unwrap();
    (0..rows.len()).map(|row| lines.text(row).into_owned()).collect()
}

#[tokio::test]
async fn hours_are_what_their_samples_come_to_whatever_is_sent_twice_late_or_no_number() {
    let endpoint = store().await;
    let at = |hours: i64, seconds: i64| DAY * DAY_NS + hours * HOUR_NS + seconds * 1_000_000_000;
    insert_series(&endpoint, 61, &[1, 2, 3]).await;
    let counter = [
        (1, 0, "5"),
        (1, 60_000, "8"),
        (1, 60_000, "0"),
        (1, 120_000, "2"),
        (1, 120_000, "2"),
        (1, 3_600_000, "9"),
    ];
    let gauge = [(2, 500, "-1.5"), (2, 1_000, "nan"), (2, 2_000, "4"), (2, 3_000, STALE)];
    let ended = [(3, 10_000, STALE)];
    insert(&endpoint, 61, &[&counter[..], &gauge[..], &ended[..]].concat()).await;
    let mut rollup = SamplesRollup::new(&endpoint, 90);
    assert_eq!(rollup.reconcile(at(1, 299)).await.unwrap().windows, 0, "the hour may still get some");
    rollup.reconcile(at(1, 300)).await.unwrap();
    let first = "(1,0,3,15,2,8,5,2,0,120000,5,false)";
    let others = ["(2,0,2,2.5,-1.5,4,-1.5,4,500,2000,5.5,true)", "(3,0,0,0,0,0,0,0,10000,10000,0,true)"];
    assert_eq!(rows(&endpoint, 61).await, [first, others[0], others[1]]);
    let mut restarted = SamplesRollup::new(&endpoint, 90);
    restarted.reconcile(at(3, 0)).await.unwrap();
    rollup.reconcile(at(3, 0)).await.unwrap();
    let second = "(1,1,1,9,9,9,9,9,0,0,0,false)";
    assert_eq!(rows(&endpoint, 61).await, [first, second, others[0], others[1]]);
    insert(&endpoint, 61, &[(1, 180_000, "6")]).await;
    rollup.reconcile(at(3, 0)).await.unwrap();
    let late = "(1,0,4,21,2,8,5,6,0,180000,9,false)";
    assert_eq!(rows(&endpoint, 61).await, [late, second, others[0], others[1]]);
    // What names the series is kept as long as the hours, once a week.
    for table in ["metric_series", "resources"] {
        let sql = format!(
            "SELECT count() FROM sightline.{table} WHERE org = 61 AND ret = 90 AND day = toMonday(toDate({DAY}))"
        );
        assert_eq!(number(&endpoint, &sql).await, if table == "resources" { 1 } else { 3 }, "{table}");
    }
    // The samples go, the hours stay until it is their turn.
    let samples = |sql: &str| format!("{sql} FROM sightline.samples WHERE org = 61");
    retention::drop_expired(&endpoint, at(16 * 24, 0)).await.unwrap();
    assert_eq!(number(&endpoint, &samples("SELECT count()")).await, 0);
    SamplesRollup::new(&endpoint, 90).reconcile(at(16 * 24, 0)).await.unwrap();
    assert_eq!(rows(&endpoint, 61).await.len(), 4);
    // The week of the Friday ends on Sunday.
    retention::drop_expired(&endpoint, (DAY + 2 + 90) * DAY_NS + DAY_NS - 1).await.unwrap();
    assert_eq!(rows(&endpoint, 61).await.len(), 4);
    retention::drop_expired(&endpoint, (DAY + 3 + 90) * DAY_NS).await.unwrap();
    assert_eq!(rows(&endpoint, 61).await.len(), 0);
}

#[tokio::test]
async fn sums_of_hours_equal_the_sums_of_their_samples() {
    let endpoint = store().await;
    // A year later, which nothing drops. 40 series, each 15 s, three hours; each ninth sample twice.
    let start = (DAY + 400) * 86_400;
    let samples = format!(
        "SELECT toUInt32(62), toUInt16(15), toUInt64(1), bitShiftLeft(toUInt128(number % 40), 96), \
         fromUnixTimestamp64Milli(({start} + 15 * intDiv(number, 40)) * 1000, 'UTC'), toFloat64(cityHash64(number) % 1000) \
         FROM system.numbers LIMIT {}",
        40 * 720
    );
    for which in ["", "WHERE number % 9 = 0"] {
        let sql = samples.replace(
            "FROM system.numbers LIMIT",
            &format!("FROM (SELECT number FROM system.numbers LIMIT {}) {which} LIMIT", 40 * 720),
        );
        ask(
            &endpoint,
            &format!("INSERT INTO sightline.samples (org, ret, _batch, series_id, ts, value) {sql}"),
        )
        .await;
    }
    let mut rollup = SamplesRollup::new(&endpoint, 90);
    rollup.reconcile((start + 4 * 3_600) * 1_000_000_000).await.unwrap();
    let of =
        |what: &str, table: &str| format!("SELECT toUInt64({what}) FROM sightline.{table} WHERE org = 62");
    let own = of("sum(sum)", "samples_1h FINAL");
    let raw = "SELECT toUInt64(sum(v)) FROM (SELECT max(value) AS v FROM sightline.samples WHERE org = 62 GROUP BY series_id, ts)";
    assert_eq!(number(&endpoint, &own).await, number(&endpoint, raw).await);
    assert_eq!(number(&endpoint, &of("sum(count)", "samples_1h FINAL")).await, 40 * 720);
    assert_eq!(number(&endpoint, &of("uniqExact(series_id, window)", "samples_1h FINAL")).await, 40 * 3);
    let increase = "SELECT toUInt64(sum(if(was < 0 OR h != hw, 0, if(v < was, v, v - was)))) FROM (SELECT v, h, \
        lagInFrame(v, 1, -1.) OVER w AS was, lagInFrame(h) OVER w AS hw FROM (SELECT series_id, ts, max(value) AS v, \
        toStartOfHour(ts) AS h FROM sightline.samples WHERE org = 62 GROUP BY series_id, ts) \
        WINDOW w AS (PARTITION BY series_id ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))";
    assert_eq!(
        number(&endpoint, &of("sum(increase)", "samples_1h FINAL")).await,
        number(&endpoint, increase).await
    );
}
