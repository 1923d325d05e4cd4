//! Whatever dies between the log and the store: each acknowledged span is there exactly once.

use std::path::Path;
use std::sync::Arc;

use sightline_pipeline::{Config, Storage};
use sightline_store::Table;
use tokio::runtime::Runtime;

use crate::away::{Away, BackLater};
use crate::kit::{
    Running, assert_conserved, away_config, config, counted, fresh_org, rejected, start, until,
};
use crate::store::{Step, Stopping, number, select, spans_of, writer};
use crate::{grpc, http1, spans};

async fn send(pipeline: &Running, org: u32, body: &[u8]) {
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    let answer = http1::send(pipeline.http, &http1::request("POST", "/v1/traces", &headers, body)).await;
    assert_eq!(answer.unwrap().status, 200);
}

/// Counted requests of an org.
async fn requests_of(org: u32) -> f64 {
    let rows = select(org, "SELECT sum(n) AS n FROM sightline.red_10s WHERE {scope:red_10s}").await;
    rows.column("n").unwrap().floats().unwrap()[0]
}

/// Starts a pipeline in a runtime of its own, does something, and kills it: its tasks end where they are.
pub(crate) fn kill_after(
    dir: &Path,
    config: Config,
    storage: Arc<dyn Storage>,
    act: impl AsyncFnOnce(&Running) + Send + 'static,
) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let running = start(dir, config, storage).await;
        act(&running).await;
        // Its task for draining must not see an end of its own.
        std::mem::forget(running);
    });
    runtime.shutdown_background();
}

/// Starts again on a copy of what is on disk: the writer of the killed pipeline may still hold its lock.
pub(crate) async fn start_again(dir: &Path, storage: Arc<dyn Storage>) -> (tempfile::TempDir, Running) {
    let copy = tempfile::tempdir().unwrap();
    for folder in ["wal", "dead-letter"] {
        std::fs::create_dir(copy.path().join(folder)).unwrap();
        let Ok(entries) = std::fs::read_dir(dir.join(folder)) else { continue };
        for entry in entries.map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file()) {
            std::fs::copy(entry.path(), copy.path().join(folder).join(entry.file_name())).unwrap();
        }
    }
    let running = start(copy.path(), config(copy.path()), storage).await;
    (copy, running)
}

/// Kills a pipeline at a step of a table, then looks at what the next one makes of it.
fn check_kill(table: Table, step: Step) {
    let runtime = Runtime::new().unwrap();
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let stopping = runtime.block_on(async { Stopping::new(writer().await, table, step) });
    let reached = Arc::clone(&stopping.reached);
    kill_after(dir.path(), config(dir.path()), Arc::new(stopping), async move |pipeline: &Running| {
        for first in [0, 100, 200] {
            send(pipeline, org, &spans::bytes("shop", first, 100)).await;
        }
        reached.notified().await;
        // Acknowledged while the store stands still.
        send(pipeline, org, &spans::bytes("shop", 300, 100)).await;
    });
    runtime.block_on(async {
        let (_copy, pipeline) = start_again(dir.path(), writer().await).await;
        send(&pipeline, org, &spans::bytes("shop", 400, 100)).await;
        until("all spans are stored", async || spans_of(org).await.0 >= 500).await;
        until("all spans are counted", async || requests_of(org).await >= 500.0).await;
        pipeline.stop().await;
        assert_eq!(spans_of(org).await, (500, 500), "{table:?} {step:?}");
        assert_eq!(requests_of(org).await, 500.0, "{table:?} {step:?}");
    });
}

#[test]
fn a_kill_between_intent_and_insert_loses_and_doubles_nothing() {
    check_kill(Table::Spans, Step::BeforeInsert);
    check_kill(Table::Red10s, Step::BeforeInsert);
}

#[test]
fn a_kill_between_insert_and_done_loses_and_doubles_nothing() {
    check_kill(Table::Spans, Step::AfterInsert);
    check_kill(Table::Red10s, Step::AfterInsert);
}

