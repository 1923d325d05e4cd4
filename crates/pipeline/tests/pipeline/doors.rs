//! Who may send, what else is at the doors, and requests that disagree about their own length.

use crate::hostile::{Any, Body, JSON, JsonOk, JsonStatus, PROTOBUF, ProtobufOk, ProtobufStatus, check_body};
use crate::kit::{away_config, counted, fresh_org, start};
use crate::{away::Away, grpc, http1, spans};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_right_key_learns_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let good = spans::bytes("shop", 1, 1);
    let before = rejected_without_org();
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);
    let rows: [Row<'_>; 7] = [
        ("no key, from this machine", &[], 200),
        ("no key, from a page", &[("origin", "http://localhost:3000")], 401),
        ("no key, through a proxy", &[("x-forwarded-for", "10.1.1.1")], 401),
        ("unknown key", &[("authorization", "Bearer nonsense")], 401),
        ("not a bearer", &[("authorization", "Basic b3JnLTc6")], 401),
        ("empty key", &[("signoz-ingestion-key", "")], 401),
        (
            "a right key, from a page",
            &[("origin", "http://localhost:3000"), ("signoz-access-token", "org-8")],
            200,
        ),
    ];
    for (name, headers, status) in rows {
        let mut all = vec![("content-type", PROTOBUF)];
        all.extend_from_slice(headers);
        let bytes = http1::request("POST", "/v1/traces", &all, &good);
        let answer = http1::send(pipeline.http, &bytes).await.unwrap();
        assert_eq!(answer.status, status, "{name}");
        let expected = if status == 401 { ProtobufStatus(16) } else { ProtobufOk };
        check_body(name, &answer, expected);
        let code = if status == 401 { 16 } else { 0 };
        let answer =
            grpc::call(pipeline.grpc, grpc::EXPORT, headers, grpc::frame(&good, false)).await.unwrap();
        assert_eq!(answer.code, Some(code), "{name} over gRPC");
    }
    assert!(rejected_without_org() >= before + 10);
    pipeline.stop().await;
}

fn rejected_without_org() -> u64 {
    let labels = [("signal", "traces"), ("reason", "auth"), ("org", "")];
    sightline_runtime::metrics::counter("sightline.pipeline.rejected", &labels).get()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_paths_and_methods_say_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let huge = "x".repeat(20 << 10);
    let many: Vec<String> = (0..10_000).map(|n| format!("x-{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    let rows: Vec<(&str, Vec<u8>, u16, Body)> = vec![
        ("logs", http1::request("POST", "/v1/logs", &[("content-type", JSON)], b"{}"), 200, JsonOk),
        ("GET of logs", http1::request("GET", "/v1/logs", &[], b""), 405, JsonStatus(12)),
        ("metrics", http1::request("POST", "/v1/metrics", &[("content-type", JSON)], b"{}"), 200, JsonOk),
        ("GET of metrics", http1::request("GET", "/v1/metrics", &[], b""), 405, JsonStatus(12)),
        ("unknown", http1::request("POST", "/v2/traces", &[], b""), 404, JsonStatus(5)),
        ("GET", http1::request("GET", "/v1/traces", &[], b""), 405, JsonStatus(12)),
        (
            "PUT",
            http1::request("PUT", "/v1/traces", &[("content-type", PROTOBUF)], b""),
            405,
            ProtobufStatus(12),
        ),
        ("huge header", http1::request("POST", "/v1/traces", &[("baggage", &huge)], b""), 431, Any),
        ("10,000 headers", http1::request("POST", "/v1/traces", &many, b""), 431, Any),
        ("malformed line", b"GARBAGE\r\n\r\n".to_vec(), 400, Any),
        ("malformed address", b"POST /v1/tra ces HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), 400, Any),
        ("bare newline in a header", b"POST /v1/traces HTTP/1.1\r\nhost: x\ry: z\r\n\r\n".to_vec(), 400, Any),
    ];
    for (name, bytes, status, body) in rows {
        let answer = http1::send(pipeline.http, &bytes).await.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.status, status, "{name}");
        check_body(name, &answer, body);
    }
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_the_configured_origins_may_send() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = away_config(dir.path());
    config.cors.origins = vec!["https://shop.example".to_owned()];
    let pipeline = start(dir.path(), config, std::sync::Arc::new(Away)).await;
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,signoz-ingestion-key"),
        ];
        http1::request("OPTIONS", "/v1/traces", &headers, b"")
    };
    for (origin, allowed) in
        [("https://shop.example", Some("https://shop.example")), ("https://evil.example", None)]
    {
        let answer = http1::send(pipeline.http, &preflight(origin)).await.unwrap();
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
    }
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_grpc_services_are_unimplemented_and_health_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let profiles = "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export";
    let answer = grpc::call(pipeline.grpc, profiles, &[], grpc::frame(b"", false)).await.unwrap();
    assert_eq!(answer.code, Some(12));
    let answer =
        grpc::call(pipeline.grpc, "/no.such.Service/Method", &[], grpc::frame(b"", false)).await.unwrap();
    assert_eq!(answer.code, Some(12));
    let headers = [("content-type", "application/json")];
    let answer = grpc::call(pipeline.grpc, grpc::EXPORT, &headers, b"{}".to_vec()).await.unwrap();
    assert_eq!(answer.http, 415);
    let health = grpc::call(pipeline.grpc, "/grpc.health.v1.Health/Check", &[], grpc::frame(b"", false))
        .await
        .unwrap();
    assert_eq!((health.code, health.message), (Some(0), vec![8, 1]), "SERVING");
    pipeline.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_that_lies_smuggles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = start(dir.path(), away_config(dir.path()), std::sync::Arc::new(Away)).await;
    let org = fresh_org();
    let hidden = String::from_utf8(http1::request("POST", "/v1/traces", &[], b"")).unwrap();
    let head = format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\nsignoz-ingestion-key: org-{org}\r\n");
    let both = format!("{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
    let twice = format!("{head}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef");
    let answer = http1::send(pipeline.http, twice.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 400, "two lengths");
    let answer = http1::send(pipeline.http, both.as_bytes()).await.unwrap();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.status >= 400, "both ways of saying the length: {}", answer.status);
    assert!(!text.contains("HTTP/1.1"), "the hidden request was answered: {text}");
    // A body of one-byte chunks is slow to write but honest.
    let good = spans::bytes("shop", 1, 1);
    let mut chunked =
        format!("{head}connection: close\r\ncontent-type: {PROTOBUF}\r\ntransfer-encoding: chunked\r\n\r\n")
            .into_bytes();
    for byte in &good {
        chunked.extend_from_slice(b"1\r\n");
        chunked.push(*byte);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(http1::send(pipeline.http, &chunked).await.unwrap().status, 200, "one-byte chunks");
    // Two lengths never get as far as the door.
    assert_eq!(counted("sightline.pipeline.received", org), 2, "a refused request and one span");
    pipeline.stop().await;
}
