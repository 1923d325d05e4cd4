//! House rules that a machine can check: layers, file sizes, headers, workspace tables, tasks without an owner.
//!
//! The layer table is the plan of the house; `docs/architecture.md` explains it.

mod layers;
mod sources;

use crate::step::Outcome;

/// Checks everything and prints each finding as `file: what is wrong`.
pub(crate) fn run() -> Outcome {
    let mut findings = layers::check(&layers::read_manifests()?);
    findings.extend(sources::check()?);
    if findings.is_empty() {
        println!("tidy: layers, sizes and house rules hold");
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    Err(format!("tidy: {} findings", findings.len()))
}
