//! End-to-end suite: real processes, from outside, compared with what was really done.
//!
//! The programs must be built (`cargo build --workspace --bins`); `cargo xtask test` does that.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; helpers outside `#[test]` functions are tests too"
)]

mod abuse;
mod answers;
mod asker;
mod attack;
mod attacks;
mod bare_machine;
mod beside;
mod breaking;
mod browser;
mod business;
mod chaos;
mod commands;
mod crashpoints;
mod demo;
mod edges;
mod estate;
mod events;
mod faults;
mod files;
mod first_light;
mod frames;
mod heaps;
mod hostile_collector;
mod isolation;
mod kills;
mod ledger;
mod links;
mod load;
mod missed_run;
mod one_edge;
mod platform;
mod quantiles;
mod redelivery;
mod routes;
mod service_11;
mod service_pages;
mod spans;
mod stock_client;
mod stock_go;
mod stock_hop;
mod stock_java;
mod stock_node;
mod stock_pair;
mod stock_python;
mod top;
mod tutorial;
mod usage;
