//! Filters become SQL predicates with typed parameters, meaning exactly what language.md 1.4 says.
//!
//! *Invariant:* no text of the asker is in the statement: names of keys, values, patterns and times are parameters.
//!
//! *Invariant:* every positive condition tests presence, so that it is false on a record without the key, and every
//! negative one is `NOT` of the positive one.

mod columns;
mod compile;
mod event_keys;
mod keys;
mod log_keys;
mod metric_keys;
mod params;
mod pattern;
mod place;
mod red_keys;
mod test;
mod value;
mod variable;

pub(crate) use columns::{MATERIALISED, Materialised};
pub(crate) use compile::{Compiler, Environment};
pub(crate) use keys::{Table, class_word};
pub(crate) use metric_keys::ENVIRONMENT;
pub(crate) use params::Params;
pub(crate) use value::{severity_word, value_text};
pub use variable::{Variable, Variables};
