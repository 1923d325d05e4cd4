//! End-to-end suite: real processes, from outside, compared with what was really done.
//!
//! The programs must be built (`cargo build --workspace --bins`); `cargo xtask test` does that.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; helpers outside `#[test]` functions are tests too"
)]

mod answers;
mod browser;
mod crashpoints;
mod demo;
mod first_light;
mod isolation;
mod kills;
mod ledger;
mod platform;
mod spans;
mod stock_client;
