//! Commands against a real Redis server on a socket of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use redis::AsyncCommands;
use sightline_sdk::redis::Traced;
use sightline_sdk::tenant;

use crate::read::{attribute, histogram, number};
use crate::receiver::Receiver;
use crate::{current_thread, start};

/// Ends with the test.
struct Server {
    process: Child,
    folder: std::path::PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

impl Server {
    /// Nothing when no Redis is installed.
    fn start() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("sightline-sdk-redis-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let started = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--daemonize", "no", "--unixsocket", "socket"])
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn();
        let mut process = started.ok()?;
        let said = BufReader::new(process.stdout.take().unwrap());
        let is_ready = |line: std::io::Result<String>| line.unwrap().contains("eady to accept connections");
        assert!(said.lines().any(is_ready), "redis-server did not start");
        Some(Self { process, folder })
    }
}

async fn work(socket: &std::path::Path) -> redis::RedisResult<()> {
    let client = redis::Client::open(format!("redis+unix://{}", socket.display()))?;
    let connection = client.get_multiplexed_async_connection().await?;
    let mut cache = Traced::new(connection, "sessions", "redis://:s3cret@cache.local:6379/0");
    let _: () = cache.set("session:1", "user-7").await?;
    let _: Option<String> = cache.get("session:1").await?;
    let _: Option<String> = cache.get("session:2").await?;
    let _: Vec<Option<String>> = cache.mget(&["session:1", "session:1", "session:3"]).await?;
    let _: (Option<String>, i64) =
        redis::pipe().get("session:1").incr("visits", 1).query_async(&mut cache).await?;
    let wrong: redis::RedisResult<i64> = cache.llen("session:1").await;
    assert!(wrong.is_err());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
pub(crate) fn commands_are_spans_and_lookups_are_hits_and_misses() {
    let Some(server) = Server::start() else {
        println!("redis-server is not installed: commands are not checked");
        return;
    };
    let receiver = Receiver::start();
    let guard = start(&receiver);
    current_thread(tenant::scope("tenant-001", work(&server.folder.join("socket")))).unwrap();
    guard.shutdown();
    let spans = receiver.spans();
    let told: Vec<String> = spans
        .iter()
        .map(|span| {
            assert_eq!(span.kind, SpanKind::Client as i32);
            let text = |key: &str| attribute(span, key).unwrap_or_default();
            assert_eq!(
                (text("db.system.name"), text("server.address")),
                ("redis".into(), "cache.local".into())
            );
            assert_eq!(text("tenant.id"), "tenant-001");
            format!("{}: {} {}", span.name, text("db.query.text"), text("error.type")).trim().to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            "SET: SET ? ?",
            "GET: GET ?",
            "GET: GET ?",
            "MGET: MGET ? ? ?",
            "PIPELINE: GET; INCRBY",
            "LLEN: LLEN ? WRONGTYPE"
        ]
    );
    assert!(!format!("{spans:?}").contains("s3cret"));
    let requests = receiver.metric("dotmac.cache.requests").unwrap();
    let counted = |result: &str| {
        number(
            &requests,
            &[
                ("dotmac.cache.name", "sessions"),
                ("dotmac.cache.result", result),
                ("tenant.id", "tenant-001"),
            ],
        )
    };
    assert_eq!((counted("hit"), counted("miss")), (Some(4.0), Some(2.0)));
    let duration = receiver.metric("db.client.operation.duration").unwrap();
    assert_eq!(histogram(&duration, &[("db.operation.name", "GET")]).map(|p| p.count), Some(2));
}
