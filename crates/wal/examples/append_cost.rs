//! What an append costs: `cargo run --release -p sightline-wal --example append_cost [folder]`.
//!
//! Payloads are of the kind the receiver hands over: OTLP-like bytes, compressible by about 8. Without a folder the
//! log is made in the system's temporary folder; give one on the disk that is meant.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use sightline_runtime::{Clock, SystemClock};
use sightline_wal::{Config, DiskFs, Intent, NewRecord, Wal};
use tokio::task::JoinSet;

/// Bytes appended in one run, at most.
const RUN_BYTES: usize = 512 << 20;

/// Records appended in one run, at most.
const RUN_RECORDS: usize = 20_000;

fn main() {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    let mut lines = vec![
        "payload  appenders  appends/s    MB/s  records/fsync  fsyncs  CPU-s/M records  zstd share  ratio"
            .to_owned(),
    ];
    for payload_bytes in [500_000, 4096] {
        for appenders in [1, 8, 64] {
            lines.push(runtime.block_on(measure(&folder, payload_bytes, appenders)));
        }
    }
    write_out(&lines.join("\n"));
}

fn write_out(text: &str) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{text}").expect("the output is open");
}

async fn measure(folder: &std::path::Path, payload_bytes: usize, appenders: usize) -> String {
    let dir = folder.join(format!("append-cost-{}-{payload_bytes}-{appenders}", std::process::id()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let opened = Wal::open(Config::new(&dir), &[1], Arc::new(DiskFs), Arc::clone(&clock));
    let (wal, _) = opened.expect("the log opens in an empty folder");
    let payload = telemetry(payload_bytes);
    let records = (RUN_BYTES / payload_bytes).min(RUN_RECORDS) / appenders * appenders;
    let zstd = zstd_seconds(&payload);
    let (cpu, start) = (cpu_seconds(), clock.monotonic());
    append_all(&wal, &payload, appenders, records / appenders).await;
    let (wall, cpu) = ((clock.monotonic() - start).as_secs_f64(), cpu_seconds() - cpu);
    let stats = wal.stats();
    wal.close().await;
    let start = clock.monotonic();
    let opened = Wal::open(Config::new(&dir), &[1], Arc::new(DiskFs), Arc::clone(&clock));
    let (wal, _) = opened.expect("the log opens again");
    let reopen = (clock.monotonic() - start).as_secs_f64() * 1e3;
    finish(wal, &dir).await;
    let (n, fsyncs) = (as_f64(records as u64), as_f64(stats.syncs));
    let raw = n * as_f64(payload_bytes as u64);
    format!(
        "{payload_bytes:>7}  {appenders:>9}  {:>9.0}  {:>6.1}  {:>13.1}  {:>6}  {:>15.1}  {:>9.0}%  {:>5.1}  {reopen:>9.0}",
        n / wall,
        raw / wall / 1e6,
        n / fsyncs,
        stats.syncs,
        cpu / n * 1e6,
        100.0 * zstd * n / cpu,
        raw / as_f64(stats.bytes_written),
    )
}

async fn append_all(wal: &Wal, payload: &Bytes, appenders: usize, each: usize) {
    let mut tasks = JoinSet::new();
    for appender in 0..appenders {
        let (wal, payload) = (wal.clone(), payload.clone());
        tasks.spawn(async move {
            for n in 0..each {
                let key = ((appender as u128) << 64 | n as u128).to_le_bytes();
                let context = Bytes::from_static(b"trusted");
                let payload = payload.clone();
                let record = NewRecord { org: 1, signal: 1, received_at: 0, count: 1, key, context, payload };
                wal.append(record).await.expect("the disk has room");
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("no appender panics");
    }
}

/// Seals everything and removes the folder.
async fn finish(wal: Wal, dir: &std::path::Path) {
    let last = wal.stats().last_seq;
    let intent = Intent { consumer: 1, from: 1, to: last, batches: Vec::new() };
    wal.intend(intent).await.expect("the range is durable");
    wal.seal(last).await.expect("the range is done");
    wal.close().await;
    std::fs::remove_dir_all(dir).expect("the folder is ours");
}

/// Makes bytes like spans: ids that are random, names and keys that repeat, numbers that move.
fn telemetry(bytes: usize) -> Bytes {
    let mut out = Vec::with_capacity(bytes + 256);
    let mut x = 88_172_645_463_325_252_u64;
    while out.len() < bytes {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out.extend_from_slice(&x.to_le_bytes());
        out.extend_from_slice(&x.wrapping_mul(31).to_le_bytes()[..4]);
        let route = ["/api/orders", "/api/orders/{id}", "/api/cart", "/healthz"]
            [usize::from(out[0] ^ out[out.len() - 1]) % 4];
        let text = format!(
            "GET {route}http.request.method\u{5}GET url.path{route} http.response.status_code\u{2}200 \
             server.address\u{9}orders-7f service.name orders tenant.id tenant-{:03} k8s.pod.name orders-7f9c",
            x % 40
        );
        out.extend_from_slice(text.as_bytes());
    }
    out.truncate(bytes);
    out.into()
}

/// Returns the CPU time of compressing one payload.
fn zstd_seconds(payload: &[u8]) -> f64 {
    let mut compressor = zstd::bulk::Compressor::new(1).expect("level 1 exists");
    let rounds = (256 << 20) / payload.len();
    let start = cpu_seconds();
    for _ in 0..rounds {
        compressor.compress(payload).expect("memory is there");
    }
    (cpu_seconds() - start) / as_f64(rounds as u64)
}

/// Returns the process's CPU time, user and system.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
const fn as_f64(n: u64) -> f64 {
    n as f64
}
