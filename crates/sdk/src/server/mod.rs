//! A tower layer for servers: one SERVER span and one measurement per request, HTTP and gRPC alike, and the caller's trace
//! and tenant.
//!
//! Put it outside the routes with `Router::layer`, so that the route template is known; a handler needs no tracing code.
//! Span names, attributes and metrics (`http.server.request.duration`, `http.server.active_requests`,
//! `rpc.server.call.duration`): semantic conventions, HTTP server and RPC. Durations link to their traces.
//!
//! ```
//! # #[cfg(feature = "axum")]
//! # fn app() -> axum::Router {
//! axum::Router::new()
//!     .route("/invoices/{id}", axum::routing::get(|| async { "paid" }))
//!     .layer(sightline_sdk::server::layer())
//! # }
//! ```

mod describe;
mod layer;

pub use crate::exchange::Tracked;
pub use layer::{ServerLayer, ServerService, edge_layer, layer};
