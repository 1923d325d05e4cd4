//! Tasks of the workspace: `cargo xtask <task>`. One file per task; the table is the enum below.
//!
//! *Invariant:* no product logic; a task starts the same programs that users start.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod clients;
mod crashpoints;
mod deps;
mod dev_down;
mod dev_up;
mod dist;
mod engine;
mod fuzz;
mod gen_files;
mod package;
mod peers;
mod step;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

use clap::Parser;

/// Tasks of the Sightline workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Fetch what is missing, build everything and start the platform with demo data; prints the URL.
    DevUp(dev_up::Args),
    /// Stop what `dev-up` started.
    DevDown,
    /// Run every check: format, lints, house rules, unit, integration, UI and end-to-end tests.
    Test(test::Args),
    /// Check layers, file sizes and house rules.
    Tidy,
    /// Write generated files (OpenAPI document, API types of the UI).
    Gen,
    /// Build the web application into `crates/web/dist`.
    Ui,
    /// Fetch and verify the engine library.
    Engine,
    /// Fuzz decoders and parsers (nightly, outside the gate).
    Fuzz(fuzz::Args),
    /// Kill server and engine at each rename, fsync and unlink of one ingest cycle (needs strace).
    Crashpoints,
    /// Set up the stock client of the end-to-end tests.
    Clients,
    /// Measure what ingesting costs in CPU time, on optimised programs.
    Bench(bench::Args),
    /// Build what `bench --peers` compares with (needs Go).
    Peers,
    /// Pack the release archive and try it on a machine without Rust and Node.js.
    Dist(dist::Args),
    /// Package the crates that can be used alone, and build a stranger's crate on them.
    Package(package::Args),
    /// Check licences, banned and duplicate crates.
    Deps,
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::DevUp(args) => dev_up::run(&args),
        Task::DevDown => dev_down::run(),
        Task::Test(args) => test::run(&args),
        Task::Tidy => tidy::run(),
        Task::Gen => gen_files::run(),
        Task::Ui => ui::run(),
        Task::Engine => engine::run().map(|_| ()),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Crashpoints => crashpoints::run(),
        Task::Clients => clients::run(),
        Task::Bench(args) => bench::run(&args),
        Task::Peers => peers::run().map(|_| ()),
        Task::Dist(args) => dist::run(&args),
        Task::Package(args) => package::run(&args),
        Task::Deps => deps::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
