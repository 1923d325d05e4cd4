//! What the demo services share: start and stop, database, injected faults, errors, calls and messages to each other.
//!
//! *Invariant:* nothing here knows what a service does.

pub mod bus;
pub mod call;
mod clock;
pub mod database;
mod error;
pub mod fault;
pub mod latest;
mod service;
mod stop;

pub use clock::Clock;
pub use error::{ApiError, FAULT_HEADER};
pub use fault::Faults;
pub use service::{Common, Service};
pub use stop::{Stop, Stopper};
