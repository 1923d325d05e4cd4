//! `sightline top`: services, traces, live logs, the map, metrics and the pipeline on a terminal, kept up to date.
//!
//! `state` is what is known and chosen, without a terminal or a server; `run` moves keys and answers into it, and `draw`
//! shows it.

mod books;
mod draw;
mod keys;
mod listening;
mod load;
mod logs;
mod look;
mod order;
mod panes;
mod run;
mod state;
mod typing;
mod view;
mod words;

pub use listening::Listening;
pub(crate) use run::{Start, needs_terminal, run};
