//! Builds optimised programs and measures what ingesting costs, beside reference receivers (docs/benchmarks.md).

use std::path::PathBuf;

use crate::step::{self, Outcome};
use crate::{engine, peers};

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// CPU time per million spans: received and dropped, as columns, stored; beside `tonic` with `prost`.
    Ingest(Ingest),
}

/// How to measure.
#[derive(Debug, clap::Args)]
struct Ingest {
    /// Also beside the OpenTelemetry Collector, which is built once (needs Go).
    #[arg(long)]
    peers: bool,
    /// A fifth of the spans: to see that it works, not to claim anything.
    #[arg(long)]
    quick: bool,
    /// What is handed on to the bench program: `--rounds N`, `--preset rich`, `--seed N`, `--only ROWS`, `-o json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs it; the table is printed by the bench program.
pub(crate) fn run(args: &Args) -> Outcome {
    let What::Ingest(ingest) = &args.what;
    let library = engine::run()?;
    let collector = if ingest.peers { Some(peers::run()?) } else { None };
    eprintln!("==> building optimised programs");
    let build = ["build", "--release", "--locked", "--package", "sightline", "--package", "bench"];
    step::run(&mut step::command("cargo", build))?;
    let release = target().join("release");
    let mut command = step::command(release.join("bench"), ["ingest", "--sightline"]);
    command.arg(release.join("sightline")).arg("--folder").arg(target().join("bench"));
    if let Some(collector) = collector {
        command.arg("--collector").arg(collector);
    }
    if ingest.quick {
        command.args(["--scale", "0.2", "--rounds", "5"]);
    }
    step::run(command.args(&ingest.rest).env("SIGHTLINE_ENGINE_LIB", library))
}

fn target() -> PathBuf {
    step::env("CARGO_TARGET_DIR").map_or_else(|| step::root().join("target"), PathBuf::from)
}
