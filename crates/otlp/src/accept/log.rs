//! The check of one log record: every field read once, nothing kept.

use sightline_model::{Nanos, RejectReason};

use super::rebuild;
use super::record::{Checked, Place, Record, Verdict};
use super::walk::{Walk, excess, reason_of};
use crate::logs::{Head, Line, LineLimits, choose};
use crate::value::{Findings, Sizes};
use crate::wire::{Fault, Fields};
use crate::{BadMessage, Door};

/// Where a log record lies in the accepted body, and what routing needs to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSlice {
    /// Number of its `ResourceLogs` in the body.
    pub resource: u32,
    /// Number of its `ScopeLogs` in the body, counted over all resources.
    pub scope: u32,
    /// Where the message `LogRecord` starts, behind its tag and length.
    pub offset: u32,
    /// Bytes of the message `LogRecord`.
    pub len: u32,
    /// Trace id as sent; zero bytes if there is none or it is not of 16 bytes.
    pub trace_id: [u8; 16],
    /// When it happened; 0 if only its arrival is known.
    pub time: Nanos,
    /// As sent; 0 outside 1 to 24.
    pub severity: u8,
}

/// Log records.
pub(super) struct Logs;

/// What the index keeps of a record.
pub(super) struct LogHead {
    trace_id: [u8; 16],
    time: Nanos,
    severity: u8,
}

impl Record for Logs {
    type Head = LogHead;
    type Slice = LogSlice;
    const NOUN: &'static str = "log records";
    const TIME: &'static str = "time";
    const LEVELS: &'static [&'static [u32]] = rebuild::OF_ONE;

    fn count(_record: &[u8]) -> Result<u32, Fault> {
        Ok(1)
    }

    fn walk<'a>(
        walk: &mut Walk<'a, Self>,
        record: &'a [u8],
        outer: Option<RejectReason>,
    ) -> Result<(), BadMessage> {
        let checked = check(record, walk.door, &walk.sizes)?;
        walk.settle(record, outer, checked);
        Ok(())
    }

    fn slice(place: Place, head: LogHead) -> LogSlice {
        let Place { resource, scope, offset, len } = place;
        let LogHead { trace_id, time, severity } = head;
        LogSlice { resource, scope, offset, len, trace_id, time, severity }
    }
}

fn check(message: &[u8], door: &Door<'_>, sizes: &Sizes) -> Checked<LogHead> {
    let mut head = Head::default();
    let mut findings = Findings::default();
    let mut attributes = 0;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            6 => {
                findings.key_value(field.bytes()?, sizes)?;
                attributes += 1;
            }
            3 | 12 => findings.text(field.bytes()?, sizes.value_bytes_max),
            5 => {
                let sizes = Sizes { value_bytes_max: door.limits.body_bytes_max as usize, ..*sizes };
                findings.value(field.bytes()?, &sizes)?;
            }
            _ => {}
        }
        head.field(&field)?;
    }
    findings.cut += excess(attributes, door.limits.attributes_max);
    Ok((verdict(&head, findings, door)?, findings))
}

/// Ids are repaired and not a reason; neither is a time in the future, instead of which another is taken.
fn verdict(head: &Head<'_>, findings: Findings, door: &Door<'_>) -> Result<Verdict<LogHead>, Fault> {
    if let Some(reason) = reason_of(findings) {
        return Ok(Verdict::Rejected(reason));
    }
    let severity = u8::try_from(head.severity).ok().filter(|number| *number <= 24).unwrap_or(0);
    if severity != 0 && severity < door.severity_min {
        return Ok(Verdict::Rejected(RejectReason::DiskFull));
    }
    let time = choose(head.time, time_in_line(head, door)?, head.observed, door.newest).time;
    if time.is_some_and(|time| time < door.oldest) {
        return Ok(Verdict::Rejected(RejectReason::TooOld));
    }
    let trace_id = head.trace_id.try_into().unwrap_or_default();
    Ok(Verdict::Accepted(LogHead { trace_id, time: time.unwrap_or(0), severity }))
}

/// Looks into a line only where its time decides.
fn time_in_line(head: &Head<'_>, door: &Door<'_>) -> Result<Option<Nanos>, Fault> {
    if head.time != 0 {
        return Ok(None);
    }
    let mut scratch = Vec::new();
    let line = Line::read(head.body, &mut scratch, LineLimits::of(door.limits))?;
    Ok(line.and_then(|line| line.time()))
}
