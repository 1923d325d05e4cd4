//! The crate through its public doors, with prost as the oracle.

mod build;
mod differential;
mod door;
mod json;
mod limits;
mod read;
mod replay;
mod reply;
mod rules;
mod tenants;
