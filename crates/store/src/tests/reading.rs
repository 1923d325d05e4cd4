//! Reading stays inside its scope, its limits, and its life.

use std::time::Duration;

use super::{DAY_NS, number, sample, scope, store, writer};
use crate::{Endpoint, Error, QueryLimits, Reader, Rows, Sql, span_block, span_parts, trace_index_block};

/// Two orgs with the same tenants.
async fn filled(orgs: [u32; 2], day: i64) -> Endpoint {
    let endpoint = store().await;
    for org in orgs {
        let batch = sample::spans(org, day * DAY_NS, 1_000);
        let part = &span_parts(&batch, 7)[0];
        writer(&endpoint).insert(&span_block(&batch, part, org.into())).await.unwrap();
        writer(&endpoint).insert(&trace_index_block(&batch, part)).await.unwrap();
    }
    endpoint
}

async fn select(endpoint: &Endpoint, org: u32, tenants: Option<&[&str]>, sql: Sql) -> Result<Rows, Error> {
    Reader::new(endpoint).select(&scope(org, tenants), sql, &QueryLimits::default()).await
}

async fn count(endpoint: &Endpoint, org: u32, tenants: Option<&[&str]>, template: &str) -> u64 {
    let rows = select(endpoint, org, tenants, Sql::new(template)).await.unwrap();
    rows.column("c").unwrap().unsigned().unwrap()[0]
}

#[tokio::test]
async fn a_scope_sees_its_org_and_its_tenants_and_an_empty_one_nothing() {
    let endpoint = filled([31, 32], 20_520).await;
    let sql = "SELECT count() AS c FROM sightline.spans WHERE {scope:spans}";
    assert_eq!(count(&endpoint, 31, None, sql).await, 1_000);
    assert_eq!(count(&endpoint, 33, None, sql).await, 0);
    let one = count(&endpoint, 31, Some(&["tenant-1"]), sql).await;
    let two = count(&endpoint, 31, Some(&["tenant-1", "tenant-2"]), sql).await;
    assert!(0 < one && one < two && two < 1_000, "{one} {two}");
    assert_eq!(count(&endpoint, 31, Some(&[]), sql).await, 0);
    assert_eq!(count(&endpoint, 31, Some(&["tenant-99"]), sql).await, 0);
}

#[tokio::test]
async fn no_name_of_a_statement_can_stand_in_for_a_scope_column() {
    let endpoint = filled([34, 35], 20_521).await;
    let own = "SELECT count() AS c FROM sightline.spans WHERE {scope:spans}";
    let own = count(&endpoint, 34, Some(&["tenant-1"]), own).await;
    for template in [
        "SELECT count() AS c, 34 AS org, 'tenant-1' AS tenant FROM sightline.spans WHERE {scope:spans}",
        "SELECT count() AS c, any(1) AS spans FROM sightline.spans WHERE {scope:spans}",
        "WITH 34 AS org, 'tenant-1' AS tenant SELECT count() AS c FROM sightline.spans WHERE {scope:spans}",
        "WITH tuple(34) AS spans SELECT count() AS c FROM sightline.spans WHERE {scope:spans}",
        "WITH o AS (SELECT 34 AS org, 'tenant-1' AS tenant) SELECT count() AS c FROM sightline.spans \
         WHERE {scope:spans} AND (org, tenant) NOT IN (SELECT 1, '' FROM o)",
        "SELECT count() AS c FROM sightline.spans PREWHERE {scope:spans} WHERE (1 OR tenant = 'tenant-2')",
    ] {
        assert_eq!(count(&endpoint, 34, Some(&["tenant-1"]), template).await, own, "{template}");
    }
}

#[tokio::test]
async fn a_value_is_never_more_than_a_value() {
    let endpoint = filled([36, 37], 20_522).await;
    let template = "SELECT count() AS c, any({x:String}) AS text, {y:Array(String)} AS texts, {n:Int64} AS n, \
                    {f:Float64} AS f FROM sightline.spans WHERE {scope:spans} AND service != {x:String}";
    for text in [
        "",
        "' OR 1 = 1 --",
        "\\' OR 1 = 1 --",
        "\\",
        "a\tb\nc\rd\0e",
        "{scope:spans}",
        "\u{1f600} \u{fc}",
        "\r\n--sightline-0000000000000000--\r\n",
        "\\N",
        "NULL",
    ] {
        let sql = Sql::new(template)
            .bind("x", text)
            .bind("y", vec![text.to_owned(), "]".to_owned()])
            .bind("n", i64::MIN)
            .bind("f", 1.5e300);
        let rows = select(&endpoint, 36, None, sql).await.unwrap();
        assert_eq!(rows.column("c").unwrap().unsigned().unwrap(), [1_000], "{text:?}");
        assert_eq!(rows.column("text").unwrap().strings().unwrap().text(0), text);
        let texts = rows.column("texts").unwrap().lists().unwrap();
        assert_eq!(texts.items.strings().unwrap().iter().collect::<Vec<_>>(), [text.as_bytes(), b"]"]);
        assert_eq!(rows.column("n").unwrap().signed().unwrap(), [i64::MIN]);
        assert_eq!(rows.column("f").unwrap().floats().unwrap(), [1.5e300]);
    }
}

