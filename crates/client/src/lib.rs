//! Typed client of the public API, for the command line, tests and users.
//!
//! ```no_run
//! # async fn run() -> Result<(), sightline_client::Error> {
//! use sightline_client::{Client, Settings};
//! let client = Client::new(Settings::new("http://127.0.0.1:4380").with_token("sl_..."))?;
//! let services = client.frame("/services", &[("from", "now-1h")]).await?;
//! println!("{:?}", services.body);
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant:* every answer is read with a limit and a deadline, and every failure says whose it is.

mod admin;
mod client;
mod error;
mod events;
mod metrics;
mod path;
mod services;

pub use admin::{CreatedKey, Items, Key, NewKey, NewTenant, Tenant};
pub use client::{Client, Settings};
pub use error::{Error, ErrorKind, Problem, ProblemField};
pub use events::{Event, Events};
pub use metrics::{Label, LabelValue, LabelValues, Labels, MetricInfo};
pub use path::{encoded, encoded_but};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
