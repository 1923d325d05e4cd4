//! A log line that a program wrote as JSON, or a Collector as a map: which member is what (vocabulary.md 5.1, 5.5).

use sightline_model::Nanos;

use super::time;
use crate::Limits;
use crate::json::object_to_members;
use crate::rules::severity::{self, Scale};
use crate::value::{Any, key_value};
use crate::wire::{Fault, Fields, Writer};

/// What a member of a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    Time,
    Level,
    Body,
    Service,
    TraceId,
    SpanId,
    Flags,
    Scope,
    /// DotMac's object of attributes, whose members stand for themselves.
    Attributes,
    /// A stack trace.
    Exception,
}

impl Role {
    const COUNT: usize = Self::Exception as usize + 1;
}

/// Keys by role; of several present ones the first in this list counts, the others are attributes.
const KEYS: &[(&[u8], Role)] = &[
    (b"timestamp", Role::Time),
    (b"@timestamp", Role::Time),
    (b"time", Role::Time),
    (b"ts", Role::Time),
    (b"asctime", Role::Time),
    (b"datetime", Role::Time),
    (b"level", Role::Level),
    (b"levelname", Role::Level),
    (b"severity", Role::Level),
    (b"log.level", Role::Level),
    (b"levelno", Role::Level),
    (b"severity_number", Role::Level),
    (b"PRIORITY", Role::Level),
    (b"message", Role::Body),
    (b"msg", Role::Body),
    (b"event", Role::Body),
    (b"body", Role::Body),
    (b"service", Role::Service),
    (b"service.name", Role::Service),
    (b"service_name", Role::Service),
    (b"otelServiceName", Role::Service),
    (b"trace_id", Role::TraceId),
    (b"traceId", Role::TraceId),
    (b"trace.id", Role::TraceId),
    (b"otelTraceID", Role::TraceId),
    (b"span_id", Role::SpanId),
    (b"spanId", Role::SpanId),
    (b"span.id", Role::SpanId),
    (b"otelSpanID", Role::SpanId),
    (b"trace_flags", Role::Flags),
    (b"otelTraceSampled", Role::Flags),
    (b"logger", Role::Scope),
    (b"logger_name", Role::Scope),
    (b"name", Role::Scope),
    (b"attributes", Role::Attributes),
    (b"exception", Role::Exception),
    (b"exc_info", Role::Exception),
    (b"exc_text", Role::Exception),
];

/// Keys of Python's formatter with their names in the conventions.
const RENAMED: &[(&[u8], &[u8])] = &[
    (b"pathname", b"code.file.path"),
    (b"lineno", b"code.line.number"),
    (b"funcName", b"code.function.name"),
];

/// The members of a line, with the one that counts for each role.
#[derive(Debug)]
pub(crate) struct Line<'x> {
    members: Vec<(&'x [u8], Any<'x>)>,
    /// Place in `members`, and in [`KEYS`].
    best: [Option<(usize, usize)>; Role::COUNT],
    /// Members that are no attributes.
    used: Vec<bool>,
}

/// How long and deep a line may be to be looked into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineLimits {
    pub(crate) bytes_max: usize,
    pub(crate) nesting_max: u32,
}

impl LineLimits {
    /// A line may be as long as a body, and as deep as an attribute.
    pub(crate) const fn of(limits: &Limits) -> Self {
        Self { bytes_max: limits.body_bytes_max as usize, nesting_max: limits.nesting_max }
    }
}

impl<'x> Line<'x> {
    /// Looks into a body; none if it is no line: an object with a message and a level or a time.
    pub(crate) fn read(
        body: Any<'x>,
        scratch: &'x mut Writer,
        limits: LineLimits,
    ) -> Result<Option<Self>, Fault> {
        let members = match body {
            Any::KvList(members) => members,
            Any::Text(text) if is_object(text) && text.len() <= limits.bytes_max => {
                if !object_to_members(text, scratch, limits.nesting_max) {
                    return Ok(None);
                }
                scratch
            }
            _ => return Ok(None),
        };
        let mut line = Self { members: Vec::new(), best: [None; Role::COUNT], used: Vec::new() };
        let mut fields = Fields::new(members);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                line.note(key_value(field.bytes()?)?);
            }
        }
        line.used.resize(line.members.len(), false);
        let is_line = line.has(Role::Body) && (line.has(Role::Level) || line.has(Role::Time));
        Ok(is_line.then_some(line))
    }

    fn note(&mut self, (key, value): (&'x [u8], Any<'x>)) {
        let at = self.members.len();
        self.members.push((key, value));
        let Some(rank) = KEYS.iter().position(|(own, _)| *own == key) else { return };
        // `null` is absent.
        if value == Any::None {
            return;
        }
        let best = &mut self.best[KEYS[rank].1 as usize];
        if best.is_none_or(|(_, before)| rank < before) {
            *best = Some((at, rank));
        }
    }

    fn has(&self, role: Role) -> bool {
        self.best[role as usize].is_some()
    }

    /// Returns the value for a role.
    pub(crate) fn value(&self, role: Role) -> Option<Any<'x>> {
        let (at, _) = self.best[role as usize]?;
        // Many programs call things `name`; beside `levelname` it is Python's logger.
        let is_pythons =
            self.members[at].0 != b"name" || self.members.iter().any(|(key, _)| *key == b"levelname");
        is_pythons.then(|| self.members[at].1)
    }

    /// Takes the member of a role out of the attributes.
    pub(crate) fn consume(&mut self, role: Role) {
        if let Some((at, _)) = self.best[role as usize] {
            self.used[at] = true;
        }
    }

    /// Returns the time that the line tells; the time of a line that tells none that can be read is another's.
    pub(crate) fn time(&self) -> Option<Nanos> {
        self.value(Role::Time).and_then(time::of_value)
    }

    /// Returns what the line tells of its severity: the number, or none if nobody knows the word.
    pub(crate) fn severity(&self) -> Option<(Any<'x>, Option<u8>)> {
        let (at, _) = self.best[Role::Level as usize]?;
        let (key, value) = self.members[at];
        let scale = match key {
            b"levelno" => Scale::Python,
            b"PRIORITY" => Scale::Syslog,
            b"severity_number" => Scale::Otel,
            _ => Scale::Pino,
        };
        let number = match value {
            Any::Int(number) => severity::of_number(number, scale),
            Any::Text(text) => match std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok())
            {
                Some(number) => severity::of_number(number, scale),
                None => severity::of_word(text),
            },
            _ => None,
        };
        Some((value, number))
    }

    /// Returns the members that are attributes, by the key that they get.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'x [u8], Any<'x>)> + '_ {
        let unused = self.members.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused.map(|((key, value), _)| {
            let renamed = RENAMED.iter().find(|(own, _)| own == key);
            (renamed.map_or(*key, |(_, name)| *name), *value)
        })
    }
}

