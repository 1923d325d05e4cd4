//! What the demo services share: start and stop, database, injected faults, errors, calls to each other.
//!
//! *Invariant:* nothing here knows what a service does.

pub mod call;
pub mod database;
mod error;
pub mod fault;
mod service;

pub use error::{ApiError, FAULT_HEADER};
pub use fault::Faults;
pub use service::{Common, Service};
