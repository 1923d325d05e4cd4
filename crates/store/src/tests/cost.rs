//! What an insert costs, here and in the engine. Not a test: run it by name, optimised, and read what it prints.
//!
//! `cargo test -p sightline-store --config profile.dev.package.sightline-store.opt-level=3 \
//!   --config profile.dev.package.sightline-otlp.opt-level=3 -- --ignored --nocapture cost`

use sightline_runtime::{Clock as _, SystemClock};

use super::{DAY_NS, ask, sample, store, writer};
use crate::{span_block, span_parts};

#[tokio::test]
#[ignore = "a measurement"]
async fn cost_of_encoding_and_inserting() {
    let endpoint = store().await;
    for (at, count) in [10_000_usize, 50_000, 200_000].into_iter().enumerate() {
        let org = 900 + u32::try_from(at).unwrap();
        let batch = sample::spans(org, (20_600 + i64::try_from(at).unwrap()) * DAY_NS, count);
        let part = &span_parts(&batch, 7)[0];
        let rounds = 1_000_000 / count as u64;
        let started = SystemClock.monotonic();
        let mut bytes = 0;
        for round in 0..rounds {
            bytes = span_block(&batch, part, round).body.len();
        }
        let encode = SystemClock.monotonic().saturating_sub(started);
        let started = SystemClock.monotonic();
        for round in 0..rounds {
            writer(&endpoint).insert(&span_block(&batch, part, round + 1)).await.unwrap();
        }
        let insert = SystemClock.monotonic().saturating_sub(started);
        ask(&endpoint, "SYSTEM FLUSH LOGS").await;
        let sql = format!(
            "SELECT sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1e6 AS cpu, count() AS n FROM system.query_log \
             WHERE type = 'QueryFinish' AND user = 'ingest' AND written_rows = {count}"
        );
        let rows = ask(&endpoint, &sql).await;
        let cpu = rows.column("cpu").unwrap().floats().unwrap()[0];
        let inserts = rows.column("n").unwrap().unsigned().unwrap()[0];
        println!(
            "{count} rows a block: {} B/row on the wire, encode {:.0} ns/row, engine {:.2} CPU s/M rows, wall {:.2} s/M rows, {inserts} inserts",
            bytes / count,
            encode.as_secs_f64() * 1e9 / 1e6,
            cpu * 1e6 / (inserts as f64 * count as f64),
            insert.as_secs_f64(),
        );
    }
}
