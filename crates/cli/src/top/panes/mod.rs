//! What fills the middle of the screen: one file for each kind of page.

mod logs;
mod map;
mod metric;
mod pipeline;
mod table;
mod trace;
mod waiting;
mod widths;

pub(super) use logs::logs;
pub(super) use map::map;
pub(super) use metric::metric;
pub(super) use pipeline::pipeline;
pub(super) use table::{columns_of, table};
pub(super) use trace::{span, span_lines, trace};
pub(super) use waiting::waiting;
