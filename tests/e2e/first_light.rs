//! One span in over OTLP/HTTP, out by the API, on the command line, and a page.

use sightline_model::Body;

use crate::answers::{column, frame_when};
use crate::platform::Platform;
use crate::spans;

const TRACE: u128 = 0x4951_dac9_073a_8889_d450_7e64_3634_5e2f;

#[tokio::test]
async fn a_span_comes_back_by_api_terminal_and_page() {
    let platform = Platform::start();
    let body = spans::request("hello", vec![spans::server_span(TRACE, 7, "tenant-001")]);
    assert_eq!(spans::send(&platform.traces_url(), body, None).await.unwrap(), 200);
    let id = format!("{TRACE:032x}");
    let client = platform.client();
    let frame = frame_when(&client, &format!("/traces/{id}"), &[], |_| true).await;
    assert_eq!(column(&frame, "name"), ["GET /hello"]);
    assert_eq!(column(&frame, "tenant"), ["tenant-001"]);
    assert!(frame.meta.complete, "{:?}", frame.meta);

    let printed = platform.cli(&["trace", &id, "--width", "100"]);
    assert!(printed.contains("hello GET /hello"), "{printed}");
    let listed = platform.cli(&["query", "service = hello", "-o", "jsonl"]);
    assert!(listed.contains(&id), "{listed}");

    let services = frame_when(&client, "/services", &[("from", "now-15m")], |frame| {
        matches!(&frame.body, Body::Table { rows: 1, .. })
    });
    let services = services.await;
    assert_eq!(column(&services, "service"), ["hello"]);
    assert_eq!(column(&services, "count"), [1.0]);

    let (status, page) = client.plain("/traces").await.unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("<!doctype html>") || page.contains("<!DOCTYPE html>"), "{page}");
}

#[tokio::test]
async fn what_is_acknowledged_survives_a_clean_stop() {
    let mut platform = Platform::start();
    let body = spans::request("hello", vec![spans::server_span(TRACE, 7, "tenant-001")]);
    assert_eq!(spans::send(&platform.traces_url(), body.clone(), None).await.unwrap(), 200);
    platform.stop_and_restart();
    // The same bytes again are acknowledged and stored once.
    assert_eq!(spans::send(&platform.traces_url(), body, None).await.unwrap(), 200);
    let client = platform.client();
    let frame = frame_when(
        &client,
        "/spans",
        &[("from", "now-15m")],
        |frame| matches!(&frame.body, Body::Table { rows, .. } if *rows > 0),
    );
    assert_eq!(column(&frame.await, "span_id").len(), 1);
}
