//! One trace: from its spans to a tree, clocks corrected, with critical path and self times, as a frame.
//!
//! *Invariant:* everything below `read` is a function of the spans alone; whatever ids and times senders made up
//! (missing parents, cycles, doubles, clocks that differ), each span appears exactly once.

mod attributes;
mod critical;
mod detail;
mod read;
mod shape;
mod skew;
mod tree;

pub(crate) use attributes::{Resources, sent};
pub use detail::{SpanDetail, SpanQuery};
pub use read::{Include, SPANS_MAX, TraceQuery};
pub(crate) use shape::hex;

/// What the tree needs to know of a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct SpanNode {
    /// Bytes of the id.
    pub(crate) id: [u8; 8],
    /// Bytes of the parent's id; zero when there is none.
    pub(crate) parent: [u8; 8],
    /// Nanoseconds since the epoch.
    pub(crate) start: i64,
    /// Nanoseconds.
    pub(crate) duration: i64,
    /// Column `service`.
    pub(crate) service: String,
    /// OTLP span kind.
    pub(crate) kind: u8,
}

impl SpanNode {
    const fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::SpanNode;

    /// Makes a span from its id, parent, start, end and service.
    pub(crate) fn span(id: u8, parent: u8, start: i64, end: i64, service: &str) -> SpanNode {
        let bytes = |n: u8| [0, 0, 0, 0, 0, 0, 0, n];
        let service = service.to_owned();
        SpanNode { id: bytes(id), parent: bytes(parent), start, duration: end - start, service, kind: 1 }
    }
}
