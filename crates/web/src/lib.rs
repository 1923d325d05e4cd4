//! The built web application as static assets.
//!
//! `cargo xtask ui` builds the pages in `ui/` into `dist/`; without that step a placeholder page is embedded, so that
//! `cargo build` never needs Node.
//!
//! *Invariant:* nothing is read from disk at run time and no path outside the embedded folder can be named.

mod asset;

pub use asset::{Asset, asset};

/// True when the real application is embedded, false for the placeholder page: a release must refuse the latter.
pub const IS_BUILT: bool = cfg!(ui_built);