/// Returns the time that a line of JSON tells without an offset from UTC, as if it were UTC; none if it is no such line (an
/// object with a message and a level or a time), or its time is a number or has an offset. For who knows the time zone.
#[must_use]
pub fn zoneless_time(text: &str, limits: &Limits) -> Option<Nanos> {
    let mut scratch = Writer::new();
    let line = Line::read(Any::Text(text.as_bytes()), &mut scratch, LineLimits::of(limits)).ok()??;
    match line.value(Role::Time)? {
        Any::Text(time) => time::without_offset(time.trim_ascii()),
        _ => None,
    }
}

/// What can be told from a stack trace: type and message from its last line.
pub(crate) fn exception(stack: &[u8]) -> Option<(&[u8], &[u8])> {
    let last = stack.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?.trim_ascii();
    let colon = last.windows(2).position(|pair| pair == b": ")?;
    let kind = &last[..colon];
    let is_name =
        !kind.is_empty() && kind.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'));
    is_name.then(|| (kind, last[colon + 2..].trim_ascii()))
}

fn is_object(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.first() == Some(&b'{') && text.last() == Some(&b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: LineLimits = LineLimits { bytes_max: 4096, nesting_max: 8 };

    fn with<T>(text: &str, look: impl FnOnce(Option<Line<'_>>) -> T) -> T {
        let mut scratch = Writer::new();
        look(Line::read(Any::Text(text.as_bytes()), &mut scratch, LIMITS).unwrap())
    }

    #[test]
    fn a_line_has_a_message_and_a_level_or_a_time() {
        for (text, is_line) in [
            (r#"{"message":"x","level":"INFO"}"#, true),
            (r#" {"msg":"x","ts":1} "#, true),
            (r#"{"message":"x"}"#, false),
            (r#"{"message":null,"level":"INFO"}"#, false),
            (r#"{"level":"INFO","timestamp":"now"}"#, false),
            (r#"{"message":"x","level":"INFO"} tail"#, false),
            (r#"{"message":"x","level":"INFO""#, false),
            ("plain", false),
            ("", false),
        ] {
            assert_eq!(with(text, |line| line.is_some()), is_line, "{text}");
        }
    }

    #[test]
    fn the_first_key_of_a_role_counts_and_the_others_are_attributes() {
        with(r#"{"msg":"b","message":"a","event":"c","level":30,"pathname":"/x.py"}"#, |line| {
            let mut line = line.unwrap();
            assert_eq!(line.value(Role::Body), Some(Any::Text(b"a")));
            assert_eq!(line.severity(), Some((Any::Int(30), Some(9))));
            line.consume(Role::Body);
            line.consume(Role::Level);
            let keys: Vec<_> = line.attributes().map(|(key, _)| key).collect();
            assert_eq!(keys, [&b"msg"[..], b"event", b"code.file.path"]);
        });
    }

    #[test]
    fn a_time_without_an_offset_waits_for_its_zone() {
        let base = 1_705_746_645 * 1_000_000_000;
        for (time, expected) in [
            (r#""2024-01-20T10:30:45.5""#, Some(base + 500_000_000)),
            (r#"" 2024-01-20 10:30:45,5 ""#, Some(base + 500_000_000)),
            (r#""2024-01-20T10:30:45Z""#, None),
            (r#""2024-01-20T10:30:45+00:00""#, None),
            (r#""1705746645""#, None),
            ("1705746645", None),
            (r#""today""#, None),
        ] {
            let line = format!(r#"{{"message":"x","time":{time}}}"#);
            assert_eq!(zoneless_time(&line, &Limits::default()), expected, "{line}");
        }
        assert_eq!(zoneless_time("2024-01-20T10:30:45 plain", &Limits::default()), None);
    }

    #[test]
    fn a_name_is_a_logger_only_beside_pythons_level() {
        with(r#"{"message":"a","level":"INFO","name":"shop"}"#, |line| {
            assert_eq!(line.unwrap().value(Role::Scope), None);
        });
        with(r#"{"message":"a","levelname":"INFO","name":"shop"}"#, |line| {
            assert_eq!(line.unwrap().value(Role::Scope), Some(Any::Text(b"shop")));
        });
    }

    #[test]
    fn the_last_line_of_a_stack_names_the_exception() {
        let stack = b"Traceback:\n  File \"x\"\nbilling.errors.CardError: declined: no money\n";
        assert_eq!(exception(stack), Some((&b"billing.errors.CardError"[..], &b"declined: no money"[..])));
        assert_eq!(exception(b"no stack at all: really"), None);
        assert_eq!(exception(b""), None);
    }
}
