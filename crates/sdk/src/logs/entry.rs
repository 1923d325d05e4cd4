//! What a `tracing` event says, and its OTLP form.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_proto::tonic::common::v1::any_value::Value as ProtoValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use crate::{tenant, user};

/// Longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Longest text of a field, in bytes.
const TEXT_BYTES_MAX: usize = 32 * 1024;

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// A log event.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) time_ns: u64,
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) message: String,
    pub(super) fields: Vec<(&'static str, Value)>,
    pub(super) span: Option<SpanContext>,
    pub(super) tenant: Option<String>,
    pub(super) user: Option<String>,
    pub(super) event_name: Option<String>,
}

impl Entry {
    /// Reads an event and the work in which it happens.
    pub(super) fn of(event: &Event<'_>, now: SystemTime) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (span, tenant, user) = Context::map_current(|context| {
            let span = Some(context.span().span_context().clone()).filter(SpanContext::is_valid);
            (span, tenant::of(context), user::of(context))
        });
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            time_ns: u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: fields.message,
            fields: fields.others,
            span,
            tenant: fields.tenant.or(tenant),
            user: fields.user.or(user),
            event_name: fields.event_name,
        }
    }

    /// The attribute keys of tenant and user are the canonical ones; the JSON line has its own.
    pub(super) fn into_proto(self) -> LogRecord {
        let text = |key: &str, value: String| (key.to_owned(), ProtoValue::StringValue(value));
        let mut attributes: Vec<(String, ProtoValue)> =
            self.fields.into_iter().map(|(key, value)| (key.to_owned(), value.into_proto())).collect();
        attributes.extend(self.tenant.map(|tenant| text(tenant::KEY, tenant)));
        attributes.extend(self.user.map(|user| text(user::KEY, user)));
        let any = |value| Some(AnyValue { value: Some(value) });
        let pair = |(key, value)| KeyValue { key, value: any(value), ..Default::default() };
        let bytes = |span: &SpanContext| {
            let flags = u32::from(span.trace_flags().to_u8());
            (span.trace_id().to_bytes().to_vec(), span.span_id().to_bytes().to_vec(), flags)
        };
        let (trace_id, span_id, flags) = self.span.as_ref().map(bytes).unwrap_or_default();
        LogRecord {
            time_unix_nano: self.time_ns,
            observed_time_unix_nano: self.time_ns,
            severity_number: severity_number(self.level),
            severity_text: self.level.to_string(),
            body: any(ProtoValue::StringValue(self.message)),
            attributes: attributes.into_iter().map(pair).collect(),
            flags,
            trace_id,
            span_id,
            event_name: self.event_name.unwrap_or_default(),
            ..Default::default()
        }
    }
}

impl Value {
    fn into_proto(self) -> ProtoValue {
        match self {
            Self::Text(text) => ProtoValue::StringValue(text),
            Self::Int(n) => ProtoValue::IntValue(n),
            Self::Float(n) => ProtoValue::DoubleValue(n),
            Self::Bool(b) => ProtoValue::BoolValue(b),
        }
    }
}

/// Logs data model, "Field: SeverityNumber".
fn severity_number(level: Level) -> i32 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}

/// Collects the fields of an event.
#[derive(Debug, Default)]
struct Fields {
    message: String,
    tenant: Option<String>,
    user: Option<String>,
    event_name: Option<String>,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn take(&mut self, field: &Field, value: Value) {
        let name = field.name();
        match (name, value) {
            ("message", Value::Text(text)) => self.message = cut(text, MESSAGE_BYTES_MAX),
            ("tenant_id" | "tenant.id", Value::Text(text)) if tenant::is_valid(&text) => {
                self.tenant = Some(text);
            }
            ("user_id" | "user.id", Value::Text(text)) => self.user = Some(cut(text, user::BYTES_MAX)),
            ("event_name" | "event.name", Value::Text(text)) => self.event_name = Some(text),
            (_, Value::Text(text)) => self.others.push((name, Value::Text(cut(text, TEXT_BYTES_MAX)))),
            (_, value) => self.others.push((name, value)),
        }
    }
}

/// Cuts at a character boundary.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
    text
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, Value::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, Value::Text(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, Value::Int(value));
    }

    /// OTLP integers are signed; what does not fit keeps its digits as text.
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Int));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, Value::Float(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, Value::Bool(value));
    }

    /// An error with its causes.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        self.take(field, Value::Text(text));
    }
}
