//! ClickHouse's `Native` format: blocks of columns, each with name, type and values as they lie in memory.
//!
//! Over HTTP the protocol revision is 0: no block info, no serialization kinds. Low cardinality columns carry their
//! dictionary in each block. States of nested low cardinality columns (a version number) come before all values.

mod decode;
mod encode;
mod number;
mod types;

pub(crate) use decode::decode;
pub(crate) use encode::{Encoder, RowSet};
pub(crate) use number::milliseconds;
