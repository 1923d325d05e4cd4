//! The schema of a frame (language.md 5), whose types live in `model`.

use serde_json::{Value, json};

use super::Named;

const EXACTNESS: [&str; 4] = ["exact", "approximated", "adjusted", "sampled_estimate"];

/// The schema of every tabular answer.
pub(crate) fn frame() -> Named {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let kinds = ["TableFrame", "SeriesFrame", "TraceFrame", "LogsFrame", "GraphFrame"].map(reference);
    let frame = json!({
        "description": "An answer: a common head, and a body by `kind`. Readers ignore fields that they do not know.",
        "oneOf": kinds,
        "discriminator": { "propertyName": "kind", "mapping": {
            "table": "#/components/schemas/TableFrame", "series": "#/components/schemas/SeriesFrame", "trace": "#/components/schemas/TraceFrame",
            "logs": "#/components/schemas/LogsFrame", "graph": "#/components/schemas/GraphFrame",
        } },
    });
    let schemas = [
        ("Frame", frame),
        ("TableFrame", table()),
        ("SeriesFrame", series()),
        ("TraceFrame", trace()),
        ("LogsFrame", logs()),
        ("GraphFrame", graph()),
        ("FrameMeta", meta()),
        ("FrameColumn", column()),
    ];
    let schemas = schemas.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    Named { name: "Frame".to_owned(), schemas }
}

fn body(kind: &str, about: &str, mut properties: Value, required: &[&str]) -> Value {
    properties["kind"] = json!({ "const": kind });
    properties["meta"] = json!({ "$ref": "#/components/schemas/FrameMeta" });
    let all: Vec<&str> = ["kind", "meta"].into_iter().chain(required.iter().copied()).collect();
    json!({ "type": "object", "description": about, "properties": properties, "required": all })
}

fn columns() -> Value {
    json!({ "type": "array", "items": { "$ref": "#/components/schemas/FrameColumn" } })
}

fn table() -> Value {
    let properties = json!({ "rows": { "type": "integer", "minimum": 0 }, "columns": columns() });
    body("table", "Rows of columns, all of the same length.", properties, &["rows", "columns"])
}

fn series() -> Value {
    let line = json!({
        "type": "object",
        "properties": {
            "labels": { "type": "object", "additionalProperties": true },
            "column": { "type": "string", "description": "The column that the line belongs to." },
            "values": { "type": "array", "items": {}, "description": "One value per bin; null is a gap." },
        },
        "required": ["labels", "column", "values"],
    });
    let properties = json!({
        "columns": columns(),
        "keys": { "type": "array", "items": { "type": "string" }, "description": "Labels that tell lines apart." },
        "bin_ms": { "type": "integer", "minimum": 1 },
        "x": { "type": "array", "items": { "type": "integer" }, "description": "Starts of the bins, milliseconds since the epoch." },
        "series": { "type": "array", "items": line },
    });
    body("series", "Lines over time.", properties, &["columns", "keys", "bin_ms", "x", "series"])
}

fn trace() -> Value {
    let properties = json!({
        "trace_id": { "type": "string" },
        "origin_ns": { "type": "string", "description": "Start of the earliest span; times of spans are offsets from it." },
        "duration_ns": { "type": "integer" },
        "root": { "type": "integer", "description": "Row of the root; -1 when it is missing." },
        "services": { "type": "array", "items": { "type": "string" }, "description": "What the column `service` indexes." },
        "missing_parents": { "type": "integer" },
        "rows": { "type": "integer", "minimum": 0 },
        "columns": columns(),
    });
    let required =
        ["trace_id", "origin_ns", "duration_ns", "root", "services", "missing_parents", "rows", "columns"];
    body("trace", "A trace as a tree, its spans in depth-first order.", properties, &required)
}

fn logs() -> Value {
    let resource = json!({ "type": "object", "additionalProperties": true });
    let properties = json!({
        "rows": { "type": "integer", "minimum": 0 },
        "resources": { "type": "array", "items": resource, "description": "What the column `resource` indexes." },
        "columns": columns(),
    });
    body("logs", "Log records.", properties, &["rows", "resources", "columns"])
}

fn graph() -> Value {
    let grid = json!({
        "type": "object",
        "properties": { "rows": { "type": "integer", "minimum": 0 }, "columns": columns() },
        "required": ["rows", "columns"],
    });
    let mut properties = json!({ "nodes": grid.clone(), "edges": grid });
    properties["nodes"]["description"] = json!(
        "`id`, `kind` (service, database, cache, queue, external, user, unknown), `name`, `system`, and what it serves."
    );
    properties["edges"]["description"] = json!(
        "`source` and `target` (ids of nodes), `kind` (call, virtual, entry, send, receive), `system`, calls and durations."
    );
    body("graph", "Who calls whom.", properties, &["nodes", "edges"])
}