#[tokio::test]
async fn a_scope_of_many_tenants_is_sent_whole() {
    let endpoint = filled([38, 39], 20_523).await;
    let names: Vec<String> = (0..5_000).map(|n| format!("tenant-{n}-of-quite-a-long-name")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("tenant-1");
    let sql = "SELECT count() AS c FROM sightline.spans WHERE {scope:spans}";
    let alone = count(&endpoint, 38, Some(&["tenant-1"]), sql).await;
    assert_eq!(count(&endpoint, 38, Some(&names), sql).await, alone);
}

#[tokio::test]
async fn a_trace_is_found_by_the_primary_key_of_its_index() {
    let endpoint = filled([40, 41], 20_524).await;
    let batch = sample::spans(40, 20_524 * DAY_NS, 1_000);
    let hex: String = batch.trace_id[500].iter().map(|byte| format!("{byte:02x}")).collect();
    let template = "SELECT min(min_ts) AS a, max(max_ts) AS b, count() AS c FROM sightline.trace_index \
                    WHERE {scope:trace_index} AND trace_id = unhex({id:String})";
    let rows = select(&endpoint, 40, None, Sql::new(template).bind("id", hex.as_str())).await.unwrap();
    assert_eq!(rows.column("a").unwrap().times().unwrap(), [batch.ts[500]]);
    assert_eq!(rows.column("b").unwrap().times().unwrap(), [batch.ts[504]]);
    assert!(rows.rows_read <= 4 * 1024, "{}", rows.rows_read);
    let plan = format!(
        "SELECT countIf(explain LIKE '%trace_id%') FROM (EXPLAIN indexes = 1 SELECT 1 FROM sightline.trace_index \
         WHERE org = 40 AND trace_id = unhex('{hex}'))"
    );
    assert!(number(&endpoint, &plan).await > 0);
}

#[tokio::test]
async fn limits_end_a_query_with_a_kind_that_says_why() {
    let endpoint = filled([42, 43], 20_525).await;
    let slow = "SELECT sum(sleepEachRow(0.05)) AS c FROM sightline.spans WHERE {scope:spans}";
    let all = "SELECT ts FROM sightline.spans WHERE {scope:spans}";
    let base = QueryLimits::default;
    for (sql, limits, code) in [
        (slow, QueryLimits { time: Duration::from_millis(300), ..base() }, "timeout"),
        (all, QueryLimits { rows_read_max: 10, ..base() }, "unprocessable"),
        (all, QueryLimits { rows_max: 10, ..base() }, "unprocessable"),
        (all, QueryLimits { memory_bytes_max: 1, ..base() }, "unprocessable"),
    ] {
        let error =
            Reader::new(&endpoint).select(&scope(42, None), Sql::new(sql), &limits).await.unwrap_err();
        assert_eq!(error.kind().code(), code, "{error}: {}", error.detail());
        assert!(!error.to_string().contains("sightline."), "{error}");
    }
}

/// Minutes of work, were it not stopped.
const LONG: &str = "SELECT sum(cityHash64(arrayJoin(range(50000000)), ts)) AS c FROM sightline.spans \
                    WHERE {scope:spans}";

async fn until_running(endpoint: &Endpoint, id: &str, wanted: u64) {
    let sql = format!("SELECT count() FROM system.processes WHERE query_id = '{id}'");
    let waiting = async {
        while number(endpoint, &sql).await != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(3), waiting).await.unwrap();
}

#[tokio::test]
async fn a_query_whose_caller_went_away_is_stopped() {
    let endpoint = filled([44, 45], 20_526).await;
    let reader = Reader::new(&endpoint);
    let slow = || Sql::new(LONG);
    let (scope, limits) =
        (scope(44, None), QueryLimits { time: Duration::from_secs(100), ..QueryLimits::default() });
    tokio::select! {
        _ = reader.select(&scope, slow().query_id("gone-1"), &limits) => panic!("it was dropped before"),
        () = until_running(&endpoint, "gone-1", 1) => {}
    }
    until_running(&endpoint, "gone-1", 0).await;
    let killed = async {
        until_running(&endpoint, "kill-1", 1).await;
        reader.kill("kill").await.unwrap();
    };
    let (answer, ()) = tokio::join!(reader.select(&scope, slow().query_id("kill-1"), &limits), killed);
    assert!(matches!(answer, Err(Error::Killed)), "{answer:?}");
}
