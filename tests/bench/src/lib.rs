//! What ingesting costs in CPU time, beside reference receivers, as ratios per round (docs/benchmarks.md).
//!
//! *Invariant:* every subject is a process of its own that gets the same bytes over a real socket; nothing is
//! encoded while a subject is measured; every span that was sent is accounted for, or the run fails.
#![expect(
    clippy::disallowed_methods,
    reason = "a program for people that measures: it has the machine's clock, and its tasks end with it"
)]

mod cpu;
mod error;
mod goals;
mod hosts;
mod load;
mod merged;
pub mod mixed;
mod noise;
mod report;
mod rounds;
pub mod samples;
pub mod search;
mod spread;
mod store;
mod subjects;

pub use error::Error;
pub use hosts::{Hosted, host};
pub use load::{Body, Preset, Shape, bodies};
pub use noise::thread_seconds;
pub use report::Report;
pub use rounds::{Plan, Programs, run};
pub use store::{Failure, Store};