fn meta() -> Value {
    let text = json!({ "type": "string" });
    let incomplete = json!({
        "type": "object",
        "properties": { "reason": text, "detail": text, "remedy": text },
        "required": ["reason", "detail", "remedy"],
    });
    let warning = json!({
        "type": "object",
        "properties": { "code": text, "message": text, "start": { "type": "integer" }, "end": { "type": "integer" } },
        "required": ["code", "message"],
    });
    json!({
        "type": "object",
        "properties": {
            "query_id": text,
            "canonical": { "type": "string", "description": "The query in its one form; empty when there was no text." },
            "range": {
                "type": "object",
                "properties": { "from": text, "to": text, "tz": text },
                "required": ["from", "to", "tz"],
                "description": "Nanoseconds since the epoch in decimal.",
            },
            "complete": { "type": "boolean", "description": "False when rows are missing; `incomplete` says why." },
            "incomplete": { "type": "array", "items": incomplete },
            "exactness": { "enum": EXACTNESS },
            "watermark": {
                "type": ["string", "null"],
                "description": "Everything acknowledged up to this instant (ns) was stored and counted before the answer was made; null when that is not known.",
            },
            "next_cursor": { "type": ["string", "null"], "description": "Where the next page starts." },
            "warnings": { "type": "array", "items": warning },
            "stats": {
                "type": "object",
                "properties": { "rows_read": { "type": "integer" }, "bytes_read": { "type": "integer" }, "elapsed_ms": { "type": "integer" }, "tier": text },
            },
        },
        "required": ["query_id", "canonical", "range", "complete", "incomplete", "exactness", "warnings", "stats"],
    })
}

fn column() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "type": { "enum": ["float", "int", "int64", "time_ms", "time_ns", "string", "bool", "enum", "id", "json"] },
            "unit": { "type": "string", "description": "UCUM, as OpenTelemetry uses it." },
            "role": { "enum": ["key", "value"] },
            "exactness": { "enum": EXACTNESS },
            "values": { "type": "array", "items": {} },
        },
        "required": ["name", "type"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_model as model;

    /// A reader who believes the schema must know every field that `model` writes.
    fn check(written: &Value, schema: &str) {
        let schemas = frame().schemas;
        let find = |name: &str| schemas.iter().find(|(n, _)| n == name).map(|(_, schema)| schema).unwrap();
        let known = |value: &Value, schema: &Value, at: &str| {
            for field in value.as_object().unwrap().keys() {
                assert!(schema["properties"].get(field).is_some(), "{at}.{field}");
            }
            for field in schema["required"].as_array().into_iter().flatten() {
                assert!(value.get(field.as_str().unwrap()).is_some(), "{at}.{field} is missing");
            }
        };
        known(written, find(schema), schema);
        known(&written["meta"], find("FrameMeta"), "meta");
        known(&written["meta"]["stats"], &find("FrameMeta")["properties"]["stats"], "stats");
        let first = if written["columns"].is_null() {
            &written["edges"]["columns"][0]
        } else {
            &written["columns"][0]
        };
        known(first, find("FrameColumn"), "column");
    }

    fn written(body: model::Body) -> Value {
        let meta = model::Meta {
            incomplete: vec![model::Incomplete {
                reason: String::new(),
                detail: String::new(),
                remedy: String::new(),
            }],
            ..model::Meta::default()
        };
        serde_json::to_value(model::Frame { meta, body }).unwrap()
    }

    #[test]
    fn the_schema_knows_every_field_that_is_written() {
        let column = model::Column {
            name: "n".to_owned(),
            kind: model::ColumnType::Int,
            unit: Some("1".to_owned()),
            role: Some(model::ColumnRole::Key),
            exactness: Some(model::Exactness::Exact),
            values: vec![Value::from(1)],
        };
        let columns = vec![column];
        check(&written(model::Body::Table { rows: 1, columns: columns.clone() }), "TableFrame");
        let series = model::Body::Series {
            columns: columns.clone(),
            keys: Vec::new(),
            bin_ms: 1,
            x: Vec::new(),
            series: Vec::new(),
        };
        check(&written(series), "SeriesFrame");
        let trace = model::Body::Trace {
            trace_id: String::new(),
            origin_ns: String::new(),
            duration_ns: 0,
            root: 0,
            services: Vec::new(),
            missing_parents: 0,
            rows: 1,
            columns: columns.clone(),
        };
        check(&written(trace), "TraceFrame");
        let grid = model::Grid { rows: 1, columns: columns.clone() };
        check(&written(model::Body::Graph { nodes: grid.clone(), edges: grid }), "GraphFrame");
        let logs = model::Body::Logs { rows: 1, resources: Vec::new(), columns };
        check(&written(logs), "LogsFrame");
    }
}
