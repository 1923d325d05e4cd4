//! What a service adds to be observable.
//!
//! ```no_run
//! # #[cfg(feature = "axum")]
//! # async fn run() {
//! let telemetry = sightline_sdk::init();
//! let app: axum::Router = axum::Router::new()
//!     .route("/invoices/{id}", axum::routing::get(|| async { "paid" }))
//!     .layer(sightline_sdk::server::layer());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8002").await.expect("free port");
//! axum::serve(listener, app).await.expect("serves");
//! telemetry.shutdown();
//! # }
//! ```
//!
//! Settings are the `OTEL_*` variables of the OpenTelemetry specification and `SIGNOZ_ENDPOINT`, `SIGNOZ_ACCESS_TOKEN`;
//! see [`Config`]. Spans, logs and metrics carry `tenant.id` when the work has one; see [`tenant`]. Own spans are made with
//! `tracing`, logs are its events ([`logs`]), business metrics are statics ([`metrics`]). Each integration is a feature:
//! `server`, `axum`, `client`, `grpc`, `sqlx`, `redis`, `bus`, `jobs`, `process`, `tls`, `file`.
//!
//! *Invariant:* the host application is never blocked, and never panics, because of its telemetry: queues are bounded,
//! what does not fit is counted, the exporter lives on a thread and a runtime of its own, and shutdown ends within 5 s.
#![expect(
    clippy::disallowed_methods,
    reason = "the SDK owns its runtime and reads the standard variables of the host"
)]

#[cfg(feature = "bus")]
pub mod bus;
#[cfg(feature = "client")]
pub mod client;
pub mod config;
#[cfg(any(feature = "redis", feature = "sqlx"))]
mod database_operation;
#[cfg(feature = "sqlx")]
pub mod db;
#[cfg(any(
    feature = "bus",
    feature = "client",
    feature = "grpc",
    feature = "redis",
    feature = "server",
    feature = "sqlx"
))]
mod exchange;
mod export;
#[cfg(feature = "grpc")]
pub mod grpc;
mod guard;
#[cfg(feature = "jobs")]
pub mod job;
pub mod logs;
pub mod metrics;
#[cfg(feature = "process")]
pub mod process;
pub mod propagation;
#[cfg(feature = "redis")]
pub mod redis;
mod resource;
mod sampler;
#[cfg(feature = "server")]
pub mod server;
mod start;
pub mod tenant;
pub mod user;

/// The examples of the README compile.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
mod readme {}

pub use config::{Collector, Config, Exporter, Lines, Retry, Sampling};
pub use export::Stats;
pub use guard::{Error, Guard, Totals};
pub use opentelemetry;
pub use start::{init, init_with, layer};
