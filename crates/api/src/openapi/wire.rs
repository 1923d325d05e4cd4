//! Schemas of answers whose types live in `query` and `model`.

use serde_json::{Value, json};

use super::Named;

fn named(name: &str, schema: Value) -> Named {
    Named { name: name.to_owned(), schemas: vec![(name.to_owned(), schema)] }
}

fn object(about: &str, properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "description": about, "required": required });
    schema["properties"] = properties;
    schema
}

fn list(items: Value) -> Value {
    let mut schema = json!({ "type": "array" });
    schema["items"] = items;
    schema
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn bag() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

/// Keys that can stand in a filter.
pub(crate) fn field_list() -> Named {
    let field = object(
        "A key.",
        json!({ "key": text(), "context": text(), "types": list(text()), "unit": { "type": ["string", "null"] }, "count": { "type": "integer" } }),
        &["key", "context", "types", "count"],
    );
    named(
        "FieldList",
        object("Keys that can stand in a filter.", json!({ "fields": list(field) }), &["fields"]),
    )
}

/// Values of a key.
pub(crate) fn value_list() -> Named {
    let value =
        object("A value.", json!({ "value": text(), "count": { "type": "number" } }), &["value", "count"]);
    let properties = json!({ "values": list(value), "complete": { "type": "boolean" } });
    named("ValueList", object("Values of a key, most frequent first.", properties, &["values", "complete"]))
}

/// What may stand at a cursor.
pub(crate) fn completion() -> Named {
    let item = object(
        "An offer.",
        json!({ "label": text(), "insert": text(), "kind": text(), "detail": text(), "type": text(), "unit": text(), "count": { "type": "number" } }),
        &["label", "insert", "kind"],
    );
    let offsets = json!({ "start": { "type": "integer" }, "end": { "type": "integer" } });
    let properties = json!({
        "replace": object("UTF-16 offsets of what an offer replaces.", offsets, &["start", "end"]),
        "context": text(),
        "items": list(item),
        "complete": { "type": "boolean", "description": "False: there are more, so do not narrow the list locally." },
    });
    named(
        "Completion",
        object("What may stand at the cursor.", properties, &["replace", "context", "items", "complete"]),
    )
}

/// A text that was checked.
pub(crate) fn parse_answer() -> Named {
    let warning = object(
        "Something to know.",
        json!({ "code": text(), "message": text(), "start": { "type": "integer" }, "end": { "type": "integer" } }),
        &["code", "message"],
    );
    let properties = json!({
        "canonical": { "type": ["string", "null"], "description": "The text in its one form; null when it has errors." },
        "errors": list(json!({ "$ref": "#/components/schemas/FieldError" })),
        "warnings": list(warning),
    });
    named("ParseAnswer", object("A text that was checked.", properties, &["canonical", "errors", "warnings"]))
}

/// A log record with everything that was sent.
pub(crate) fn log_record() -> Named {
    let instant = || json!({ "type": "string", "description": "Nanoseconds since the epoch in decimal." });
    let properties = json!({
        "id": text(), "timestamp": instant(), "observed_timestamp": instant(),
        "severity": { "enum": ["", "trace", "debug", "info", "warn", "error", "fatal"] },
        "severity_number": { "type": "integer", "minimum": 0 },
        "severity_text": { "type": "string", "description": "The level as it was sent." },
        "body": text(), "service": text(), "environment": text(), "tenant": text(),
        "trace_id": { "type": "string", "description": "Empty when it belongs to no trace." },
        "span_id": { "type": "string", "description": "Empty when it belongs to no span." },
        "event_name": text(), "scope": text(), "attributes": bag(), "resource": bag(),
    });
    let required = [
        "id",
        "timestamp",
        "observed_timestamp",
        "severity",
        "severity_number",
        "severity_text",
        "body",
        "service",
        "environment",
        "tenant",
        "trace_id",
        "span_id",
        "event_name",
        "scope",
        "attributes",
        "resource",
    ];
    named("LogRecord", object("A log record with everything that was sent.", properties, &required))
}

/// What is known of a metric.
pub(crate) fn metric_info() -> Named {
    let properties = json!({
        "name": text(), "prometheus_name": text(),
        "type": { "enum": ["gauge", "sum", "histogram", "exponential_histogram", "summary"] },
        "unit": text(), "temporality": { "enum": ["", "delta", "cumulative"] }, "monotonic": { "type": "boolean" },
        "description": text(), "series": { "type": "integer" },
        "varieties": { "type": "integer", "description": "How many kinds, units or temporalities it was sent in." },
    });
    let required = [
        "name",
        "prometheus_name",
        "type",
        "unit",
        "temporality",
        "monotonic",
        "description",
        "series",
        "varieties",
    ];
    let about = "What is known of a metric; where its series differ, what most of them say.";
    named("MetricInfo", object(about, properties, &required))
}

/// Labels of a metric.
pub(crate) fn label_list() -> Named {
    let label = object(
        "A label.",
        json!({ "key": text(), "context": { "enum": ["", "attribute", "resource"] }, "values": { "type": "integer" }, "series": { "type": "integer" } }),
        &["key", "context", "values", "series"],
    );
    let properties = json!({ "labels": list(label), "complete": { "type": "boolean" } });
    named("LabelList", object("Labels of the series of a metric.", properties, &["labels", "complete"]))
}

/// Values of a label.
pub(crate) fn label_value_list() -> Named {
    let value =
        object("A value.", json!({ "value": text(), "series": { "type": "integer" } }), &["value", "series"]);
    let properties = json!({ "values": list(value), "complete": { "type": "boolean" } });
    let about = "Values of a label, most frequent first.";
    named("LabelValueList", object(about, properties, &["values", "complete"]))
}

/// A span with everything that was sent.
pub(crate) fn span_detail() -> Named {
    let event = object(
        "An event.",
        json!({ "time": text(), "name": text(), "attributes": bag() }),
        &["time", "name", "attributes"],
    );
    let properties = json!({
        "span_id": text(), "parent_span_id": text(), "trace_id": text(), "service": text(), "name": text(), "kind": text(),
        "status": text(), "status_message": text(),
        "start": { "type": "string", "description": "Nanoseconds since the epoch in decimal." },
        "duration": { "type": "integer", "description": "Nanoseconds." },
        "tenant": text(), "endpoint": text(), "dep_type": text(), "environment": text(), "scope": text(), "trace_state": text(),
        "is_error": { "type": "boolean" },
        "dropped": { "type": "integer", "description": "Attributes, events and links that the sender dropped." }, "attributes": bag(), "resource": bag(),
        "events": list(event), "links": list(bag()),
    });
    let required = [
        "span_id",
        "parent_span_id",
        "trace_id",
        "service",
        "name",
        "kind",
        "status",
        "start",
        "duration",
        "attributes",
        "resource",
        "events",
        "links",
    ];
    named("Span", object("A span with everything that was sent.", properties, &required))
}
