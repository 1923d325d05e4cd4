//! The seeded data generator with its ledger (the ground truth of every acceptance), and the processes that tests drive.
//!
//! *Invariant:* the generator knows nothing of the platform; what it writes down is what it did and what it was answered.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a helper of tests: it panics like a test, and has the machine's clock"
)]

pub mod business;
pub mod demo;
pub mod driver;
pub mod edges;
pub mod expect;
pub mod experiment;
pub mod ledger;
mod memo;
pub mod memory;
pub mod plan;
pub mod process;
pub mod registry;
pub mod windows;
