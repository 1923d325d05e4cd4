//! The door that every receiver shares: who sends, how much, is it well-formed, has it come before; then the log.
//!
//! *Invariant:* what leaves the door with a success is durable, and what does not is counted by its reason.

mod admission;
mod backpressure;
mod body;
mod credential;
mod decompress;
mod idempotency;
mod permits;
mod pressure;
mod refusal;

pub(crate) use admission::{Door, DoorParts, Format, Parts, Receipt};
pub(crate) use backpressure::Backlog;
pub(crate) use body::{BodyRules, Framing, read_body};
pub(crate) use decompress::{BodyLimits, Encoding, decompress};
pub(crate) use idempotency::BATCH_ID_HEADER;
pub(crate) use permits::{Permit, Permits};
pub(crate) use pressure::{Level, Pressure};
pub(crate) use refusal::{Refusal, kind_of};
