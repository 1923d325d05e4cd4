//! The filter language: the text of search bars, alert rules and roles, read into a typed tree and printed in one form.
//!
//! *Invariant:* `parse(print(f)) == f` and printing is idempotent; no text makes the parser panic, and every limit is a named
//! constant that the error names.

pub mod ast;
mod families;
pub mod fields;
mod table;
mod time;
mod units;

pub use ast::{Context, Filter, HasFn, Key, List, Literal, Number, Op, Operand, Text};
pub use families::FAMILIES;
pub use table::{BOOLS, FIELDS, KINDS, LEVELS, STATUSES};
pub use time::{Round, Time};
