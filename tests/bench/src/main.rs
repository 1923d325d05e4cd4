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
    /// Fill in many log lines and search among them.
    Search(Search),
    /// Send samples of 20,000 series, beside VictoriaMetrics and Prometheus.
    Samples(Samples),
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

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
struct Search {
    /// The server, optimised.
    #[arg(long)]
    sightline: PathBuf,
    /// Folder for logs and data, on the disk that is meant.
    #[arg(long)]
    folder: PathBuf,
    /// Seed of the load.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Millions of lines.
    #[arg(long, default_value_t = 10)]
    millions: u64,
    /// Over how many hours before now they are spread.
    #[arg(long, default_value_t = 6)]
    hours: u64,
    /// How often each search is asked.
    #[arg(long, default_value_t = 20)]
    repeats: usize,
    /// What to print.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
struct Samples {
    /// The server, optimised.
    #[arg(long)]
    sightline: PathBuf,
    /// VictoriaMetrics.
    #[arg(long)]
    victoria: Option<PathBuf>,
    /// Prometheus 2.
    #[arg(long)]
    prometheus: Option<PathBuf>,
    /// Folder for logs and data, on the disk that is meant.
    #[arg(long)]
    folder: PathBuf,
    /// Seed of the load.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Steps of a round; a step is one sample of each series.
    #[arg(long, default_value_t = 40)]
    steps: u32,
    /// How often each subject is measured.
    #[arg(long, default_value_t = 6)]
    rounds: u32,
    /// How often the query is asked.
    #[arg(long, default_value_t = 10)]
    repeats: usize,
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
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("engine") {
        return sightline_engine::host::run(arguments);
    }
    let outcome = match Cli::parse().command {
        Command::Ingest(args) => ingest(args),
        Command::Mixed(args) => mixed(args),
        Command::Search(args) => search(args),
        Command::Samples(args) => samples(args),
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
    show(args.output, || report.text(), || report.json());
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
    show(args.output, || report.text(), || report.json());
    if report.is_whole() {
        Ok(())
    } else {
        Err(Error::Refused("the run was not whole; see above".to_owned()))
    }
}

fn search(args: Search) -> Result<(), Error> {
    let programs = Programs { sightline: args.sightline, collector: None };
    let plan = bench::search::Plan {
        seed: args.seed,
        lines: args.millions.max(1) * 1_000_000,
        over: std::time::Duration::from_secs(args.hours.max(1) * 3600),
        repeats: args.repeats.max(1),
        folder: args.folder,
    };
    let report = bench::search::run(&programs, &plan)?;
    show(args.output, || report.text(), || report.json());
    Ok(())
}

fn samples(args: Samples) -> Result<(), Error> {
    let programs = Programs { sightline: args.sightline, collector: None };
    let peers = bench::samples::Peers { victoria: args.victoria, prometheus: args.prometheus };
    let plan = bench::samples::Plan {
        seed: args.seed,
        steps: args.steps.max(1),
        rounds: args.rounds.max(1),
        repeats: args.repeats,
        folder: args.folder,
    };
    let report = bench::samples::run(&programs, &peers, &plan)?;
    show(args.output, || report.text(), || report.json());
    Ok(())
}

fn show(output: Output, text: impl Fn() -> String, json: impl Fn() -> serde_json::Value) {
    match output {
        Output::Table => print!("{}", text()),
        Output::Json => println!("{:#}", json()),
    }
}
