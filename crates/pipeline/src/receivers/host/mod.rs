//! Metrics of the machine itself, by OpenTelemetry's conventions for hosts, and of the container that the server is in.

mod agent;
mod cgroup;
mod mounts;
mod proc;
mod sample;
mod settings;

pub(crate) use agent::start;
pub use settings::HostConfig;
