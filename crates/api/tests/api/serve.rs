//! The socket: slow, greedy and broken clients (promise.md F61, F64, F65). No figure of time is asserted; each test waits for
//! the server to act.

use std::net::SocketAddr;
use std::time::Duration;

use sightline_api::{ServeLimits, serve};
use sightline_runtime::Scope;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{Api, api};

async fn server(limits: ServeLimits) -> (Api, SocketAddr, Scope) {
    let api = api().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let scope = Scope::new();
    serve(listener, api.router.clone(), &scope, limits);
    (api, address, scope)
}

/// Sends the bytes and reads until the server closes.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close before it has read everything.
    let _sent = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _read = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn is_alive(address: SocketAddr) -> bool {
    talk(address, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .ends_with(r#"{"status":"ok"}"#)
}

#[tokio::test]
async fn broken_requests_are_refused_and_the_server_lives_on() {
    let (_api, address, _scope) = server(ServeLimits::default()).await;
    let many: String = (0..10_000).map(|n| format!("x-{n}: y\r\n")).collect();
    let check = async |bytes: String, status: &str| {
        let answer = talk(address, bytes.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{:.80} -> {answer:.200}", bytes);
        assert!(is_alive(address).await);
    };
    check("nonsense\r\n\r\n".to_owned(), "400").await;
    check("GET / HTTP/9.9\r\n\r\n".to_owned(), "400").await;
    check("GET http://[::1 HTTP/1.1\r\n\r\n".to_owned(), "400").await;
    check("GET /metrics\u{0} HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "400").await;
    check(format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431").await;
    check(format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(1 << 20)), "431").await;
    let both = "POST /api/v1/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n";
    let answer = talk(address, both.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "a request was smuggled: {answer}");
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_dropped() {
    let limits = ServeLimits { header_timeout: Duration::from_millis(50), ..ServeLimits::default() };
    let (_api, address, _scope) = server(limits).await;
    talk(address, b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: ").await;
    assert!(is_alive(address).await);
}

#[tokio::test]
async fn closing_lets_open_requests_end_and_takes_no_new_ones() {
    let (_api, address, scope) = server(ServeLimits::default()).await;
    assert!(is_alive(address).await);
    let idle = TcpStream::connect(address).await.unwrap();
    scope.close(Duration::from_mins(1)).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    drop(idle);
}
