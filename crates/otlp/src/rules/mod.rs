//! What a span means: class, dependency, endpoint, error (vocabulary.md section 3), as plain functions over its facts.

mod class;

pub use class::{AttrType, DepType, RED_DEPENDENCY, ReqClass};
