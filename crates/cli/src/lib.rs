//! Terminal client: questions to the public API, answers as tables, JSON, YAML or CSV.
//!
//! Standard output is data, standard error is messages. Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 credential,
//! 5 server unreachable.
//!
//! *Invariant:* nothing here can do what a stranger with the same key could not do over HTTP.
#![expect(clippy::print_stderr, reason = "a command-line client talks to its terminal")]

mod commands;
mod context;
mod exit;
mod graph;
mod log_line;
mod output;
mod safe_text;
mod session;
mod spark;
mod top;
mod units;
mod waterfall;

pub use commands::{Command, TopArgs, can_draw, run, top_of};
pub use session::Global;
pub use top::Listening;
