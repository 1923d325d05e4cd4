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
    Ingest(How),
    /// Spans, log lines and samples at a fixed pace for five minutes, one question a second beside them.
    Mixed(How),
    /// Ten million log lines, and searches among them.
    Search(How),
    /// Samples of 20,000 series: CPU time, bytes, a range query; beside VictoriaMetrics and Prometheus.
    Samples(How),
}

/// How to measure.
#[derive(Debug, clap::Args)]
struct How {
    /// Also beside others: the OpenTelemetry Collector (built once, needs Go) for `ingest`, VictoriaMetrics and
    /// Prometheus (from Debian's packages) for `samples`.
    #[arg(long)]
    peers: bool,
    /// A fifth or less of it: to see that it works, not to claim anything.
    #[arg(long)]
    quick: bool,
    /// What is handed on to the bench program; `-- --help` shows it.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs it; the table is printed by the bench program.
pub(crate) fn run(args: &Args) -> Outcome {
    let (name, how, quick): (_, _, &[&str]) = match &args.what {
        What::Ingest(how) => ("ingest", how, &["--scale", "0.2", "--rounds", "5"]),
        What::Mixed(how) => ("mixed", how, &["--seconds", "30"]),
        What::Search(how) => ("search", how, &["--millions", "1", "--repeats", "5"]),
        What::Samples(how) => ("samples", how, &["--steps", "10", "--rounds", "3"]),
    };
    let library = engine::run()?;
    let peers = if how.peers { peers_of(&args.what)? } else { Vec::new() };
    eprintln!("==> building optimised programs");
    let build = ["build", "--release", "--locked", "--package", "sightline", "--package", "bench"];
    step::run(&mut step::command("cargo", build))?;
    let release = step::target().join("release");
    let mut command = step::command(release.join("bench"), [name, "--sightline"]);
    command.arg(release.join("sightline")).arg("--folder").arg(step::target().join("bench"));
    for (option, program) in peers {
        command.arg(option).arg(program);
    }
    if how.quick {
        command.args(quick);
    }
    step::run(command.args(&how.rest).env("SIGHTLINE_ENGINE_LIB", library))
}

/// Fetches or builds the programs that this measurement is compared with; each with the option that names it.
fn peers_of(what: &What) -> Outcome<Vec<(&'static str, PathBuf)>> {
    Ok(match what {
        What::Ingest(_) => vec![("--collector", peers::run()?)],
        What::Samples(_) => vec![
            ("--victoria", peers::from_debian("victoria-metrics")?),
            ("--prometheus", peers::from_debian("prometheus")?),
        ],
        What::Mixed(_) | What::Search(_) => {
            return Err("there is nobody to compare this with: leave out `--peers`".to_owned());
        }
    })
}
