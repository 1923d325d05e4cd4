//! How a process starts, is configured, observes itself and stops: config → build → run → drain.
//!
//! *Invariant:* no task outlives its [`Scope`], no queue is unbounded, and nobody else reads the clock or the environment.

mod backoff;
mod clock;
pub mod config;
mod health;
pub mod log;
pub mod metrics;
mod queue;
mod scope;
mod secret;
mod space;

pub use backoff::Backoff;
pub use clock::{Clock, ManualClock, SystemClock};
pub use health::{Health, State};
pub use queue::{Receiver, Sender, queue};
pub use scope::{Scope, Unfinished, stop_signal};
pub use secret::Secret;
pub use space::Space;
pub use tokio_util::sync::CancellationToken as Stop;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
