//! Hosts ClickHouse from `libchdb` in a child process and supervises it.
//!
//! The library contains ClickHouse's own HTTP server, so everybody else knows only an address: embedded or not is a
//! URL. The child ends when its standard input closes, hence with its parent, however that ends.
//!
//! *Invariant:* the library is loaded only in the child ([`host`]), which is the only place with unsafe code; address
//! and keys stay the same over restarts of the child.

mod access;
mod engine;
mod error;
mod files;
pub mod host;
pub mod library;
mod lock;
mod names;
mod process;
mod supervisor;
#[cfg(feature = "testing")]
pub mod testing;

pub use access::{Access, User};
pub use engine::{Engine, EngineConfig, HostCommand, Starting};
pub use error::{Error, ErrorKind};
pub use supervisor::Status;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
