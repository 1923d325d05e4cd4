//! The messages of OTLP: name in JSON, number and kind of each field.

/// How a field is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// Bytes in hex.
    Id,
    /// The same in a log record, which keeps what is no id as an attribute with this key.
    LogId(&'static str),
    /// Bytes in base64.
    Base64,
    Bool,
    /// `int64`, as number or text.
    Int64,
    /// `sint32`, as number or text.
    Sint32,
    /// `sfixed64`, as number or text.
    SFixed64,
    Uint32,
    /// An enum: numbers only.
    Enum,
    Fixed64,
    Fixed32,
    Double,
    Message(&'static Table),
    /// A list of messages.
    List(&'static Table),
    /// A list of texts.
    Texts,
    /// A list of `fixed64`.
    Fixed64s,
    /// A list of `uint64`.
    Uint64s,
    /// A list of doubles.
    Doubles,
    /// A list of messages that are counted.
    Records(&'static Table),
}

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) number: u32,
    pub(super) kind: Kind,
}

/// A message.
#[derive(Debug)]
pub(super) struct Table(pub(super) &'static [Field]);

impl Table {
    /// Finds a field by its name in JSON.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.0.iter().find(|field| field.name == name)
    }
}

pub(super) const fn field(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind }
}

pub(super) static TRACES: Table = Table(&[field("resourceSpans", 1, Kind::List(&RESOURCE_SPANS))]);

static RESOURCE_SPANS: Table = Table(&[
    field("resource", 1, Kind::Message(&RESOURCE)),
    field("scopeSpans", 2, Kind::List(&SCOPE_SPANS)),
    field("schemaUrl", 3, Kind::Text),
]);

pub(super) static RESOURCE: Table = Table(&[
    field("attributes", 1, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 2, Kind::Uint32),
    field("entityRefs", 3, Kind::List(&ENTITY_REF)),
]);

static ENTITY_REF: Table = Table(&[
    field("schemaUrl", 1, Kind::Text),
    field("type", 2, Kind::Text),
    field("idKeys", 3, Kind::Texts),
    field("descriptionKeys", 4, Kind::Texts),
]);

static SCOPE_SPANS: Table = Table(&[
    field("scope", 1, Kind::Message(&SCOPE)),
    field("spans", 2, Kind::Records(&SPAN)),
    field("schemaUrl", 3, Kind::Text),
]);

pub(super) static SCOPE: Table = Table(&[
    field("name", 1, Kind::Text),
    field("version", 2, Kind::Text),
    field("attributes", 3, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 4, Kind::Uint32),
]);

static SPAN: Table = Table(&[
    field("traceId", 1, Kind::Id),
    field("spanId", 2, Kind::Id),
    field("traceState", 3, Kind::Text),
    field("parentSpanId", 4, Kind::Id),
    field("name", 5, Kind::Text),
    field("kind", 6, Kind::Enum),
    field("startTimeUnixNano", 7, Kind::Fixed64),
    field("endTimeUnixNano", 8, Kind::Fixed64),
    field("attributes", 9, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 10, Kind::Uint32),
    field("events", 11, Kind::List(&EVENT)),
    field("droppedEventsCount", 12, Kind::Uint32),
    field("links", 13, Kind::List(&LINK)),
    field("droppedLinksCount", 14, Kind::Uint32),
    field("status", 15, Kind::Message(&STATUS)),
    field("flags", 16, Kind::Fixed32),
]);

pub(super) static LOGS: Table = Table(&[field("resourceLogs", 1, Kind::List(&RESOURCE_LOGS))]);

static RESOURCE_LOGS: Table = Table(&[
    field("resource", 1, Kind::Message(&RESOURCE)),
    field("scopeLogs", 2, Kind::List(&SCOPE_LOGS)),
    field("schemaUrl", 3, Kind::Text),
]);

static SCOPE_LOGS: Table = Table(&[
    field("scope", 1, Kind::Message(&SCOPE)),
    field("logRecords", 2, Kind::Records(&LOG_RECORD)),
    field("schemaUrl", 3, Kind::Text),
]);

static LOG_RECORD: Table = Table(&[
    field("timeUnixNano", 1, Kind::Fixed64),
    field("severityNumber", 2, Kind::Enum),
    field("severityText", 3, Kind::Text),
    field("body", 5, Kind::Message(&ANY_VALUE)),
    field("attributes", 6, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 7, Kind::Uint32),
    field("flags", 8, Kind::Fixed32),
    field("traceId", 9, Kind::LogId("trace_id")),
    field("spanId", 10, Kind::LogId("span_id")),
    field("observedTimeUnixNano", 11, Kind::Fixed64),
    field("eventName", 12, Kind::Text),
]);

static EVENT: Table = Table(&[
    field("timeUnixNano", 1, Kind::Fixed64),
    field("name", 2, Kind::Text),
    field("attributes", 3, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 4, Kind::Uint32),
]);

static LINK: Table = Table(&[
    field("traceId", 1, Kind::Id),
    field("spanId", 2, Kind::Id),
    field("traceState", 3, Kind::Text),
    field("attributes", 4, Kind::List(&KEY_VALUE)),
    field("droppedAttributesCount", 5, Kind::Uint32),
    field("flags", 6, Kind::Fixed32),
]);

static STATUS: Table = Table(&[field("message", 2, Kind::Text), field("code", 3, Kind::Enum)]);

pub(super) static KEY_VALUE: Table =
    Table(&[field("key", 1, Kind::Text), field("value", 2, Kind::Message(&ANY_VALUE))]);

static ANY_VALUE: Table = Table(&[
    field("stringValue", 1, Kind::Text),
    field("boolValue", 2, Kind::Bool),
    field("intValue", 3, Kind::Int64),
    field("doubleValue", 4, Kind::Double),
    field("arrayValue", 5, Kind::Message(&ARRAY_VALUE)),
    field("kvlistValue", 6, Kind::Message(&KV_LIST)),
    field("bytesValue", 7, Kind::Base64),
]);

static ARRAY_VALUE: Table = Table(&[field("values", 1, Kind::List(&ANY_VALUE))]);

static KV_LIST: Table = Table(&[field("values", 1, Kind::List(&KEY_VALUE))]);
