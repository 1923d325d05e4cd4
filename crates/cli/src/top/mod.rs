//! `sightline top`: services, traces, live logs and the pipeline on a terminal, kept up to date.
//!
//! [`State`] is what is known and chosen, without a terminal or a server; `run` moves keys and answers into it, and
//! `draw` shows it.

mod draw;
mod keys;
mod load;
mod logs;
mod panes;
mod run;
mod state;

pub(crate) use run::run;
use state::State;
