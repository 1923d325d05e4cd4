//! Simple columns for the reference receiver: every field of a span copied, nothing looked up, nothing normalised.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;

/// Texts of a column, one behind the other.
#[derive(Debug, Default)]
struct Texts {
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
    }
}

/// Attributes of all rows: keys, and values as text.
#[derive(Debug, Default)]
struct Attributes {
    ends: Vec<usize>,
    keys: Texts,
    values: Texts,
}

impl Attributes {
    fn push(&mut self, attributes: &[KeyValue]) {
        for attribute in attributes {
            self.keys.push(attribute.key.as_bytes());
            match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
                Some(Value::StringValue(text)) => self.values.push(text.as_bytes()),
                Some(Value::IntValue(n)) => self.values.push(n.to_string().as_bytes()),
                Some(Value::DoubleValue(n)) => self.values.push(n.to_string().as_bytes()),
                Some(Value::BoolValue(b)) => self.values.push(if *b { b"true" } else { b"false" }),
                Some(Value::BytesValue(bytes)) => self.values.push(bytes),
                _ => self.values.push(b""),
            }
        }
        self.ends.push(self.keys.ends.len());
    }

    fn clear(&mut self) {
        self.ends.clear();
        self.keys.clear();
        self.values.clear();
    }
}

/// The columns of a batch.
#[derive(Debug, Default)]
pub(super) struct Columns {
    start: Vec<u64>,
    duration: Vec<u64>,
    kind: Vec<i32>,
    status: Vec<i32>,
    flags: Vec<u32>,
    ids: Texts,
    names: Texts,
    status_messages: Texts,
    services: Texts,
    resources: Attributes,
    attributes: Attributes,
    events: Attributes,
    links: Texts,
}

impl Columns {
    /// Copies every span of a request.
    pub(super) fn push(&mut self, request: &ExportTraceServiceRequest) {
        for group in &request.resource_spans {
            let resource = group.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
            self.resources.push(resource);
            let service = resource.iter().find(|attribute| attribute.key == "service.name");
            let service = match service.and_then(|s| s.value.as_ref()).and_then(|v| v.value.as_ref()) {
                Some(Value::StringValue(text)) => text.as_bytes(),
                _ => b"",
            };
            for span in group.scope_spans.iter().flat_map(|scope| &scope.spans) {
                self.services.push(service);
                self.row(span);
            }
        }
    }

    fn row(&mut self, span: &Span) {
        self.start.push(span.start_time_unix_nano);
        self.duration.push(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano));
        self.kind.push(span.kind);
        self.flags.push(span.flags);
        for id in [&span.trace_id, &span.span_id, &span.parent_span_id] {
            self.ids.push(id);
        }
        self.names.push(span.name.as_bytes());
        self.status.push(span.status.as_ref().map_or(0, |status| status.code));
        self.status_messages.push(span.status.as_ref().map_or(b"", |status| status.message.as_bytes()));
        self.attributes.push(&span.attributes);
        span.events.iter().for_each(|event| self.events.push(&event.attributes));
        span.links.iter().for_each(|link| self.links.push(&link.trace_id));
    }

    /// Returns the number of rows.
    pub(super) const fn len(&self) -> usize {
        self.start.len()
    }

    /// Forgets the rows and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.start.clear();
        self.duration.clear();
        self.kind.clear();
        self.status.clear();
        self.flags.clear();
        for texts in
            [&mut self.ids, &mut self.names, &mut self.status_messages, &mut self.services, &mut self.links]
        {
            texts.clear();
        }
        for attributes in [&mut self.resources, &mut self.attributes, &mut self.events] {
            attributes.clear();
        }
    }
}
