//! The load: seeded requests, encoded before anything is measured, and the client that sends them.

mod attributes;
mod bodies;
mod client;
mod spans;

pub use spans::{Preset, Shape};

pub(crate) use bodies::{Body, bodies};
pub(crate) use client::{Freshness, Sender};
