//! `cargo xtask bench ingest` builds and calls this; see docs/benchmarks.md.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks to its terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use bench::{Error, Hosted, Plan, Preset, Programs, Shape};
use clap::{Parser, Subcommand};

/// As in the product: reference receivers get the same allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure what ingesting costs.
    Ingest(Ingest),
    /// Send all three signals at once at a fixed pace, and ask beside it.
    Mixed(Mixed),
    /// Host a subject; started by `ingest`.
    #[command(hide = true, subcommand)]
    Host(Hosted),
}

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
struct Ingest {
    /// The server, optimised.
    #[arg(long)]
    sightline: PathBuf,
    /// The OpenTelemetry Collector.
    #[arg(long)]
    collector: Option<PathBuf>,
    /// Folder for logs and data, on the disk that is meant.
    #[arg(long)]
    folder: PathBuf,
    /// Seed of the load.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How rich the spans are.
    #[arg(long, value_enum, default_value_t = Preset::Std)]
    preset: Preset,
    /// Spans of a request.
    #[arg(long, default_value_t = 512)]
    batch: usize,
    /// How often each subject is measured.
    #[arg(long, default_value_t = 6)]
    rounds: usize,
    /// Spans of a round, as a part of what gives two seconds of CPU time.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Measure only these rows (door, tonic_drop, collector_drop, columns, tonic_columns, stored).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// What to print.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
struct Mixed {
    /// The server, optimised.
    #[arg(long)]
    sightline: PathBuf,
    /// Folder for logs and data, on the disk that is meant.
    #[arg(long)]
    folder: PathBuf,
    /// Seed of the load.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How long, in seconds.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Spans per second; 0: none.
    #[arg(long, default_value_t = 20_000)]
    spans: u32,
    /// Log lines per second; 0: none.
    #[arg(long, default_value_t = 10_000)]
    lines: u32,
    /// Samples per second; 0: none.
    #[arg(long, default_value_t = 20_000)]
    samples: u32,
    /// What to print.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Ingest(args) => ingest(args),
        Command::Mixed(args) => mixed(args),
        Command::Host(what) => bench::host(&what),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ingest(args: Ingest) -> Result<(), Error> {
    let programs = Programs { sightline: args.sightline, collector: args.collector };
    let plan = Plan {
        shape: Shape { seed: args.seed, preset: args.preset, spans: args.batch.max(1) },
        rounds: args.rounds.max(1),
        scale: args.scale,
        folder: args.folder,
        only: args.only,
    };
    let report = bench::run(&programs, &plan)?;
    match args.output {
        Output::Table => print!("{}", report.text()),
        Output::Json => println!("{:#}", report.json()),
    }
    Ok(())
}

fn mixed(args: Mixed) -> Result<(), Error> {
    let programs = Programs { sightline: args.sightline, collector: None };
    let plan = bench::mixed::Plan {
        seed: args.seed,
        lasts: std::time::Duration::from_secs(args.seconds.max(1)),
        spans: args.spans,
        lines: args.lines,
        points: args.samples,
        folder: args.folder,
    };
    let report = bench::mixed::run(&programs, &plan)?;
    match args.output {
        Output::Table => print!("{}", report.text()),
        Output::Json => println!("{:#}", report.json()),
    }
    if report.is_whole() { Ok(()) } else { Err(Error::Refused("the run was not whole; see above".to_owned())) }
}
