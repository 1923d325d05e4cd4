//! Keys are listed although nothing more arrives.

use prost::Message;

use crate::kit::{Running, config, fresh_org, start, until};
use crate::store::{number, select, writer};
use crate::{http1, lines, spans};

/// Sends a record with an attribute of that key.
async fn send(pipeline: &Running, org: u32, key: &str) {
    let mut record = lines::record(1);
    record.attributes = vec![spans::text(key, "x")];
    let body = lines::request("shop", vec![record]).encode_to_vec();
    let own = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", own.as_str())];
    let request = http1::request("POST", "/v1/logs", &headers, &body);
    assert_eq!(http1::send(pipeline.http, &request).await.unwrap().status, 200);
}

async fn is_listed(org: u32, key: &str) -> bool {
    let sql = format!(
        "SELECT count() AS n FROM sightline.attr_catalog WHERE {{scope:attr_catalog}} AND key = '{key}'"
    );
    number(&select(org, &sql).await, "n") > 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_keys_before_silence_or_the_end_are_listed() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let pipeline = start(dir.path(), config(dir.path()), writer().await).await;
    // The first batch of a process is written with its keys at once, the next ones wait.
    for key in ["key.of.first", "key.before.silence"] {
        send(&pipeline, org, key).await;
        until(key, async || is_listed(org, key).await).await;
    }
    send(&pipeline, org, "key.before.end").await;
    pipeline.stop().await;
    assert!(is_listed(org, "key.before.end").await);
}
