//! The signals: one file for each, and its row in [`SIGNALS`].
//!
//! What a signal is to the receivers, the door and the consumers stands in its [`Spec`] and its [`Rows`]; everything
//! else in this crate is the same for all.

mod logs;
mod metrics;
mod rows;
mod spec;
mod traces;

pub(crate) use rows::{Known, Rows};
pub(crate) use spec::{Spec, Taken};

/// Every signal that is received.
pub(crate) static SIGNALS: [Spec; 3] = [traces::SPEC, logs::SPEC, metrics::SPEC];
