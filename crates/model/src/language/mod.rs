//! The filter language: the text of search bars, alert rules and roles, read into a typed tree and printed in one form.
//!
//! *Invariant:* `parse(print(f)) == f` and printing is idempotent; no text makes the parser panic, and every limit is a named
//! constant that the error names.

mod algebra;
pub mod ast;
mod call;
#[doc(hidden)]
pub mod cases;
mod complete;
mod condition;
mod cursor;
mod error;
mod families;
pub mod fields;
#[doc(hidden)]
pub mod fuzzing;
mod keyword;
mod lexer;
pub mod limits;
mod literal;
mod parser;
mod pattern;
mod print;
mod resolve;
mod stages;
mod suggest;
mod table;
mod text;
mod time;
mod units;
mod value;

pub use ast::{Context, Filter, HasFn, Key, List, Literal, Number, Op, Operand, Text};
pub use complete::{Completion, Expect, ITEMS_MAX, Item, complete, key_text};
pub use error::{Code, SyntaxError};
pub use families::FAMILIES;
pub use parser::{KeyUse, Parsed, parse_filter, read};
pub use stages::is_pipeline;
pub use suggest::nearest;
pub use table::{BOOLS, FIELDS, KINDS, LEVELS, STATUSES};
pub use time::{Round, Time};
