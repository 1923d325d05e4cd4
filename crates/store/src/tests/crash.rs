//! The engine dies: in the middle of inserts, and between the steps of a migration. Each test has its own engine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sightline_engine::{Engine, testing};
use sightline_runtime::{Scope, SystemClock};

use super::{DAY_NS, ask, endpoint_of, number, sample, writer};
use crate::{Block, Endpoint, Error, Writer, migrate, span_block, span_parts};

async fn start(folder: &Path, scope: &Scope) -> (Engine, Endpoint) {
    let engine = Engine::start(testing::config(folder, false), scope, Arc::new(SystemClock)).await.unwrap();
    let endpoint = endpoint_of(&engine.access(), &engine.volume());
    (engine, endpoint)
}

/// Kills the child and waits until the next one answers.
async fn kill(engine: &Engine) {
    let mut status = engine.status();
    let pid = status.wait_for(|s| s.up).await.unwrap().pid.unwrap();
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
    status.wait_for(|s| s.up && s.pid != Some(pid)).await.unwrap();
}

/// What the pipeline does with an insert whose outcome is unknown.
async fn insert_exactly_once(writer: &Writer, block: &Block) -> Result<bool, Error> {
    match writer.insert(block).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_outcome_unknown() => Ok(false),
        Err(error) => Err(error),
    }
}

async fn recover(writer: &Writer, block: &Block) {
    let again = async {
        loop {
            match look_and_repeat(writer, block).await {
                Ok(()) => return,
                Err(error) => assert!(error.kind().retry(), "{error:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(3), again).await.unwrap();
}

async fn look_and_repeat(writer: &Writer, block: &Block) -> Result<(), Error> {
    writer.settle(block.table, block.batch).await?;
    if writer.is_present(block.table, &block.partition, &block.first_key, block.batch).await? {
        return Ok(());
    }
    writer.insert(block).await
}

#[tokio::test]
async fn an_engine_killed_in_the_middle_of_an_insert_has_every_row_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let (engine, endpoint) = start(folder.path(), &scope).await;
    migrate(&endpoint).await.unwrap();
    let writer = writer(&endpoint);
    let (mut acknowledged, mut unknown) = (0, 0);
    for round in 0..8_u64 {
        let batch = sample::spans(61, 20_540 * DAY_NS + round.cast_signed() * 30_000_000_000, 20_000);
        let block = span_block(&batch, &span_parts(&batch, 7)[0], round + 1);
        // The later the kill the more of the insert is done; both ends of the insert are among the rounds.
        let wait = async {
            tokio::time::sleep(Duration::from_millis(10 * round)).await;
            kill(&engine).await;
        };
        let (done, ()) = tokio::join!(insert_exactly_once(&writer, &block), wait);
        if done.unwrap() {
            acknowledged += 1;
        } else {
            unknown += 1;
        }
        recover(&writer, &block).await;
        let sql = format!("SELECT count() FROM sightline.spans WHERE _batch = {}", block.batch);
        assert_eq!(number(&endpoint, &sql).await, 20_000, "round {round}");
    }
    assert_eq!(number(&endpoint, "SELECT count() FROM sightline.spans").await, 160_000);
    assert!(unknown > 0, "no insert was hit: {acknowledged} acknowledged");
    scope.close(Duration::from_mins(1)).await.unwrap();
}

#[tokio::test]
async fn a_migration_interrupted_after_any_step_ends_with_the_whole_schema() {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let (engine, endpoint) = start(folder.path(), &scope).await;
    let steps = migrate::steps();
    for done in 0..=steps.len() {
        ask(&endpoint, "DROP DATABASE IF EXISTS sightline SYNC").await;
        for step in &steps[..done] {
            ask(&endpoint, step).await;
        }
        kill(&engine).await;
        let report = migrate(&endpoint).await.unwrap();
        let all: Vec<&str> = migrate::MIGRATIONS.iter().map(|(_, name, _)| *name).collect();
        assert_eq!(report.applied, all, "after step {done}");
        assert_eq!(migrate(&endpoint).await.unwrap().present, all.len());
        let tables = "SELECT count() FROM system.tables WHERE database = 'sightline'";
        let made = steps.iter().filter(|step| step.contains("CREATE TABLE ")).count() + 1;
        assert_eq!(number(&endpoint, tables).await, made as u64, "after step {done}");
    }
    ask(
        &endpoint,
        "INSERT INTO sightline.schema_migrations (number, name, checksum, applied_at) \
                    VALUES (1, '001_traces', 'other', now() + 10)",
    )
    .await;
    ask(&endpoint, "OPTIMIZE TABLE sightline.schema_migrations FINAL").await;
    let error = migrate(&endpoint).await.unwrap_err();
    assert!(error.to_string().contains("was run with another content"), "{error}");
    scope.close(Duration::from_mins(1)).await.unwrap();
}
