//! What an insert costs, here and in the engine. Not a test: run it by name, optimised, and read what it prints.
//!
//! `cargo test -p sightline-store --config profile.dev.package.sightline-store.opt-level=3 \
//!   --config profile.dev.package.sightline-otlp.opt-level=3 -- --ignored --nocapture cost`

use std::time::Duration;

use clickhouse::Compression;
use rustix::time::{ClockId, clock_gettime};

use super::{DAY_NS, ask, sample, store};
use crate::http::{Call, Connection};
use crate::{Block, Catalog, Endpoint, log_block, log_parts, span_block, span_parts, tables};

/// CPU time of this thread: the machine may be busy with other things.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap(), u32::try_from(now.tv_nsec).unwrap())
}

/// Nanoseconds of CPU a row.
fn nanos_a_row(rows: usize, work: impl FnOnce()) -> u128 {
    let started = cpu();
    work();
    (cpu() - started).as_nanos() / rows as u128
}

/// Inserts a million rows and returns the engine's CPU seconds for them.
async fn insert(endpoint: &Endpoint, block: impl Fn(u64) -> Block, lz4: bool) -> f64 {
    let mut ingest = Connection::new(endpoint, &endpoint.ingest);
    if lz4 {
        ingest.client = ingest.client.with_compression(Compression::Lz4);
    }
    let (table, rows) = (block(0).table, u64::from(block(0).rows));
    let sql = format!("INSERT INTO sightline.{} ({}) FORMAT Native", table.name(), tables::columns(table));
    let prefix = format!("cost-{}-{rows}-{lz4}", table.name());
    for round in 0..1_000_000 / rows {
        let block = block(round + 1);
        let id = format!("{prefix}-{round}");
        let deadline = Duration::from_secs(60);
        let call = Call { sql: &sql, query_id: Some(&id), deadline, ..Call::default() };
        ingest.insert(call, block.body).await.unwrap();
    }
    ask(endpoint, "SYSTEM FLUSH LOGS").await;
    let sql = format!(
        "SELECT sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1e6 AS cpu FROM system.query_log \
         WHERE type = 'QueryFinish' AND startsWith(query_id, '{prefix}-')"
    );
    ask(endpoint, &sql).await.column("cpu").unwrap().floats().unwrap()[0]
}

/// Measures a table: encoding, the catalogue, the insert without and with compression.
async fn measure(endpoint: &Endpoint, rows: usize, observe: impl FnMut(), block: impl Fn(u64) -> Block) {
    let rounds = 1_000_000 / rows as u64;
    let (mut bytes, mut observe) = (0, observe);
    let encode =
        nanos_a_row(1_000_000, || bytes = (0..rounds).map(|round| block(round).body.len()).sum::<usize>());
    let observe = nanos_a_row(1_000_000, || (0..rounds).for_each(|_| observe()));
    let plain = insert(endpoint, &block, false).await;
    let lz4 = insert(endpoint, &block, true).await;
    println!(
        "{}, {rows} rows a block: {} B/row on the wire, encode {encode} ns/row, catalogue {observe} ns/row, \
         engine {plain:.2} CPU s/M rows plain, {lz4:.2} with LZ4",
        block(0).table.name(),
        bytes / 1_000_000,
    );
}

#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_encoding_and_inserting() {
    let endpoint = store().await;
    for (at, count) in [(0, 10_000_usize), (1, 50_000), (2, 200_000)] {
        let batch = sample::spans(900, (20_600 + at) * DAY_NS, count);
        let part = &span_parts(&batch, 7)[0];
        let mut catalog = Catalog::new(30, batch.ts[0]);
        let block = |id| span_block(&batch, part, id);
        measure(&endpoint, count, || catalog.observe(&batch), block).await;
        let batch = sample::logs(900, (20_600 + at) * DAY_NS, count);
        let part = &log_parts(&batch, 30)[0];
        let mut catalog = Catalog::new(30, batch.ts[0]);
        let block = |id| log_block(&batch, part, id);
        measure(&endpoint, count, || catalog.observe(&batch), block).await;
    }
}
