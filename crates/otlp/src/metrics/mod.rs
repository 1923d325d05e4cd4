//! What a metric and its points say, read in place; the same for the door, which judges, and for the rows.

mod exemplar;
mod head;
mod judge;
mod lists;
mod point;

pub(crate) use exemplar::Exemplar;
pub(crate) use head::{Data, Kind, Metric, unknown_points};
pub(crate) use judge::{STALE, is_whole};
pub(crate) use lists::Lists;
pub(crate) use point::{Part, Point};
