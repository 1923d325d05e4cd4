//! The crate through its public doors, with prost as the oracle.
#![expect(clippy::unwrap_used, reason = "tests: a failure to unwrap is a failure of the test")]

mod build;
mod differential;
mod door;
mod json;
mod limits;
mod lines;
mod logs;
mod logs_differential;
mod metrics;
mod metrics_differential;
mod metrics_door;
mod metrics_json;
mod points;
mod read;
mod replay;
mod reply;
mod rules;
mod tenants;
