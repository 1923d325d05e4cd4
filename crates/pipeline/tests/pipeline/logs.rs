//! Log records from the doors to the store: every transport, exactly once, beside spans.

use std::sync::Arc;

use sightline_model::Signal;
use sightline_store::Table;
use tokio::runtime::Runtime;

use crate::exactly_once::{kill_after, start_again};
use crate::kit::{Running, config, fresh_org, logs, start, traces, until};
use crate::store::{Step, Stopping, number, select, spans_of, writer};
use crate::{grpc, http1, lines, spans};

async fn send(pipeline: &Running, org: u32, path: &str, content_type: &str, body: &[u8]) {
    let key = format!("org-{org}");
    let headers = [("content-type", content_type), ("signoz-ingestion-key", key.as_str())];
    let answer = http1::send(pipeline.http, &http1::request("POST", path, &headers, body)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

async fn send_logs(pipeline: &Running, org: u32, body: &[u8]) {
    send(pipeline, org, "/v1/logs", "application/x-protobuf", body).await;
}

/// Counts the log records of an org, and the different ones among them.
async fn logs_of(org: u32) -> (u64, u64) {
    let sql = "SELECT count() AS n, uniqExact(body) AS u FROM sightline.logs WHERE {scope:logs}";
    let rows = select(org, sql).await;
    (number(&rows, "n"), number(&rows, "u"))
}

/// A text of the first row.
async fn text(org: u32, sql: &str) -> String {
    let rows = select(org, sql).await;
    rows.columns()[0].1.strings().unwrap().text(0).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_records_of_every_transport_are_stored_with_their_resource_and_their_keys() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    send_logs(&pipeline, org, &lines::bytes("shop", 0, 10)).await;
    let key = format!("org-{org}");
    let headers = [("signoz-access-token", key.as_str())];
    let framed = grpc::frame(&lines::bytes("shop", 10, 10), false);
    let answer = grpc::call(pipeline.grpc, grpc::EXPORT_LOGS, &headers, framed).await.unwrap();
    assert_eq!((answer.code, answer.message), (Some(0), Vec::new()));
    let json = serde_json::to_vec(&lines::request("shop", (20..30).map(lines::record).collect())).unwrap();
    send(&pipeline, org, "/v1/logs", "application/json", &json).await;
    send(&pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("shop", 0, 5)).await;
    // The same bytes again are acknowledged and not stored again.
    let again = lines::bytes("cart", 100, 5);
    send_logs(&pipeline, org, &again).await;
    send_logs(&pipeline, org, &again).await;
    pipeline.stop().await;
    assert_eq!((logs_of(org).await, spans_of(org).await), ((35, 35), (5, 5)));
    assert_eq!(logs(org).get("sightline.pipeline.stored"), 35);
    assert_eq!(logs(org).get("sightline.pipeline.deduplicated"), 5);
    logs(org).assert_conserved();
    traces(org).assert_conserved();
    let columns = "SELECT count() AS n FROM sightline.logs WHERE {scope:logs} AND severity_number = 9 \
                   AND severity_text = 'INFO' AND environment = 'test' AND observed_delay_us = 1000000 \
                   AND startsWith(attrs['invoice_id'], 'inv-') AND num_attrs['amount'] = 12 AND template_id != 0 \
                   AND ret = 30 AND lower(hex(span_id)) != '' AND substring(trace_id, 9) = unhex('5a5a5a5a5a5a5a5a')";
    assert_eq!(number(&select(org, columns).await, "n"), 35);
    let templates = "SELECT uniqExact(template_id) AS n FROM sightline.logs WHERE {scope:logs}";
    assert_eq!(number(&select(org, templates).await, "n"), 1, "all records are of one place in the program");
    let named = "SELECT uniqExact(resource_id) AS n FROM sightline.logs WHERE {scope:logs} AND resource_id IN \
                 (SELECT resource_id FROM sightline.resources WHERE {scope:resources})";
    assert_eq!(number(&select(org, named).await, "n"), 2);
    let listed = format!(
        "SELECT count() AS n FROM sightline.attr_catalog FINAL WHERE {{scope:attr_catalog}} AND signal = {} \
         AND key = 'invoice_id' AND value = ''",
        Signal::Logs.code()
    );
    assert_eq!(number(&select(org, &listed).await, "n"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_json_line_of_the_platform_is_stored_by_its_keys() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let seconds = spans::now() / 1_000_000_000 - 5;
    let line = format!(
        r#"{{"timestamp":{seconds},"level":"ERROR","service":"dotmac_billing","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",
        "span_id":"00f067aa0ba902b7","tenant_id":"tenant-001","user_id":"u1","message":"card declined",
        "attributes":{{"invoice_id":"INV-7","amount":150.5}}}}"#
    );
    let mut record = lines::record(0);
    (record.time_unix_nano, record.severity_number, record.severity_text) = (0, 0, String::new());
    (record.trace_id, record.span_id, record.attributes) = (Vec::new(), Vec::new(), Vec::new());
    record.body = lines::body(&line);
    send_logs(&pipeline, org, &prost::Message::encode_to_vec(&lines::request("collector", vec![record])))
        .await;
    pipeline.stop().await;
    let all = "SELECT concat(service, '|', tenant, '|', toString(severity_number), '|', body, '|', lower(hex(trace_id)), \
               '|', attrs['invoice_id'], '|', attrs['user_id'], '|', toString(num_attrs['amount']), '|', \
               toString(toUnixTimestamp(ts))) AS t FROM sightline.logs WHERE {scope:logs}";
    let expected = format!(
        "billing|tenant-001|17|card declined|4bf92f3577b34da6a3ce929d0e0e4736|INV-7|u1|150.5|{seconds}"
    );
    assert_eq!(text(org, all).await, expected);
    let service = "SELECT attrs['service.name'] AS t FROM sightline.resources WHERE {scope:resources}";
    assert_eq!(text(org, service).await, "dotmac_billing");
}

/// Kills a pipeline at a step of the table of logs while spans come too, then looks at what the next one makes of it.
fn check_kill(step: Step) {
    let runtime = Runtime::new().unwrap();
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let stopping = runtime.block_on(async { Stopping::new(writer().await, Table::Logs, step) });
    let reached = Arc::clone(&stopping.reached);
    kill_after(dir.path(), config(dir.path()), Arc::new(stopping), async move |pipeline: &Running| {
        for first in [0, 100, 200] {
            send_logs(pipeline, org, &lines::bytes("shop", first, 100)).await;
            send(pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("shop", first, 100))
                .await;
        }
        reached.notified().await;
        // Acknowledged while the store stands still.
        send_logs(pipeline, org, &lines::bytes("shop", 300, 100)).await;
    });
    runtime.block_on(async {
        let (_copy, pipeline) = start_again(dir.path(), writer().await).await;
        send_logs(&pipeline, org, &lines::bytes("shop", 400, 100)).await;
        until("all records are stored", async || logs_of(org).await.0 >= 500).await;
        pipeline.stop().await;
        assert_eq!(logs_of(org).await, (500, 500), "{step:?}");
        assert_eq!(spans_of(org).await, (300, 300), "{step:?}");
    });
}

#[test]
fn a_kill_before_or_after_the_insert_of_logs_loses_and_doubles_nothing() {
    check_kill(Step::BeforeInsert);
    check_kill(Step::AfterInsert);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_that_the_store_refuses_are_put_aside_and_spans_and_other_logs_stored() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = config(dir.path());
    // All requests in one batch, so that halving has something to do.
    config.flush.freshness_ms = 500;
    let storage = Stopping::new(writer().await, Table::Logs, Step::Refuse(b"poison"));
    let pipeline = start(dir.path(), config, Arc::new(storage)).await;
    for n in 0..5 {
        let service = if n == 3 { "poison" } else { "shop" };
        send_logs(&pipeline, org, &lines::bytes(service, n * 10, 10)).await;
        send(&pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("poison", n * 10, 10))
            .await;
    }
    pipeline.stop().await;
    assert_eq!((logs_of(org).await, spans_of(org).await), ((40, 40), (50, 50)));
    assert_eq!((logs(org).rejected("internal"), traces(org).rejected("internal")), (10, 0));
    logs(org).assert_conserved();
    traces(org).assert_conserved();
    let kept: Vec<_> = std::fs::read_dir(dir.path().join("dead-letter")).unwrap().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

/// How many events an org has, and what they say.
async fn events_of(org: u32) -> (u64, String) {
    let rows =
        select(org, "SELECT uniqExact(event_id) AS u FROM sightline.events WHERE {scope:events}").await;
    let sql = "SELECT \
               arrayStringConcat(arraySort(groupUniqArray(concat(kind, ': ', title, ' of ', service, ' ', attrs['invoice_id']))), '; ') AS t \
               FROM sightline.events WHERE {scope:events}";
    (number(&rows, "u"), text(org, sql).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_with_the_name_of_an_event_are_events_once_however_often_they_are_decoded() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let named = |number: u64, name: &str, id: Option<&str>| {
        let mut record = lines::record(number);
        record.event_name = name.to_owned();
        record.attributes.extend(id.map(|id| spans::text(sightline_store::EVENT_ID, id)));
        record
    };
    let records = vec![
        named(1, "dotmac.deployment.finished", None),
        named(2, "order.placed", None),
        named(3, "note", Some("000000000000000000000000000000ff")),
        lines::record(4),
    ];
    let body = lines::request("shop", records);
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let json = serde_json::to_vec(&body).unwrap();
    send(&pipeline, org, "/v1/logs", "application/json", &json).await;
    // As protobuf the request is another one: stored again as records, and as the same events.
    send_logs(&pipeline, org, &prost::Message::encode_to_vec(&body)).await;
    pipeline.stop().await;
    let expected = "dotmac.deployment.finished: invoice 1 was paid of shop inv-1; note: invoice 3 was paid of shop inv-3";
    let (different, texts) = events_of(org).await;
    assert_eq!((different, texts.as_str()), (2, expected));
    assert_eq!(logs_of(org).await, (8, 4));
}
