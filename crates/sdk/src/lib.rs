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
//! see [`Config`]. Spans carry `tenant.id` when the context does; see [`tenant`].
//!
//! *Invariant:* the host application is never blocked, and never panics, because of its telemetry: queues are bounded,
//! what does not fit is counted, the exporter lives on a thread and a runtime of its own, and shutdown ends within 5 s.
#![expect(
    clippy::disallowed_methods,
    reason = "the SDK owns its runtime and reads the standard variables of the host"
)]

#[cfg(feature = "client")]
pub mod client;
mod config;
#[cfg(feature = "sqlx")]
pub mod db;
mod export;
mod guard;
pub mod propagation;
mod resource;
#[cfg(feature = "server")]
pub mod server;
pub mod tenant;

pub use config::{Config, Exporter, Sampling};
pub use export::Stats;
pub use guard::{Error, Guard, init, init_with, layer};
pub use opentelemetry;