#[test]
fn a_kill_before_the_idempotent_tables_loses_nothing() {
    check_kill(Table::TraceIndex, Step::BeforeInsert);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insert_with_unknown_outcome_is_looked_for_before_it_is_repeated() {
    for step in [Step::LoseAnswer, Step::LoseRequest] {
        let org = fresh_org();
        let dir = tempfile::tempdir().unwrap();
        let storage = Stopping::new(writer().await, Table::Spans, step);
        let pipeline = start(dir.path(), config(dir.path()), Arc::new(storage)).await;
        send(&pipeline, org, &spans::bytes("shop", 0, 50)).await;
        until("the spans are counted as stored", async || counted("sightline.pipeline.stored", org) == 50)
            .await;
        pipeline.stop().await;
        assert_eq!(spans_of(org).await, (50, 50), "{step:?}");
        assert_conserved(org);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_sent_again_is_acknowledged_and_stored_once() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let body = spans::bytes("shop", 0, 10);
    let key = format!("org-{org}");
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    let headers = [("signoz-access-token", key.as_str())];
    let twice = futures_util::future::join_all((0..8).map(|n| {
        let (pipeline, body, headers) = (&pipeline, &body, &headers);
        async move {
            if n % 2 == 0 {
                return send(pipeline, org, body).await;
            }
            let answer = grpc::call(pipeline.grpc, grpc::EXPORT, headers, grpc::frame(body, false)).await;
            assert_eq!(answer.unwrap().code, Some(0));
        }
    }));
    twice.await;
    // The same id with other bytes is the same batch, by the sender's word.
    let named = [("signoz-access-token", key.as_str()), ("x-batch-id", "b-1")];
    for first in [100, 200] {
        let body = grpc::frame(&spans::bytes("shop", first, 10), false);
        assert_eq!(grpc::call(pipeline.grpc, grpc::EXPORT, &named, body).await.unwrap().code, Some(0));
    }
    pipeline.stop().await;
    // The window is found again after a start.
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    send(&pipeline, org, &body).await;
    pipeline.stop().await;
    assert_eq!(counted("sightline.pipeline.deduplicated", org), 90);
    assert_eq!(spans_of(org).await, (20, 20));
    assert_conserved(org);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_store_is_away_requests_are_acknowledged_and_stored_when_it_is_back() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), Arc::new(Away)).await;
    for first in 0..20 {
        send(&pipeline, org, &spans::bytes("shop", first * 10, 10)).await;
    }
    assert!(pipeline.health.is_ready(), "the store is not needed to receive");
    pipeline.stop().await;
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    pipeline.stop().await;
    assert_eq!(spans_of(org).await, (200, 200));
    assert_eq!(requests_of(org).await, 200.0);
    let traces = "SELECT count() AS n FROM (SELECT trace_id FROM sightline.trace_index WHERE {scope:trace_index} GROUP BY trace_id)";
    assert_eq!(number(&select(org, traces).await, "n"), 50);
    let named = "SELECT uniqExact(resource_id) AS n FROM sightline.resources WHERE {scope:resources}";
    assert_eq!(number(&select(org, named).await, "n"), 1);
}

