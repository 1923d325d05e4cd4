//! The check of one span: every field read once, nothing kept.

use sightline_model::{Nanos, RejectReason};

use super::rebuild;
use super::record::{Checked, Place, Record, Verdict};
use super::walk::{Walk, excess, reason_of};
use crate::value::{Findings, Sizes};
use crate::wire::{Fault, Fields};
use crate::{BadMessage, Door};

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

/// Spans.
pub(super) struct Spans;

/// What the index keeps of a span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) trace_id: [u8; 16],
    pub(super) start: Nanos,
    pub(super) duration_ns: u64,
    pub(super) status: u8,
}

/// The fields that the verdict depends on.
#[derive(Default)]
struct Seen<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    parent_span_id: &'a [u8],
    is_bad_link: bool,
    start: u64,
    end: u64,
    status: u8,
    attributes: u32,
    events: u32,
    links: u32,
    findings: Findings,
}

/// Reads a status code; unknown numbers are as good as none.
pub(crate) fn status_code(number: u64) -> u8 {
    u8::try_from(number).ok().filter(|code| *code <= 2).unwrap_or(0)
}

impl Record for Spans {
    type Head = Head;
    type Slice = SpanSlice;
    const NOUN: &'static str = "spans";
    const TIME: &'static str = "start or end";
    const LEVELS: &'static [&'static [u32]] = rebuild::OF_ONE;

    fn count(_span: &[u8]) -> Result<u32, Fault> {
        Ok(1)
    }

    fn walk<'a>(
        walk: &mut Walk<'a, Self>,
        span: &'a [u8],
        outer: Option<RejectReason>,
    ) -> Result<(), BadMessage> {
        let checked = check(span, walk.door, &walk.sizes)?;
        walk.settle(span, outer, checked);
        Ok(())
    }

    fn slice(place: Place, head: Head) -> SpanSlice {
        let Place { resource, scope, offset, len } = place;
        let Head { trace_id, start, duration_ns, status } = head;
        SpanSlice { resource, scope, offset, len, trace_id, start, duration_ns, status }
    }
}

fn check(message: &[u8], door: &Door<'_>, sizes: &Sizes) -> Checked<Head> {
    let mut seen = Seen::default();
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            9 => {
                seen.findings.key_value(field.bytes()?, sizes)?;
                seen.attributes += 1;
            }
            1 => seen.trace_id = field.bytes()?,
            2 => seen.span_id = field.bytes()?,
            4 => seen.parent_span_id = field.bytes()?,
            3 | 5 => seen.findings.text(field.bytes()?, sizes.value_bytes_max),
            6 | 10 | 12 | 14 => drop(field.varint()?),
            7 => seen.start = field.fixed64()?,
            8 => seen.end = field.fixed64()?,
            11 => event(field.bytes()?, door, sizes, &mut seen)?,
            13 => link(field.bytes()?, door, sizes, &mut seen)?,
            15 => status(field.bytes()?, sizes, &mut seen)?,
            16 => drop(field.fixed32()?),
            _ => {}
        }
    }
    seen.findings.cut += excess(seen.attributes, door.limits.attributes_max)
        + excess(seen.events, door.limits.events_max)
        + excess(seen.links, door.limits.links_max);
    let verdict = seen.verdict(door);
    Ok((verdict, seen.findings))
}

fn event(message: &[u8], door: &Door<'_>, sizes: &Sizes, seen: &mut Seen<'_>) -> Result<(), Fault> {
    seen.events += 1;
    let mut attributes = 0;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => drop(field.fixed64()?),
            2 => seen.findings.text(field.bytes()?, sizes.value_bytes_max),
            3 => {
                seen.findings.key_value(field.bytes()?, sizes)?;
                attributes += 1;
            }
            4 => drop(field.varint()?),
            _ => {}
        }
    }
    seen.findings.cut += excess(attributes, door.limits.attributes_max);
    Ok(())
}

fn link(message: &[u8], door: &Door<'_>, sizes: &Sizes, seen: &mut Seen<'_>) -> Result<(), Fault> {
    seen.links += 1;
    let mut attributes = 0;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => seen.is_bad_link |= !matches!(field.bytes()?.len(), 0 | 16),
            2 => seen.is_bad_link |= !matches!(field.bytes()?.len(), 0 | 8),
            3 => seen.findings.text(field.bytes()?, sizes.value_bytes_max),
            4 => {
                seen.findings.key_value(field.bytes()?, sizes)?;
                attributes += 1;
            }
            5 => drop(field.varint()?),
            6 => drop(field.fixed32()?),
            _ => {}
        }
    }
    seen.findings.cut += excess(attributes, door.limits.attributes_max);
    Ok(())
}

fn status(message: &[u8], sizes: &Sizes, seen: &mut Seen<'_>) -> Result<(), Fault> {
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            2 => seen.findings.text(field.bytes()?, sizes.value_bytes_max),
            3 => seen.status = status_code(field.varint()?),
            _ => {}
        }
    }
    Ok(())
}

impl Seen<'_> {
    fn verdict(&self, door: &Door<'_>) -> Verdict<Head> {
        let Some(trace_id) = self.ids() else { return Verdict::Rejected(RejectReason::BadId) };
        if let Some(reason) = reason_of(self.findings) {
            return Verdict::Rejected(reason);
        }
        let nanos = |unix: u64| Nanos::try_from(unix).unwrap_or(Nanos::MAX);
        let start = nanos(self.start);
        if start > door.newest || nanos(self.end) > door.newest {
            return Verdict::Rejected(RejectReason::TooNew);
        }
        // An end before the start is a duration of 0, not a reason: the clock of the sender stepped.
        if start < door.oldest {
            return Verdict::Rejected(RejectReason::TooOld);
        }
        let duration_ns = self.end.saturating_sub(self.start);
        Verdict::Accepted(Head { trace_id, start, duration_ns, status: self.status })
    }

    /// Returns the trace id if all ids of the span are what they must be.
    fn ids(&self) -> Option<[u8; 16]> {
        let trace_id: [u8; 16] = self.trace_id.try_into().ok()?;
        let span_id: [u8; 8] = self.span_id.try_into().ok()?;
        let is_whole = trace_id != [0; 16]
            && span_id != [0; 8]
            && matches!(self.parent_span_id.len(), 0 | 8)
            && !self.is_bad_link;
        is_whole.then_some(trace_id)
    }
}
