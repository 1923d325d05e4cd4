//! What a span means: class, dependency, endpoint, error (vocabulary.md section 3), as plain functions over its facts.

mod class;
mod endpoint;
mod error;
mod facts;
mod peer;
mod request;
pub(crate) mod severity;
mod template;

pub use class::{AttrType, DepType, RED_DEPENDENCY, ReqClass};
pub(crate) use endpoint::{is_probe, write_endpoint, write_operation};
pub(crate) use error::is_error;
pub(crate) use facts::{Attribute, Facts, Known, Slots, short_text};
pub(crate) use peer::write_peer;
pub(crate) use request::{dep_type, req_class};
