//! The load: seeded requests, encoded before anything is measured, and the client that sends them.

mod attributes;
mod bodies;
mod client;
mod connection;
mod flow;
mod frame;
mod lines;
mod points;
mod spans;

pub use bodies::{Body, bodies};
pub use spans::{Preset, Shape};

pub(crate) use client::{Freshness, Sender};
pub(crate) use connection::{Connection, Export};
pub(crate) use frame::{framed, unix_nanos};
pub(crate) use lines::{FREQUENT, INSIDE, Lines, RARE};
pub(crate) use points::{COUNTER, GAUGE, Kind, PER_REQUEST, Points, SERIES, STATUS, Sample, labels};
pub(crate) use spans::{Requests, SERVICES, resource};
