//! The one gate: everything that must hold before a commit lands, in the order of cheapness.

use crate::step::{self, Outcome, Steps};
use crate::{clients, deps, engine, package, tidy, ui};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what needs no browser and no other language (skips the UI's checks and the end-to-end suite).
    #[arg(long)]
    quick: bool,
    /// Only the stock clients in Python, Node.js, Java and Go (needs a JDK, Maven and Go beside what the gate needs).
    #[arg(long, conflicts_with = "quick")]
    clients: bool,
}

/// Runs every check; stops at the first that fails.
pub(crate) fn run(args: &Args) -> Outcome {
    let cargo = |args: &[&str]| step::run(&mut step::command("cargo", args));
    if args.clients {
        return stock_clients();
    }
    let mut steps = Steps::default();
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", tidy::run)?;
    steps.step("dependencies", deps::run)?;
    steps.step("packages", package::quick)?;
    steps.step("engine library", || engine::run().map(|_| ()))?;
    if !args.quick {
        steps.step("web application", ui::run)?;
        steps.step("web checks", ui::check)?;
    }
    steps.step("build", || cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    steps.step("unit and integration", || {
        cargo(&[
            "test",
            "--workspace",
            "--locked",
            "--exclude",
            "e2e",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ])
    })?;
    steps.step("doc tests", || cargo(&["test", "--workspace", "--locked", "--exclude", "e2e", "--doc"]))?;
    if !args.quick {
        steps.step("stock client", clients::run)?;
        let threads = end_to_end_threads().to_string();
        steps.step("end to end", || {
            cargo(&["test", "--package", "e2e", "--locked", "--", "--test-threads", &threads])
        })?;
    }
    steps.step("clippy", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    steps.summary();
    Ok(())
}

/// Tests that run at a time: each has a platform with an engine, together up to 800 MB. Cores do not tell how much memory
/// there is.
fn end_to_end_threads() -> usize {
    const MOST: usize = 4;
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

/// Runs the tests of the stock clients, with those that the gate leaves out.
fn stock_clients() -> Outcome {
    let cargo = |args: &[&str]| step::run(&mut step::command("cargo", args));
    let mut steps = Steps::default();
    steps.step("engine library", || engine::run().map(|_| ()))?;
    steps.step("stock clients", clients::run_all)?;
    steps.step("build", || cargo(&["build", "--workspace", "--bins", "--locked"]))?;
    steps.step("end to end", || {
        cargo(&["test", "--package", "e2e", "--locked", "--", "--include-ignored", "stock_"])
    })?;
    steps.summary();
    Ok(())
}
