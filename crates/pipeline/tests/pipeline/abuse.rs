//! Clients that dawdle or flood (faults 61 to 63 of promise.md): closed within the limits, others are served.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::away::Away;
use crate::kit::{Running, away_config, fresh_org, rejected, start, until};
use crate::{grpc, http1, spans};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut out = length[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// Writes until the server closes, and returns what it said. A server that takes everything for ever never returns.
async fn flood(to: SocketAddr, opening: &[u8], mut next: impl FnMut() -> Option<Vec<u8>>) -> Vec<u8> {
    let (mut reader, mut writer) = TcpStream::connect(to).await.unwrap().into_split();
    let opening = opening.to_vec();
    let writing = async move {
        let mut is_open = writer.write_all(&opening).await.is_ok();
        while let Some(bytes) = next().filter(|_| is_open) {
            is_open = writer.write_all(&bytes).await.is_ok();
        }
        // Held open: it is the server that has to close, and what it said is still read.
        std::future::pending::<()>().await;
    };
    let reading = async move {
        let mut said = Vec::new();
        drop(reader.read_to_end(&mut said).await);
        said
    };
    let ended = async {
        tokio::select! {
            said = reading => said,
            () = writing => Vec::new(),
        }
    };
    tokio::time::timeout(Duration::from_mins(5), ended).await.expect("the server closes the connection")
}

async fn impatient(dir: &std::path::Path) -> Running {
    let mut config = away_config(dir);
    config.connections.header_timeout_ms = 50;
    config.connections.idle_timeout_ms = 50;
    config.connections.body_timeout_ms = 50;
    config.connections.body_bytes_per_s_min = 1 << 20;
    config.connections.ping_interval_ms = 50;
    config.connections.ping_timeout_ms = 50;
    config.connections.open_max = 4;
    start(dir, config, Arc::new(Away)).await
}

async fn assert_others_are_served(pipeline: &Running) {
    let org = fresh_org();
    let key = format!("org-{org}");
    let headers = [("signoz-ingestion-key", key.as_str())];
    let body = grpc::frame(&spans::bytes("shop", 1, 1), false);
    // On a busy machine a client that is honest may dawdle too, and comes again.
    until("others are served", async || {
        let answer = grpc::call(pipeline.grpc, grpc::EXPORT, &headers, body.clone()).await;
        answer.is_ok_and(|answer| answer.code == Some(0))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_dawdle_are_closed() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = impatient(dir.path()).await;
    let half_settings = [PREFACE, &frame(SETTINGS, 0, 0, &[])[..5]].concat();
    let open_header = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(HEADERS, 0, 1, &[0x83])].concat();
    for (name, to, opening) in [
        ("silence on HTTP", pipeline.http, &b""[..]),
        ("silence on gRPC", pipeline.grpc, b""),
        ("half a header", pipeline.http, b"POST /v1/traces HTTP/1.1\r\nhost: x\r\nx-a: "),
        ("half a preface", pipeline.grpc, &PREFACE[..9]),
        ("half a preface on HTTP", pipeline.http, &PREFACE[..9]),
        ("preface and silence", pipeline.grpc, PREFACE),
        ("half of the settings", pipeline.grpc, &half_settings),
        ("a header that does not end", pipeline.grpc, &open_header),
    ] {
        let said = flood(to, opening, || None).await;
        assert!(!said.starts_with(b"HTTP/1.1 200"), "{name}");
    }
    let org = fresh_org();
    let head = format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\nsignoz-ingestion-key: org-{org}\r\n");
    let head = format!("{head}content-type: application/x-protobuf\r\ncontent-length: 1000\r\n\r\n12345");
    // A head that came too late was closed as such, and is none of this.
    until("a body that does not come is told to come back", async || {
        let said =
            String::from_utf8_lossy(&flood(pipeline.http, head.as_bytes(), || None).await).into_owned();
        let is_refused = said.starts_with("HTTP/1.1 503");
        assert!(!is_refused || said.to_lowercase().contains("retry-after: 1"), "{said}");
        is_refused
    })
    .await;
    assert_eq!(rejected(org, "overload"), 1, "a body that does not come");
    assert_others_are_served(&pipeline).await;
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_more_than_allowed_waits_until_another_ends() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = impatient(dir.path()).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(TcpStream::connect(pipeline.grpc).await.unwrap());
    }
    assert_others_are_served(&pipeline).await;
    drop(idle);
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_http2_end_the_connection() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), Arc::new(Away)).await;
    let opening = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    // :method POST, :scheme http, :path / from the static table.
    let fields = [0x83, 0x86, 0x84];
    let mut stream = 1;
    let resets = move || {
        let both = [frame(HEADERS, 4, stream, &fields), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat();
        stream += 2;
        Some(both)
    };
    flood(pipeline.grpc, &opening, resets).await;

    // A header that never ends: literal fields without indexing, name and value of one byte each.
    let begin = [opening.clone(), frame(HEADERS, 0, 1, &fields)].concat();
    let more = frame(CONTINUATION, 0, 1, &[0x00, 1, b'a', 1, b'b'].repeat(3000));
    flood(pipeline.grpc, &begin, || Some(more.clone())).await;

    let begin = opening.clone();
    let wrong = frame(PING, 0, 1, &[0; 8]);
    flood(pipeline.grpc, &begin, || Some(wrong.clone())).await;
    assert_others_are_served(&pipeline).await;
    let answer = http1::send(pipeline.http, &http1::request("GET", "/", &[], b"")).await.unwrap();
    assert_eq!(answer.status, 404);
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_too_many_bytes_are_in_flight_a_client_is_told_to_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = away_config(dir.path());
    config.limits.in_flight_bytes_max = config.limits.body_bytes_max + config.limits.decompressed_bytes_max;
    let slots = config.limits.in_flight_bytes_max / (200 << 10);
    let pipeline = start(dir.path(), config, Arc::new(Away)).await;
    let org = fresh_org();
    let head = format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\nsignoz-ingestion-key: org-{org}\r\n");
    let head = format!("{head}content-type: application/x-protobuf\r\ncontent-length: 250000\r\n\r\n");
    let part = [head.as_bytes(), &vec![0; 200 << 10]].concat();
    let begin = async || {
        let mut stream = TcpStream::connect(pipeline.http).await.unwrap();
        // One that comes when nothing is left is answered, and closed, before all of it is written.
        drop(stream.write_all(&part).await);
        stream
    };
    let mut waiting = Vec::new();
    for _ in 0..slots {
        waiting.push(begin().await);
    }
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", "org-8")];
    let body = spans::padded(spans::bytes("shop", 1, 1), 250_000);
    let request = http1::request("POST", "/v1/traces", &headers, &body);
    until("the bytes are used up", async || {
        // The request that looks uses bytes too: while it does, one that waits may be turned away for good.
        waiting.push(begin().await);
        let answer = http1::send(pipeline.http, &request).await.unwrap();
        answer.status == 503 && answer.header("retry-after").is_some()
    })
    .await;
    drop(waiting);
    until("the bytes are given back", async || {
        http1::send(pipeline.http, &request).await.unwrap().status == 200
    })
    .await;
    pipeline.stop().await;
}