/// A request whose bytes do not compress, so that it fills the log.
fn heavy(first: u64) -> Vec<u8> {
    let noise: String = (0..24_000_u64)
        .map(|n| {
            format!("{:08x}", xxhash_rust::xxh3::xxh3_64(&(first << 20 | n).to_le_bytes()) & 0xFFFF_FFFF)
        })
        .collect();
    let mut all: Vec<_> = (first * 10..first * 10 + 10).map(spans::span).collect();
    for (n, span) in all.iter_mut().enumerate() {
        span.attributes.push(spans::text("noise", &noise[n * 19_000..(n + 1) * 19_000]));
    }
    prost::Message::encode_to_vec(&spans::request("shop", all))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_log_refuses_with_a_delay_and_takes_again_when_the_store_has_caught_up() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let storage = Arc::new(BackLater { writer: writer().await, is_back: false.into() });
    let pipeline = start(dir.path(), config(dir.path()), Arc::clone(&storage) as Arc<dyn Storage>).await;
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    let mut taken = 0;
    let refused = loop {
        let request = http1::request("POST", "/v1/traces", &headers, &heavy(taken));
        let answer = http1::send(pipeline.http, &request).await.unwrap();
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
        assert!(taken < 400, "the log takes more than it may");
    };
    assert_eq!(refused.status, 503);
    let delay: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&delay), "{delay}");
    let status = <spans::RpcStatus as prost::Message>::decode(&*refused.body).unwrap();
    assert_eq!(
        (status.code, status.details[0].type_url.as_str()),
        (14, "type.googleapis.com/google.rpc.RetryInfo")
    );
    let answer = grpc::call(pipeline.grpc, grpc::EXPORT, &headers[1..], grpc::frame(&heavy(taken), false))
        .await
        .unwrap();
    assert_eq!(answer.code, Some(14));
    let status = <spans::RpcStatus as prost::Message>::decode(&*answer.details.unwrap()).unwrap();
    assert_eq!(status.details.len(), 1, "{status:?}");
    assert_eq!(rejected(org, "wal_full"), 20);
    assert_conserved(org);
    storage.is_back.store(true, std::sync::atomic::Ordering::SeqCst);
    until("the log takes again", async || {
        let request = http1::request("POST", "/v1/traces", &headers, &heavy(taken));
        http1::send(pipeline.http, &request).await.unwrap().status == 200
    })
    .await;
    pipeline.stop().await;
    let all = (taken + 1) * 10;
    assert_eq!(spans_of(org).await, (all, all));
    assert_conserved(org);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_the_store_refuses_are_put_aside_and_the_others_stored() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    // All requests in one batch, so that halving has something to do.
    config.flush.freshness_ms = 500;
    let storage = Stopping::new(writer().await, Table::Spans, Step::Refuse(b"poison"));
    let pipeline = start(dir.path(), config, Arc::new(storage)).await;
    for n in 0..9 {
        let service = if n == 4 { "poison" } else { "shop" };
        send(&pipeline, org, &spans::bytes(service, n * 10, 10)).await;
    }
    pipeline.stop().await;
    assert_eq!(spans_of(org).await, (80, 80));
    assert_eq!(rejected(org, "internal"), 10);
    assert_eq!(counted("sightline.pipeline.stored", org), 80);
    assert_conserved(org);
    let kept: Vec<_> = std::fs::read_dir(dir.path().join("dead-letter")).unwrap().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    // Nothing of it is left open in the log.
    let pipeline = start(dir.path(), crate::kit::config(dir.path()), writer().await).await;
    send(&pipeline, org, &std::fs::read(kept[0].as_ref().unwrap().path()).unwrap()).await;
    pipeline.stop().await;
    assert_eq!(
        counted("sightline.pipeline.deduplicated", org),
        10,
        "what was put aside can be sent as it is"
    );
    assert_eq!(spans_of(org).await, (80, 80));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_leaves_the_log() {
    let org = fresh_org();
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    send(&pipeline, org, &spans::bytes("shop", 0, 10)).await;
    until("the log is sealed", async || pipeline.wal.stats().records_pending == 0).await;
    pipeline.stop().await;
    assert_eq!(spans_of(org).await, (10, 10));
}

#[test]
fn a_kill_while_a_refused_batch_is_taken_apart_loses_and_doubles_nothing() {
    for stop_at in 1..=3 {
        let runtime = Runtime::new().unwrap();
        let org = fresh_org();
        let dir = tempfile::tempdir().unwrap();
        let step = Step::RefuseAndStop(b"poison", stop_at);
        let stopping = runtime.block_on(async { Stopping::new(writer().await, Table::Spans, step) });
        let reached = Arc::clone(&stopping.reached);
        let mut config = config(dir.path());
        // All requests in one batch.
        config.flush.freshness_ms = 500;
        kill_after(dir.path(), config, Arc::new(stopping), async move |pipeline: &Running| {
            for n in 0..8 {
                let service = if n == 5 { "poison" } else { "shop" };
                send(pipeline, org, &spans::bytes(service, n * 10, 10)).await;
            }
            reached.notified().await;
        });
        runtime.block_on(async {
            let refusing = Stopping::new(writer().await, Table::Spans, Step::Refuse(b"poison"));
            let (copy, pipeline) = start_again(dir.path(), Arc::new(refusing)).await;
            until("the rest is stored", async || spans_of(org).await.0 >= 70).await;
            pipeline.stop().await;
            assert_eq!(spans_of(org).await, (70, 70), "stopped at {stop_at}");
            let kept = std::fs::read_dir(copy.path().join("dead-letter")).unwrap().count();
            assert_eq!(kept, 1, "the refused request, and no note of pieces");
        });
    }
}
