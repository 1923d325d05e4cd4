//! Deduplication tokens of the engine do not survive a crash, a batch number does (promise.md 0, findings 1 and 2).
//!
//! The engine is killed at a rename by strace, and the same insert is sent again. This also shows that crash points
//! can fail.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use sightline_engine::{Access, Engine, engine_host, testing};
use sightline_runtime::{Scope, SystemClock};

engine_host!();

const PARTITIONS: u32 = 4;

/// Rows of all partitions together.
const ROWS: u32 = 4_000;

/// Runs a statement; none when the engine is away or dies of it.
async fn ask(access: &Access, sql: &str) -> Option<String> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(&access.url).header(&access.door_header.0, access.door_header.1.expose());
    let request = request.header("x-clickhouse-user", &access.admin.name);
    let request = request.header("x-clickhouse-key", access.admin.password.expose());
    let response = request.body(sql.to_owned()).send().await.ok()?;
    let is_right = response.status().is_success();
    let text = response.text().await.ok()?;
    is_right.then(|| text.trim().to_owned())
}

/// Runs a statement as soon as the engine answers.
async fn insist(access: &Access, sql: &str) -> String {
    let asking = async {
        loop {
            if let Some(text) = ask(access, sql).await {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(3), asking).await.unwrap_or_else(|_| panic!("never: {sql}"))
}

/// Attaches strace, which kills the engine at the `k`-th rename of a thread.
async fn kill_at_rename(pid: u32, k: u32) -> Child {
    let mut command = Command::new("strace");
    let inject = format!("inject=rename:signal=KILL:when={k}");
    command.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=rename",
        "-e",
        &inject,
        "-p",
        &pid.to_string(),
    ]);
    let strace = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut strace = strace.unwrap_or_else(|e| panic!("this needs `strace` ({e}): install strace"));
    let is_free = |task: std::fs::DirEntry| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        status.contains("\nTracerPid:\t0\n")
    };
    while std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten().any(is_free) {
        assert!(strace.try_wait().unwrap().is_none(), "strace cannot trace: allow ptrace");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    strace
}

/// Sends inserts with a kill at the `k`-th rename, then again what `again` says; returns the rows that are there.
async fn rows_after(k: u32, has_token: bool) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let engine = Engine::start(testing::config(folder.path(), false), &scope, Arc::new(SystemClock));
    let engine = engine.await.unwrap();
    let access = engine.access();
    insist(&access, "CREATE DATABASE d").await;
    let table = "CREATE TABLE d.t (p UInt8, n UInt64, _batch UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY n \
                 SETTINGS non_replicated_deduplication_window = 1000";
    insist(&access, table).await;
    let pid = engine.status().borrow().pid.unwrap();
    let mut strace = kill_at_rename(pid, k).await;
    if has_token {
        let insert = format!(
            "INSERT INTO d.t SETTINGS insert_deduplicate = 1, insert_deduplication_token = 'batch', max_insert_threads = 1 \
             SELECT number % {PARTITIONS}, number, 1 FROM numbers({ROWS})"
        );
        if ask(&access, &insert).await.is_none() {
            insist(&access, &insert).await;
        }
    } else {
        for p in 0..PARTITIONS {
            let insert = format!(
                "INSERT INTO d.t SETTINGS insert_deduplicate = 0, max_insert_threads = 1 \
                 SELECT {p}, number, {p} FROM numbers({ROWS}) WHERE number % {PARTITIONS} = {p}"
            );
            let is_there = format!("SELECT count() > 0 FROM d.t WHERE p = {p} AND _batch = {p}");
            let is_lost = ask(&access, &insert).await.is_none();
            if is_lost && insist(&access, &is_there).await == "0" {
                insist(&access, &insert).await;
            }
        }
    }
    // It has ended, unless the insert came through before the engine renamed so often.
    strace.kill().unwrap();
    strace.wait().unwrap();
    let rows = insist(&access, "SELECT count() FROM d.t").await.parse().unwrap();
    engine.stop().await;
    rows
}

/// The rows after a kill in the middle of the insert. The engine renames for itself too, where it keeps its own log: then it
/// was killed before the insert, nothing of that was lost, and it is done again.
async fn rows_after_a_kill_in_the_insert(k: u32) -> u32 {
    for _ in 0..10 {
        let rows = rows_after(k, true).await;
        if rows < ROWS {
            return rows;
        }
    }
    ROWS
}

#[tokio::test]
async fn a_token_loses_rows_when_the_engine_dies_at_a_rename_and_a_batch_number_does_not() {
    for k in [1, 3] {
        let rows = rows_after_a_kill_in_the_insert(k).await;
        assert_eq!(rows, ROWS - ROWS / PARTITIONS, "with a token, rename {k}");
    }
    assert_eq!(rows_after(1, false).await, ROWS, "with batch numbers");
}
