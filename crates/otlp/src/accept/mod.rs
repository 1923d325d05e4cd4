//! One walk over an export request: every byte checked, every span accepted or rejected with a reason.

mod rebuild;
mod span;
mod walk;

use bytes::Bytes;
use sightline_model::{Nanos, RejectReason};

use crate::{BadMessage, Door};
pub(crate) use span::status_code;
use walk::Walk;

/// Where a span lies in the accepted body, and what sampling and routing need to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanSlice {
    /// Number of its `ResourceSpans` in the body.
    pub resource: u32,
    /// Number of its `ScopeSpans` in the body, counted over all resources.
    pub scope: u32,
    /// Where the message `Span` starts, behind its tag and length.
    pub offset: u32,
    /// Bytes of the message `Span`.
    pub len: u32,
    /// Trace id.
    pub trace_id: [u8; 16],
    /// Start.
    pub start: Nanos,
    /// End minus start; 0 if the end lies before the start.
    pub duration_ns: u64,
    /// 0 unset, 1 ok, 2 error.
    pub status: u8,
}

/// What is left of a request after the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The accepted spans only; the same buffer if nothing was rejected.
    pub body: Bytes,
    /// One per accepted span, in order.
    pub slices: Vec<SpanSlice>,
    /// How many spans were rejected for which reason.
    pub rejected: Vec<(RejectReason, u32)>,
    /// How many attributes, events, links and texts exceed a limit and will be cut when stored.
    pub attributes_cut: u32,
    /// Tells the sender what was rejected, for `partial_success`.
    pub message: Option<String>,
}

/// Walks an `ExportTraceServiceRequest` once; a second time only if something was rejected.
///
/// # Errors
/// [`BadMessage`] when the bytes are not such a message, or hold more spans than one request may.
pub fn accept_traces(body: Bytes, door: &Door<'_>) -> Result<Accepted, BadMessage> {
    if u32::try_from(body.len()).is_err() {
        return Err(BadMessage::too_large("the request is above 4 GiB; send smaller batches"));
    }
    let first = Walk::new(&body, door).run()?;
    if first.rejected_at.is_empty() {
        let (slices, attributes_cut) = (first.slices, first.cut);
        return Ok(Accepted { body, slices, rejected: Vec::new(), attributes_cut, message: None });
    }
    let (rejected, message) = (first.tally.counts(), first.tally.message(door));
    let body = Bytes::from(rebuild::without(&body, &first.rejected_at)?);
    let second = Walk::new(&body, door).run()?;
    debug_assert!(second.rejected_at.is_empty(), "what was accepted once is accepted again");
    let (slices, attributes_cut) = (second.slices, second.cut);
    Ok(Accepted { body, slices, rejected, attributes_cut, message: Some(message) })
}
