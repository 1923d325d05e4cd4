//! The one gate: everything that must hold before a commit lands, in the order of cheapness.

use crate::step::{self, Outcome, Steps};
use crate::{clients, deps, engine, tidy, ui};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only what needs no browser and no other language (skips the UI's checks and the end-to-end suite).
    #[arg(long)]
    quick: bool,
}

/// Runs every check; stops at the first that fails.
pub(crate) fn run(args: &Args) -> Outcome {
    let cargo = |args: &[&str]| step::run(&mut step::command("cargo", args));
    let mut steps = Steps::default();
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", tidy::run)?;
    steps.step("dependencies", deps::run)?;
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
        steps.step("end to end", || cargo(&["test", "--package", "e2e", "--locked"]))?;
    }
    steps.step("clippy", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    steps.summary();
    Ok(())
}
