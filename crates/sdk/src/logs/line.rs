//! A log event as one line of JSON with the nine keys of the platform's format.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::entry::{Entry, Value};
use super::timestamp;

/// Longest attribute object in one line, about; attributes beyond are left out of the line (not of the record).
const ATTRIBUTES_BYTES_MAX: usize = 128 * 1024;

/// An entry of a service, to be written as JSON.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) service: &'a str,
    pub(super) entry: &'a Entry,
}

impl Line<'_> {
    /// The line with its line feed. All nine keys are there; what is not known is null.
    pub(super) fn to_text(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = self.entry;
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("timestamp", &timestamp::rfc3339(entry.time_ns))?;
        map.serialize_entry("level", entry.level.as_str())?;
        map.serialize_entry("service", self.service)?;
        map.serialize_entry("trace_id", &entry.span.as_ref().map(|span| span.trace_id().to_string()))?;
        map.serialize_entry("span_id", &entry.span.as_ref().map(|span| span.span_id().to_string()))?;
        map.serialize_entry("tenant_id", &entry.tenant)?;
        map.serialize_entry("user_id", &entry.user)?;
        map.serialize_entry("message", &entry.message)?;
        map.serialize_entry("attributes", &Attributes(entry))?;
        map.end()
    }
}

#[derive(Debug)]
struct Attributes<'a>(&'a Entry);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut bytes = 0;
        for (key, value) in &self.0.fields {
            bytes += key.len() + value.bytes();
            if bytes > ATTRIBUTES_BYTES_MAX {
                break;
            }
            map.serialize_entry(key, value)?;
        }
        if let Some(name) = &self.0.event_name {
            map.serialize_entry("event_name", name)?;
        }
        map.end()
    }
}

impl Value {
    const fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 8,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::Float(n) => serializer.serialize_f64(*n),
            Self::Bool(b) => serializer.serialize_bool(*b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use tracing::Level;

    fn entry() -> Entry {
        Entry {
            time_ns: 1_705_746_645_123_000_000,
            level: Level::INFO,
            target: "billing",
            message: "paid \"in\nfull\"".to_owned(),
            fields: Vec::new(),
            span: None,
            tenant: None,
            user: None,
            event_name: None,
        }
    }

    #[test]
    fn a_line_has_all_nine_keys_in_the_order_of_the_format() {
        let trace = TraceId::from_hex("4951dac9073a8889d4507e6436345e2f").unwrap();
        let span = SpanId::from_hex("ef558ac4ce1bd885").unwrap();
        let full = Entry {
            span: Some(SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE)),
            tenant: Some("tenant-001".to_owned()),
            user: Some("user-7".to_owned()),
            fields: vec![
                ("invoice_id", Value::Text("inv-7".to_owned())),
                ("amount", Value::Float(99.5)),
                ("items", Value::Int(3)),
                ("retried", Value::Bool(false)),
                ("ratio", Value::Float(f64::NAN)),
            ],
            ..entry()
        };
        let check = |entry: &Entry, want: &str| {
            assert_eq!(Line { service: "billing", entry }.to_text(), format!("{want}\n"));
        };
        check(
            &full,
            r#"{"timestamp":"2024-01-20T10:30:45.123000000Z","level":"INFO","service":"billing","trace_id":"4951dac9073a8889d4507e6436345e2f","span_id":"ef558ac4ce1bd885","tenant_id":"tenant-001","user_id":"user-7","message":"paid \"in\nfull\"","attributes":{"invoice_id":"inv-7","amount":99.5,"items":3,"retried":false,"ratio":null}}"#,
        );
        check(
            &entry(),
            r#"{"timestamp":"2024-01-20T10:30:45.123000000Z","level":"INFO","service":"billing","trace_id":null,"span_id":null,"tenant_id":null,"user_id":null,"message":"paid \"in\nfull\"","attributes":{}}"#,
        );
    }
}
