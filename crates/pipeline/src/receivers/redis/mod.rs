//! Redis as it counts itself: `INFO` of servers that the settings name, by the names of the Collector's Redis receiver.

mod agent;
mod info;
mod settings;

pub(crate) use agent::start;
pub use settings::RedisServer;
