//! What telemetry comes in through: one file per receiver and one row in [`RECEIVERS`].
//!
//! A receiver knows its protocol; who sends, limits, decoding, the log and the counters are in `door`.

mod filelog;
mod grpc_frame;
mod host;
mod host_name;
mod listen;
mod metrics_message;
mod metrics_sending;
mod otlp_grpc;
mod otlp_http;
mod owner;
mod redis;
mod scrape;
mod table;
mod watch;

pub(crate) use filelog::start as start_tailing;
pub use filelog::{FileSource, StartAt, Wrapping};
pub use host::HostConfig;
pub(crate) use host::start as start_host;
pub(crate) use listen::{Listening, serve};
pub(crate) use otlp_grpc::Readiness;
pub(crate) use otlp_http::routes as otlp_http_routes;
pub use redis::RedisServer;
pub(crate) use redis::start as start_redis;
pub use scrape::ScrapeJob;
pub(crate) use scrape::start as start_scraping;
pub(crate) use table::{RECEIVERS, Receiver};
