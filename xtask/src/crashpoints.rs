//! Kills the real server and its engine at each rename, fsync and unlink of one ingest cycle; prints the table.
//!
//! The gate does ten of the points; the work itself is the end-to-end test `crashpoints`.

use crate::step::{self, Outcome};

/// Runs all points.
pub(crate) fn run() -> Outcome {
    if !step::has("strace") {
        return Err("cannot start `strace`: install strace (Debian: strace)".to_owned());
    }
    step::run(&mut step::command("cargo", ["build", "--package", "sightline", "--bins", "--locked"]))?;
    let test = ["test", "--package", "e2e", "--locked", "--test", "e2e", "crashpoints", "--", "--nocapture"];
    step::run(step::command("cargo", test).env("SIGHTLINE_CRASHPOINTS", "all"))
}
