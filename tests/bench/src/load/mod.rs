//! The load: seeded requests, encoded before anything is measured, and the client that sends them.

mod attributes;
mod bodies;
mod client;
mod flow;
mod spans;

pub use bodies::{Body, bodies};
pub use spans::{Preset, Shape};

pub(crate) use client::{Freshness, Sender};
