//! What a record says in the end: a field that is set counts, then the line, then when it was seen (vocabulary.md 5.1).

use std::borrow::Cow;

use sightline_model::{FUTURE_NS_MAX, Nanos};

use super::Head;
use super::ids::{Id, hex};
use super::line::{Line, Role};
use super::time::choose;
use crate::rules::severity::{self, Scale};
use crate::rules::short_text;
use crate::value::Any;

/// What a record says.
#[derive(Debug)]
pub(crate) struct Told<'x> {
    pub(crate) ts: Nanos,
    pub(crate) observed_delay_us: i64,
    pub(crate) severity_number: u8,
    pub(crate) severity_text: Cow<'x, [u8]>,
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
    pub(crate) flags: u32,
    pub(crate) body: Any<'x>,
    /// The service that the line names.
    pub(crate) service: Option<&'x [u8]>,
    /// The logger that the line names.
    pub(crate) logger: Option<&'x [u8]>,
    pub(crate) misfits: Misfits,
    pub(crate) repairs: Repairs,
}

/// What was sent in a field but cannot be used there: kept as an attribute of that name.
#[derive(Debug, Default)]
pub(crate) struct Misfits {
    pub(crate) trace_id: Option<String>,
    pub(crate) span_id: Option<String>,
    pub(crate) timestamp: Option<String>,
}

/// What had to be repaired.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repairs {
    pub(crate) trace_id_invalid: bool,
    pub(crate) trace_id_padded: bool,
    pub(crate) timestamp_invalid: bool,
    pub(crate) severity_invalid: bool,
}

impl<'x> Told<'x> {
    /// Weighs the fields of a record against its line. What the line tells and is used is taken out of its attributes.
    pub(crate) fn new(head: &Head<'x>, mut line: Option<&mut Line<'x>>, received_at: Nanos) -> Self {
        let mut told = Self {
            ts: received_at,
            observed_delay_us: 0,
            severity_number: 0,
            severity_text: Cow::Borrowed(head.severity_text),
            trace_id: [0; 16],
            span_id: [0; 8],
            flags: head.flags,
            body: head.body,
            service: None,
            logger: None,
            misfits: Misfits::default(),
            repairs: Repairs::default(),
        };
        told.times(head, line.as_deref_mut(), received_at);
        told.severity(head, line.as_deref_mut());
        told.ids(head, line.as_deref_mut());
        if let Some(line) = line {
            told.rest(line);
        }
        told
    }

    fn times(&mut self, head: &Head<'_>, line: Option<&mut Line<'_>>, received_at: Nanos) {
        let newest = received_at.saturating_add(FUTURE_NS_MAX);
        let in_line = line.as_ref().and_then(|line| line.time());
        let chosen = choose(head.time, in_line, head.observed, newest);
        self.ts = chosen.time.unwrap_or(received_at);
        let observed = chosen.observed.unwrap_or(received_at);
        self.observed_delay_us = observed.saturating_sub(self.ts) / 1000;
        self.repairs.timestamp_invalid = chosen.is_future;
        if chosen.is_future && head.time != 0 {
            self.misfits.timestamp = Some(head.time.to_string());
        }
        let Some(line) = line.filter(|line| line.value(Role::Time).is_some()) else { return };
        // A time of the line that is not the record's stays where it can be seen.
        if in_line == Some(self.ts) {
            line.consume(Role::Time);
        } else if head.time == 0 {
            self.repairs.timestamp_invalid = true;
        }
    }

    fn severity(&mut self, head: &Head<'_>, line: Option<&mut Line<'x>>) {
        let sent = severity::of_number(head.severity, Scale::Otel);
        let of_text = || severity::of_word(head.severity_text);
        let has_text = !head.severity_text.is_empty();
        let mut number = match sent {
            Some(0) | None if has_text => of_text(),
            number => number,
        };
        let in_line = line.as_ref().and_then(|line| line.severity());
        if let (Some(line), Some((value, in_line))) = (line, in_line) {
            let is_told = has_text || !matches!(sent, Some(0) | None);
            if !is_told {
                number = in_line;
            }
            if !is_told || number == in_line {
                line.consume(Role::Level);
                if !has_text {
                    self.severity_text = short_text(value);
                }
            }
        }
        self.repairs.severity_invalid = number.is_none() || sent.is_none();
        self.severity_number = number.unwrap_or(0);
    }

    fn ids(&mut self, head: &Head<'_>, line: Option<&mut Line<'_>>) {
        let (mut trace, mut span) = (Id::<16>::of_bytes(head.trace_id), Id::<8>::of_bytes(head.span_id));
        if trace == Id::Bad {
            self.misfits.trace_id = Some(hex(head.trace_id));
        }
        // Without its trace a span id joins nothing.
        if span == Id::Bad || (trace == Id::Bad && span != Id::None) {
            self.misfits.span_id = Some(hex(head.span_id));
            span = Id::Bad;
        }
        if let Some(line) = line {
            trace = id_or_that_of(line, Role::TraceId, trace);
            span = match trace {
                Id::Bad => span,
                _ => id_or_that_of(line, Role::SpanId, span),
            };
        }
        self.repairs.trace_id_invalid = trace == Id::Bad || span == Id::Bad;
        self.repairs.trace_id_padded = matches!(trace, Id::Padded(_));
        self.trace_id = trace.bytes();
        self.span_id = span.bytes();
    }

    fn rest(&mut self, line: &mut Line<'x>) {
        if let Some(value) = line.value(Role::Body) {
            self.body = value;
            line.consume(Role::Body);
        }
        if let Some(Any::Text(service)) = line.value(Role::Service)
            && !service.trim_ascii().is_empty()
        {
            self.service = Some(service);
            line.consume(Role::Service);
        }
        if let Some(Any::Text(logger)) = line.value(Role::Scope) {
            self.logger = Some(logger);
        }
        if let Some(flags) = line.value(Role::Flags).and_then(flags_of) {
            line.consume(Role::Flags);
            self.flags = if self.flags == 0 { flags } else { self.flags };
        }
    }
}

/// Takes the id of a line unless there is one; an id that is none, or another one, stays an attribute.
fn id_or_that_of<const N: usize>(line: &mut Line<'_>, role: Role, sent: Id<N>) -> Id<N> {
    let Some(value) = line.value(role) else { return sent };
    let in_line = Id::of_text(&short_text(value));
    let is_used = match sent {
        Id::None => in_line != Id::Bad,
        _ => in_line.bytes() == sent.bytes() || in_line == Id::None,
    };
    if is_used {
        line.consume(role);
    }
    if sent == Id::None { in_line } else { sent }
}

/// Reads W3C trace flags: a number, two hex digits, or whether the trace is sampled.
fn flags_of(value: Any<'_>) -> Option<u32> {
    match value {
        Any::Int(number) => u32::try_from(number).ok(),
        Any::Bool(sampled) => Some(u32::from(sampled)),
        Any::Text(text) => {
            let text = std::str::from_utf8(text).ok()?;
            match text {
                "True" | "true" => Some(1),
                "False" | "false" => Some(0),
                digits => u32::from_str_radix(digits, 16).ok(),
            }
        }
        _ => None,
    }
}
