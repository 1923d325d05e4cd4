//! What an insert of spans costs as `FORMAT Native` and as `FORMAT ArrowStream`, here and in the engine (ADR 2).
//!
//! `cargo run --release -p bench --features arrow --bin insert_formats -- [FOLDER [ROUNDS]]`: the same rows in both
//! formats, a real engine with the real schema, interleaved rounds; both are checked to store the same.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

mod arrow;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use bench::{Failure, Preset, Shape, Store, bodies, thread_seconds};
use sightline_model::{OrgId, TenantBinding};
use sightline_otlp::{AppendContext, Limits, SpanBatch, Tenancy};
use sightline_runtime::{Clock as _, Scope, SystemClock, config};
use sightline_store::{Part, span_block, span_parts};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of one insert, each measured.
const SIZES: [usize; 3] = [10_000, 50_000, 200_000];
/// Rows of one measurement.
const ROWS: usize = 1_000_000;
/// Retention class of the rows.
const RET: u16 = 7;
/// What both formats must store alike; the batch differs.
const CHECK: &str =
    "SELECT groupBitXor(cityHash64(* EXCEPT _batch)), count() FROM sightline.spans WHERE _batch = ";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("engine") {
        return sightline_engine::host::run(arguments);
    }
    let folder = first.map_or_else(std::env::temp_dir, PathBuf::from);
    let rounds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(measure(&folder, rounds))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(folder: &std::path::Path, rounds: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    let (scope, clock) = (Scope::new(), Arc::new(SystemClock));
    let environment = config::environment();
    let library =
        environment.iter().find(|(name, _)| name == "SIGHTLINE_ENGINE_LIB").map(|(_, v)| PathBuf::from(v));
    let store = Store::start(library.as_deref(), folder.path(), &scope, clock).await?;
    // Merges would take the machine from the inserts and are the same for both.
    store.run("SYSTEM STOP MERGES sightline.spans").await?;
    println!(
        "{:>7} {:>12}  {:>26}  {:>30}  ratio of sums",
        "rows", "format", "encode s/M (range)", "engine CPU s/M (range)"
    );
    for size in SIZES {
        let batch = batch_of(size)?;
        let part = span_parts(&batch, RET).into_iter().next().ok_or("an empty batch")?;
        if part.len() != batch.len() {
            return Err("the rows lie in two partitions; run it again after midnight".into());
        }
        compare(&store, &batch, &part).await?;
        let mut costs = Costs::default();
        for round in 0..rounds {
            costs.native.push(native(&store, &batch, &part, round).await?);
            costs.arrow.push(arrow_stream(&store, &batch, round).await?);
            eprintln!("    {size} rows: round {} of {rounds}", round + 1);
        }
        costs.print(size);
        store.run("TRUNCATE TABLE sightline.spans").await?;
    }
    store.stop().await;
    drop(scope.close(std::time::Duration::from_secs(10)).await);
    Ok(())
}

/// Decodes seeded requests until there are so many rows.
fn batch_of(rows: usize) -> Result<SpanBatch, Failure> {
    let limits = Limits::default();
    let now = u64::try_from(SystemClock.unix_nanos())?;
    let cx = AppendContext {
        org: OrgId::DEFAULT,
        binding: &TenantBinding::Trusted,
        tenancy: &Tenancy::default(),
        limits: &limits,
        received_at: now.cast_signed(),
    };
    let shape = Shape { seed: 7, preset: Preset::Std, spans: 500 };
    let requests = bodies(shape, 64, now);
    let mut batch = SpanBatch::new();
    for nonce in 0..rows / shape.spans {
        let framed = requests[nonce % requests.len()].fresh(u64::try_from(nonce)?);
        batch.append(&framed[5..], &cx)?;
    }
    Ok(batch)
}

/// One measurement: CPU seconds per million rows.
#[derive(Debug, Clone, Copy)]
struct Cost {
    encode: f64,
    engine: f64,
}

impl Cost {
    #[expect(clippy::cast_precision_loss, reason = "a million rows")]
    fn of(encode: f64, engine: f64, rows: usize) -> Self {
        let millions = rows as f64 / 1e6;
        Self { encode: encode / millions, engine: engine / millions }
    }
}

#[derive(Debug, Default)]
struct Costs {
    native: Vec<Cost>,
    arrow: Vec<Cost>,
}

impl Costs {
    fn print(&self, size: usize) {
        let sum = |cost: &Cost| cost.encode + cost.engine;
        let ratios: Vec<f64> = self.arrow.iter().zip(&self.native).map(|(a, n)| sum(a) / sum(n)).collect();
        for (name, costs) in [("Native", &self.native), ("ArrowStream", &self.arrow)] {
            let encode = spread(costs.iter().map(|cost| cost.encode));
            let engine = spread(costs.iter().map(|cost| cost.engine));
            let ratio = if name == "Native" { String::new() } else { spread(ratios.iter().copied()) };
            println!("{size:>7} {name:>12}  {encode:>26}  {engine:>30}  {ratio}");
        }
    }
}

fn spread(figures: impl Iterator<Item = f64>) -> String {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    match (sorted.first(), sorted.last()) {
        (Some(least), Some(most)) => format!("{:.2} ({least:.2}-{most:.2})", sorted[sorted.len() / 2]),
        _ => String::new(),
    }
}

async fn native(store: &Store, batch: &SpanBatch, part: &Part, round: usize) -> Result<Cost, Failure> {
    // The upper bytes of a batch id name the round, so that its inserts are found by the prefix of their ids.
    let base = u64::try_from((batch.len() / 1000) * 1000 + round)? << 32;
    let (mut encode, inserts) = (0.0, ROWS / batch.len());
    for at in 0..u64::try_from(inserts)? {
        let started = thread_seconds();
        let block = span_block(batch, part, base + at);
        encode += thread_seconds() - started;
        store.writer.insert(&block).await?;
    }
    let engine = store.cpu_of(&format!("insert-spans-{:08x}", base >> 32)).await?;
    Ok(Cost::of(encode, engine, inserts * batch.len()))
}

async fn arrow_stream(store: &Store, batch: &SpanBatch, round: usize) -> Result<Cost, Failure> {
    let prefix = format!("arrow-{}-{round}-", batch.len());
    let (mut encode, inserts) = (0.0, ROWS / batch.len());
    for at in 0..inserts {
        let started = thread_seconds();
        let body = arrow::stream(batch, RET, u64::try_from(at)?)?;
        encode += thread_seconds() - started;
        store.insert("ArrowStream", arrow::COLUMNS, &format!("{prefix}{at}"), body).await?;
    }
    Ok(Cost::of(encode, store.cpu_of(&prefix).await?, inserts * batch.len()))
}

/// Inserts the batch once in each format and fails unless the same rows are stored.
async fn compare(store: &Store, batch: &SpanBatch, part: &Part) -> Result<(), Failure> {
    let block = span_block(batch, part, 1);
    store.writer.insert(&block).await?;
    let body = arrow::stream(batch, RET, 2)?;
    let bytes = (block.body.len() / batch.len(), body.len() / batch.len());
    store.insert("ArrowStream", arrow::COLUMNS, &format!("compare-{}", batch.len()), body).await?;
    let (one, two) = (store.ask(&format!("{CHECK}1")).await?, store.ask(&format!("{CHECK}2")).await?);
    if one != two {
        return Err(format!("Native stores `{one}`, ArrowStream `{two}`").into());
    }
    eprintln!(
        "    {} rows: both formats store the same; bytes a row {} and {}",
        batch.len(),
        bytes.0,
        bytes.1
    );
    store.run("TRUNCATE TABLE sightline.spans").await
}
