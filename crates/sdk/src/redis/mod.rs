//! Redis: a connection whose commands give CLIENT spans, measurements, and hits and misses.
//!
//! ```no_run
//! # async fn work() -> redis::RedisResult<()> {
//! use redis::AsyncCommands;
//!
//! let url = "redis://127.0.0.1:6379/0";
//! let connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
//! let mut sessions = sightline_sdk::redis::Traced::new(connection, "sessions", url);
//! let user: Option<String> = sessions.get("session:42").await?;
//! # drop(user);
//! # Ok(())
//! # }
//! ```
//!
//! Spans carry the command and no keys or values: `GET ?`. A lookup counts in `dotmac.cache.requests` as `hit`, `miss` or
//! `error`; of a lookup of many keys each key counts.

mod lookup;
mod traced;

pub use ::redis as client;
pub use traced::Traced;
