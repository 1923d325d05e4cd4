//! One walk over an export request: every byte checked, every span accepted or rejected with a reason.

mod log;
mod point;
mod rebuild;
mod record;
mod span;
mod walk;

use bytes::Bytes;
use sightline_model::RejectReason;

use crate::{BadMessage, Door};
pub use log::LogSlice;
use log::Logs;
pub use point::PointSlice;
use point::Points;
use record::Record;
pub use span::SpanSlice;
use span::Spans;
pub(crate) use span::status_code;
use walk::Walk;

/// What is left of a request after the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<S = SpanSlice> {
    /// The accepted records only; the same buffer if nothing was rejected.
    pub body: Bytes,
    /// One per accepted record, in order.
    pub slices: Vec<S>,
    /// How many records were rejected for which reason.
    pub rejected: Vec<(RejectReason, u32)>,
    /// How many lists and texts exceed a limit and will be cut when stored.
    pub attributes_cut: u32,
    /// Tells the sender what was rejected, for `partial_success`.
    pub message: Option<String>,
}

/// Walks an `ExportTraceServiceRequest` once; a second time only if something was rejected.
///
/// # Errors
/// [`BadMessage`] when the bytes are not such a message, or hold more spans than one request may.
pub fn accept_traces(body: Bytes, door: &Door<'_>) -> Result<Accepted, BadMessage> {
    accept::<Spans>(body, door)
}

/// Walks an `ExportLogsServiceRequest` once; a second time only if something was rejected.
///
/// # Errors
/// [`BadMessage`] when the bytes are not such a message, or hold more log records than one request may.
pub fn accept_logs(body: Bytes, door: &Door<'_>) -> Result<Accepted<LogSlice>, BadMessage> {
    accept::<Logs>(body, door)
}

/// Walks an `ExportMetricsServiceRequest` once; a second time only if something was rejected. Its records are data points.
///
/// # Errors
/// [`BadMessage`] when the bytes are not such a message, or hold more data points than one request may.
pub fn accept_metrics(body: Bytes, door: &Door<'_>) -> Result<Accepted<PointSlice>, BadMessage> {
    accept::<Points>(body, door)
}

fn accept<R: Record>(body: Bytes, door: &Door<'_>) -> Result<Accepted<R::Slice>, BadMessage> {
    if u32::try_from(body.len()).is_err() {
        return Err(BadMessage::too_large("the request is above 4 GiB; send smaller batches"));
    }
    let first = Walk::<R>::new(&body, door).run()?;
    if first.rejected_at.is_empty() {
        let (slices, attributes_cut) = (first.slices, first.cut);
        return Ok(Accepted { body, slices, rejected: Vec::new(), attributes_cut, message: None });
    }
    let (rejected, message) = (first.tally.counts(), first.tally.message::<R>(door));
    let body = Bytes::from(rebuild::without(&body, &first.rejected_at, R::LEVELS)?);
    // Whether a series is new was asked once.
    let again = Door { series: None, ..*door };
    let second = Walk::<R>::new(&body, &again).run()?;
    debug_assert!(second.rejected_at.is_empty(), "what was accepted once is accepted again");
    let (slices, attributes_cut) = (second.slices, second.cut);
    Ok(Accepted { body, slices, rejected, attributes_cut, message: Some(message) })
}
