//! Fuzzes a target for some minutes with `cargo fuzz` (nightly), starting from the stored corpus.
//!
//! The gate replays the stored corpus (`tests/cases/fuzz`) on stable; what a run finds is added there by hand.

use std::fs;

use crate::step::{self, Outcome};

/// The targets, as in `fuzz/Cargo.toml`.
const TARGETS: &[&str] = &[
    "otlp_protobuf",
    "otlp_json",
    "otlp_logs_protobuf",
    "otlp_logs_json",
    "otlp_metrics_protobuf",
    "otlp_metrics_json",
    "wal_segment",
    "filter",
];

/// What to fuzz.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One of the targets; all when left out.
    target: Option<String>,
    /// Minutes for each target.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
}

/// Runs the targets one after the other; stops at the first finding, which stays in `fuzz/artifacts`.
pub(crate) fn run(args: &Args) -> Outcome {
    if step::output(&mut step::command("cargo", ["+nightly", "--version"])).is_err() {
        return Err("fuzzing needs a nightly toolchain: rustup toolchain install nightly".to_owned());
    }
    if step::output(&mut step::command("cargo", ["fuzz", "--version"])).is_err() {
        step::run(&mut step::command("cargo", ["install", "--locked", "cargo-fuzz"]))?;
    }
    let wanted = |name: &&&str| args.target.as_deref().is_none_or(|target| target == **name);
    let chosen: Vec<&&str> = TARGETS.iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Err(format!("there is no such target; known: {}", TARGETS.join(", ")));
    }
    for target in chosen {
        let corpus = step::root().join("fuzz/corpus").join(target);
        fs::create_dir_all(&corpus).map_err(|e| format!("`{}`: {e}", corpus.display()))?;
        let seeds = step::root().join("tests/cases/fuzz").join(target);
        let seconds = format!("-max_total_time={}", args.minutes * 60);
        let mut command = step::command("cargo", ["+nightly", "fuzz", "run", target]);
        command.arg(&corpus).arg(&seeds).args(["--", &seconds, "-rss_limit_mb=4096", "-timeout=10"]);
        step::run(&mut command)?;
    }
    Ok(())
}
