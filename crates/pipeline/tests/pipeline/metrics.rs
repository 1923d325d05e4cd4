//! Metric points from the doors to the store: every transport, every kind, exactly once, beside spans.

use std::sync::Arc;

use prost::Message;
use sightline_model::Signal;
use sightline_store::Table;
use tokio::runtime::Runtime;

use crate::exactly_once::{kill_after, start_again};
use crate::kit::{Running, config, fresh_org, metrics, start, traces, until};
use crate::store::{Step, Stopping, number, select, spans_of, writer};
use crate::{grpc, http1, lines, points, spans};

async fn send(pipeline: &Running, org: u32, path: &str, content_type: &str, body: &[u8]) {
    let key = format!("org-{org}");
    let headers = [("content-type", content_type), ("signoz-ingestion-key", key.as_str())];
    let answer = http1::send(pipeline.http, &http1::request("POST", path, &headers, body)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

async fn send_points(pipeline: &Running, org: u32, body: &[u8]) {
    send(pipeline, org, "/v1/metrics", "application/x-protobuf", body).await;
}

/// Counts the rows of an org in a table, and the different series among them.
async fn rows_of(org: u32, table: &str) -> (u64, u64) {
    let sql = format!(
        "SELECT count() AS n, uniqExact(series_id) AS u FROM sightline.{table} WHERE {{scope:{table}}}"
    );
    let rows = select(org, &sql).await;
    (number(&rows, "n"), number(&rows, "u"))
}

const OTHERS: [&str; 4] = ["histograms", "exp_histograms", "summaries", "exemplars"];

/// Looks whether each of so many series of each kind has its one point.
async fn assert_stored(org: u32, each: u64, what: &str) {
    assert_eq!(rows_of(org, "samples").await, (2 * each, 2 * each), "samples, {what}");
    for table in OTHERS {
        assert_eq!(rows_of(org, table).await, (each, each), "{table}, {what}");
    }
}

async fn count(org: u32, sql: &str) -> u64 {
    number(&select(org, sql).await, "n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_of_every_kind_and_transport_are_stored_with_their_series_and_resource() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    send_points(&pipeline, org, &points::bytes("shop", 0, 10)).await;
    let key = format!("org-{org}");
    let headers = [("signoz-access-token", key.as_str())];
    let framed = grpc::frame(&points::bytes("shop", 10, 10), false);
    let answer = grpc::call(pipeline.grpc, grpc::EXPORT_METRICS, &headers, framed).await.unwrap();
    assert_eq!((answer.code, answer.message), (Some(0), Vec::new()));
    let json = serde_json::to_vec(&points::of_every_kind("shop", 20, 10)).unwrap();
    send(&pipeline, org, "/v1/metrics", "application/json", &json).await;
    send(&pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("shop", 0, 5)).await;
    // The same bytes again are acknowledged and not stored again.
    let again = points::bytes("cart", 100, 5);
    send_points(&pipeline, org, &again).await;
    send_points(&pipeline, org, &again).await;
    pipeline.stop().await;
    assert_stored(org, 35, "after a stop").await;
    assert_eq!(spans_of(org).await, (5, 5));
    assert_eq!(metrics(org).get("sightline.pipeline.stored"), 35 * 5, "points, not rows");
    assert_eq!(metrics(org).get("sightline.pipeline.deduplicated"), 5 * 5);
    metrics(org).assert_conserved();
    traces(org).assert_conserved();
    // Series are written once, whatever kind and table; every row names one.
    let series =
        "SELECT count() AS n FROM sightline.metric_series FINAL WHERE {scope:metric_series} AND ret = 15";
    assert_eq!(count(org, series).await, 35 * 5);
    let named = "SELECT uniqExact(resource_id) AS n FROM sightline.metric_series WHERE {scope:metric_series} \
                 AND resource_id IN (SELECT resource_id FROM sightline.resources WHERE {scope:resources})";
    assert_eq!(count(org, named).await, 2);
    let sum = "SELECT toUInt64(sum(value)) AS n FROM sightline.samples WHERE {scope:samples} AND series_id IN \
               (SELECT series_id FROM sightline.metric_series WHERE {scope:metric_series} \
               AND metric = 'queue.depth' AND kind = 'gauge' AND service = 'shop' AND NOT monotonic)";
    assert_eq!(count(org, sum).await, (0..30).sum::<u64>());
    let histograms = "SELECT count() AS n FROM sightline.histograms WHERE {scope:histograms} AND count = 3 \
                      AND sum = 6.5 AND min = 0.5 AND max IS NULL AND bounds = [1, 2.5] AND counts = [1, 0, 2] \
                      AND dateDiff('second', start_ts, ts) = 600";
    assert_eq!(count(org, histograms).await, 35);
    let exemplars = "SELECT count() AS n FROM sightline.exemplars WHERE {scope:exemplars} AND value = 3 \
                     AND hex(trace_id) = repeat('5A', 16)";
    assert_eq!(count(org, exemplars).await, 35);
    let listed = format!(
        "SELECT count() AS n FROM sightline.attr_catalog FINAL WHERE {{scope:attr_catalog}} AND signal = {} \
         AND key = 'queue' AND value = ''",
        Signal::Metrics.code()
    );
    assert_eq!(count(org, &listed).await, 1);
}

/// Kills a pipeline at a step of a table, with all three signals in one batch, then looks at what the next one makes
/// of it.
fn check_kill(table: Table, step: Step) {
    let runtime = Runtime::new().unwrap();
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let stopping = runtime.block_on(async { Stopping::new(writer().await, table, step) });
    let reached = Arc::clone(&stopping.reached);
    kill_after(dir.path(), config(dir.path()), Arc::new(stopping), async move |pipeline: &Running| {
        for first in [0, 100, 200] {
            send_points(pipeline, org, &points::bytes("shop", first, 20)).await;
            send(pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("shop", first, 100))
                .await;
            send(pipeline, org, "/v1/logs", "application/x-protobuf", &lines::bytes("shop", first, 50)).await;
        }
        reached.notified().await;
        // Acknowledged while the store stands still.
        send_points(pipeline, org, &points::bytes("shop", 300, 20)).await;
    });
    runtime.block_on(async {
        let (_copy, pipeline) = start_again(dir.path(), writer().await).await;
        send_points(&pipeline, org, &points::bytes("shop", 400, 20)).await;
        until("all points are stored", async || rows_of(org, "exemplars").await.0 >= 100).await;
        pipeline.stop().await;
        assert_stored(org, 100, &format!("{table:?}, {step:?}")).await;
        assert_eq!(spans_of(org).await, (300, 300), "{table:?}, {step:?}");
        let bodies = "SELECT toUInt64(count() * 1000 + uniqExact(body)) AS n FROM sightline.logs WHERE {scope:logs}";
        assert_eq!(count(org, bodies).await, 150_150, "{table:?}, {step:?}");
        let unnamed = "SELECT count() AS n FROM sightline.histograms WHERE {scope:histograms} AND series_id NOT IN \
                       (SELECT series_id FROM sightline.metric_series WHERE {scope:metric_series})";
        assert_eq!(count(org, unnamed).await, 0, "{table:?}, {step:?}");
    });
}

#[test]
fn a_kill_before_or_after_any_insert_of_metrics_loses_and_doubles_nothing() {
    for table in [Table::Samples, Table::Histograms, Table::ExpHistograms, Table::Summaries, Table::Exemplars]
    {
        check_kill(table, Step::BeforeInsert);
        check_kill(table, Step::AfterInsert);
    }
    check_kill(Table::MetricSeries, Step::BeforeInsert);
}

/// The store refuses one request's rows in one table; everything else is stored, and the points are counted once.
async fn check_refused(table: Table, poison: &'static [u8], rejected: u64) {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = config(dir.path());
    // All requests in one batch, so that halving has something to do.
    config.flush.freshness_ms = 500;
    let storage = Stopping::new(writer().await, table, Step::Refuse(poison));
    let pipeline = start(dir.path(), config, Arc::new(storage)).await;
    for n in 0..5_u64 {
        let mut own = points::of_every_kind("shop", n * 10, 10);
        if n == 3 {
            own = poisoned(n * 10);
        }
        send_points(&pipeline, org, &own.encode_to_vec()).await;
        send(&pipeline, org, "/v1/traces", "application/x-protobuf", &spans::bytes("shop", n * 10, 10)).await;
    }
    pipeline.stop().await;
    assert_eq!(spans_of(org).await, (50, 50));
    assert_eq!(metrics(org).rejected("internal"), rejected, "{table:?}");
    metrics(org).assert_conserved();
    let kept: Vec<_> = std::fs::read_dir(dir.path().join("dead-letter")).unwrap().collect();
    assert_eq!(kept.len(), 1, "{table:?}: {kept:?}");
    for other in ["samples", "histograms", "exemplars"].into_iter().filter(|name| *name != table.name()) {
        let wanted = if other == "samples" { 80 + 10 } else { 50 };
        assert_eq!(rows_of(org, other).await.0, wanted, "{other} although {table:?} is refused");
    }
    assert_eq!(
        rows_of(org, table.name()).await.0,
        if table == Table::Samples { 80 } else { 40 },
        "{table:?}"
    );
}

/// Ten points whose one value has bytes of its own, and ten histograms.
fn poisoned(first: u64) -> opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest {
    use opentelemetry_proto::tonic::metrics::v1::{exemplar, number_data_point};
    let poison = f64::from_le_bytes(*b"poison!!");
    let totals = (first..first + 5).map(|n| {
        let mut point = points::total(n);
        // Young, so that each has a zero at its start: ten rows of five points.
        point.start_time_unix_nano = point.time_unix_nano - 30_000_000_000;
        point.value = Some(number_data_point::Value::AsDouble(poison));
        point
    });
    let histograms = (first..first + 10).map(|n| {
        let mut point = points::histogram(n);
        point.exemplars[0].value = Some(exemplar::Value::AsDouble(poison));
        point
    });
    points::request(
        "shop",
        vec![
            points::totals("jobs.done", totals.collect()),
            points::histograms("job.duration", histograms.collect()),
        ],
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_that_the_store_refuses_are_put_aside_and_counted_as_points() {
    // Ten rows refused of a request of 15 points: the zeros at the start are rows, and count as points here, because
    // the rows do not tell.
    check_refused(Table::Samples, b"poison!!", 10).await;
    // An exemplar is no point: its request is put aside, and all its points are stored.
    check_refused(Table::Exemplars, b"poison!!", 0).await;
}
