//! Disks that fill up: telemetry is refused in time, with the truth about retrying, and taken again by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;
use sightline_pipeline::{Pending, Storage};
use sightline_store::{Block, Table};
use sightline_wal::Space;

use crate::kit::{Running, assert_conserved, away_config, fresh_org, logs, rejected, start, until};
use crate::{away::Away, grpc, http1, lines, spans};

/// A store whose volume has so many percent taken.
struct Filling(Arc<AtomicU64>);

impl Storage for Filling {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        Away.insert(block)
    }

    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()> {
        Away.settle(table, batch)
    }

    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool> {
        Away.is_present(table, partition, first_key, batch)
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        Away.sync_volume()
    }

    fn space(&self) -> std::io::Result<Option<Space>> {
        Ok(Some(Space { free: 100_000 - 1000 * self.0.load(Ordering::SeqCst), total: 100_000 }))
    }
}

async fn send(pipeline: &Running, org: u32, body: &[u8]) -> http1::Answer {
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    http1::send(pipeline.http, &http1::request("POST", "/v1/traces", &headers, body)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nearly_full_disk_refuses_telemetry_until_there_is_room_again() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let taken = Arc::new(AtomicU64::new(50));
    let mut config = away_config(dir.path());
    // So high that only the volume of the store decides, not the disk that the test runs on.
    (config.disk.warn_percent, config.disk.low_percent, config.disk.full_percent) = (99, 99, 99);
    let pipeline = start(dir.path(), config, Arc::new(Filling(Arc::clone(&taken)))).await;
    assert_eq!(send(&pipeline, org, &spans::bytes("shop", 0, 1)).await.status, 200);
    taken.store(100, Ordering::SeqCst);
    let mut refused = 0;
    until("the door refuses", async || {
        let answer = send(&pipeline, org, &spans::bytes("shop", 1, 1)).await;
        refused += u64::from(answer.status == 503);
        answer.status == 503
    })
    .await;
    let answer = send(&pipeline, org, &spans::bytes("shop", 2, 1)).await;
    let delay: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((24..=30).contains(&delay), "{delay}");
    let status = spans::RpcStatus::decode(&*answer.body).unwrap();
    assert!(status.code == 14 && status.details.len() == 1, "{status:?}");
    let key = format!("org-{org}");
    let headers = [("signoz-access-token", key.as_str())];
    let body = grpc::frame(&spans::bytes("shop", 2, 1), false);
    assert_eq!(grpc::call(pipeline.grpc, grpc::EXPORT, &headers, body).await.unwrap().code, Some(14));
    assert_eq!(rejected(org, "disk_full"), refused + 2);
    assert!(pipeline.health.is_ready(), "queries go on");
    taken.store(50, Ordering::SeqCst);
    until("the door takes again", async || {
        send(&pipeline, org, &spans::bytes("shop", 3, 1)).await.status == 200
    })
    .await;
    assert_conserved(org);
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_refuses_debug_logs_one_by_one() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = away_config(dir.path());
    (config.disk.warn_percent, config.disk.low_percent) = (99, 99);
    let pipeline = start(dir.path(), config, Arc::new(Filling(Arc::new(AtomicU64::new(100))))).await;
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    let record = |severity_number| LogRecord { severity_number, ..lines::record(1) };
    let body = lines::request("shop", vec![record(5), record(9), record(0)]).encode_to_vec();
    until("debug logs are refused", async || {
        let answer = http1::send(pipeline.http, &http1::request("POST", "/v1/logs", &headers, &body)).await;
        crate::hostile::partial_of(&answer.unwrap().body).0 == 1
    })
    .await;
    assert!(logs(org).rejected("disk_full") >= 1);
    logs(org).assert_conserved();
    pipeline.stop().await;
}
