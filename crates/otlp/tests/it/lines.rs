//! DotMac's JSON line with its nine keys, and lines of others (vocabulary.md 5.1, 5.5), as text and as map.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::json;
use sightline_model::{RejectReason, TenantBinding};
use sightline_otlp::{Appended, Limits, LogBatch};

use crate::build::{DAY, NOW, SECOND, any, door, text};
use crate::logs::{accept_with, append, line, record, request};
use crate::read::{Sent, log_attributes};

/// The same line as a Collector that parsed it would send it.
fn as_value(json: &serde_json::Value) -> AnyValue {
    let value = match json {
        serde_json::Value::Null => None,
        serde_json::Value::Bool(flag) => Some(Value::BoolValue(*flag)),
        serde_json::Value::Number(number) => Some(match number.as_i64() {
            Some(number) => Value::IntValue(number),
            None => Value::DoubleValue(number.as_f64().unwrap()),
        }),
        serde_json::Value::String(text) => Some(Value::StringValue(text.clone())),
        serde_json::Value::Array(list) => {
            Some(Value::ArrayValue(ArrayValue { values: list.iter().map(as_value).collect() }))
        }
        serde_json::Value::Object(members) => {
            let member = |(key, value): (&String, _)| KeyValue {
                key: key.clone(),
                value: Some(as_value(value)),
                ..KeyValue::default()
            };
            Some(Value::KvlistValue(KeyValueList { values: members.iter().map(member).collect() }))
        }
    };
    AnyValue { value }
}

/// A line of now as it is in the plan of the platform, as far as its text goes.
fn dotmac() -> serde_json::Value {
    json!({
        "timestamp": "2025-11-24T15:59:59.123456Z",
        "level": "INFO",
        "service": "dotmac_billing",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "span_id": "00f067aa0ba902b7",
        "tenant_id": "tenant-001",
        "user_id": "user-789",
        "message": "Invoice created",
        "attributes": { "invoice_id": "INV-1", "amount": 150.5, "deep": { "er": [1, "x"] } },
    })
}

/// When that line was written.
const WRITTEN: i64 = 1_763_999_999_123_456_000;

/// Appends one record without a time of its own, under a resource.
fn read(resource: &str, record: LogRecord) -> (LogBatch, Appended) {
    let record = LogRecord { time_unix_nano: 0, ..record };
    append(&request(resource, vec![record]), &TenantBinding::Trusted, &Limits::default())
}

fn attributes_of(list: &[(&str, Sent)]) -> BTreeMap<String, Sent> {
    list.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

fn sent(value: &str) -> Sent {
    Sent::Text(value.to_owned())
}

#[test]
fn the_nine_keys_of_dotmac_land_from_text_and_from_map() {
    let forms = [line(&dotmac().to_string()), record(as_value(&dotmac()).value.unwrap())];
    for form in forms {
        let (batch, appended) = read("service.name=collector | host.name=h", form);
        assert_eq!((batch.ts[0], batch.observed_delay_us[0]), (WRITTEN, (NOW - WRITTEN) / 1000));
        assert_eq!((batch.severity_number[0], text(batch.severity_text.get(0))), (9, "INFO"));
        assert_eq!(text(batch.service.get(0)), "billing");
        assert_eq!(batch.trace_id[0], 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
        assert_eq!(batch.span_id[0], 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
        assert_eq!(text(batch.tenant.get(0)), "tenant-001");
        assert_eq!(text(batch.body.get(0)), "Invoice created");
        let expected = attributes_of(&[
            ("tenant_id", sent("tenant-001")),
            ("user_id", sent("user-789")),
            ("invoice_id", sent("INV-1")),
            ("amount", Sent::Double(150.5)),
            ("deep.er", Sent::Json("[1,\"x\"]".to_owned())),
        ]);
        assert_eq!(log_attributes(&batch, 0), expected);
        let resource = batch.resources.iter().find(|r| r.resource_id == batch.resource_id[0]).unwrap();
        assert_eq!((&*resource.service, &*resource.tenant), ("billing", "tenant-001"));
        let attrs: Vec<_> = resource.attrs.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(attrs, [("host.name", "h"), ("service.name", "dotmac_billing")]);
        let counts = Appended { records: 1, lines_parsed: 1, service_conflicts: 1, ..Appended::default() };
        assert_eq!(appended, counts);
    }
}

/// Changes the line and tells what became of it: body, attributes, counts.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> (LogBatch, BTreeMap<String, Sent>, Appended) {
    let mut value = dotmac();
    value.as_object_mut().unwrap().remove("attributes");
    change(&mut value);
    let (batch, appended) = read("", line(&value.to_string()));
    let attributes = log_attributes(&batch, 0);
    (batch, attributes, appended)
}

#[test]
fn what_is_missing_null_or_of_the_wrong_type_costs_only_itself() {
    let (batch, attributes, counts) = changed(|line| line["timestamp"] = json!("yesterday"));
    assert_eq!(
        (batch.ts[0], &attributes["timestamp"], counts.timestamp_invalid),
        (NOW, &sent("yesterday"), 1)
    );
    let (batch, attributes, counts) = changed(|line| line["timestamp"] = json!(null));
    assert_eq!((batch.ts[0], attributes.len(), counts.timestamp_invalid), (NOW, 2, 0));
    let (batch, _, counts) = changed(|line| line["level"] = json!("loud"));
    assert_eq!((batch.severity_number[0], text(batch.severity_text.get(0))), (0, "loud"));
    assert_eq!(counts.severity_invalid, 1);
    let (batch, _, counts) = changed(|line| line["service"] = json!(null));
    assert_eq!((text(batch.service.get(0)), counts.service_conflicts), ("unknown_service", 0));
    // The ids of the plan's own example are hex, but too short.
    let (batch, attributes, counts) = changed(|line| {
        line["trace_id"] = json!("abc123");
        line["span_id"] = json!("def456");
    });
    assert_eq!((batch.trace_id[0], batch.span_id[0], counts.trace_id_invalid), ([0; 16], [0; 8], 1));
    assert_eq!((&attributes["trace_id"], &attributes["span_id"]), (&sent("abc123"), &sent("def456")));
    let (batch, attributes, counts) = changed(|line| line["trace_id"] = json!("0"));
    assert_eq!((batch.trace_id[0], counts.trace_id_invalid), ([0; 16], 0));
    assert!(!attributes.contains_key("trace_id"), "zero is absent: {attributes:?}");
    let (batch, _, counts) = changed(|line| line["tenant_id"] = json!("not a tenant"));
    assert_eq!((text(batch.tenant.get(0)), counts.tenant_invalid), ("", 1));
    let (_, attributes, _) = changed(|line| line["attributes"] = json!("text"));
    assert_eq!(attributes["attributes"], sent("text"));
    let (batch, attributes, _) = changed(|line| line["message"] = json!({ "a": 1 }));
    assert_eq!((text(batch.body.get(0)), attributes.len()), (r#"{"a":1}"#, 2));
    let (batch, attributes, counts) = changed(|line| line["message"] = json!(null));
    assert!(text(batch.body.get(0)).starts_with('{'), "without a message the whole line is the body");
    assert_eq!((attributes.len(), counts.lines_parsed), (0, 0));
}

#[test]
fn a_field_of_the_record_counts_more_than_its_line() {
    let mut form = line(&dotmac().to_string());
    form.severity_number = 17;
    form.trace_id = vec![1; 16];
    form.span_id = vec![2; 8];
    form.attributes = crate::build::attributes("invoice_id=sent | tenant.id=t9");
    let request = request("service.name=svc", vec![form]);
    let (batch, _) = append(&request, &TenantBinding::Trusted, &Limits::default());
    let attributes = log_attributes(&batch, 0);
    assert_eq!((batch.ts[0], &attributes["timestamp"]), (NOW - SECOND, &sent("2025-11-24T15:59:59.123456Z")));
    assert_eq!((batch.severity_number[0], &attributes["level"]), (17, &sent("INFO")));
    assert_eq!((batch.trace_id[0], batch.span_id[0]), ([1; 16], [2; 8]));
    assert_eq!(attributes["trace_id"], sent("4bf92f3577b34da6a3ce929d0e0e4736"), "another id is kept");
    assert_eq!((&attributes["invoice_id"], text(batch.tenant.get(0))), (&sent("sent"), "t9"));
}

#[test]
fn lines_of_others_are_read_by_their_keys() {
    let check = |value: serde_json::Value| {
        let (batch, _) = read("", line(&value.to_string()));
        let attributes = log_attributes(&batch, 0);
        let column = |bytes: &[u8]| text(bytes).to_owned();
        let columns = (
            batch.severity_number[0],
            column(batch.body.get(0)),
            column(batch.service.get(0)),
            column(batch.scope.get(0)),
        );
        (columns, attributes)
    };
    let columns = |n: u8, body: &str, service: &str, scope: &str| {
        (n, body.to_owned(), service.to_owned(), scope.to_owned())
    };
    // Python with python-json-logger and OpenTelemetry's log correlation.
    let (found, attributes) = check(json!({
        "asctime": "2025-11-24 15:59:59,123", "levelname": "CRITICAL", "name": "shop.cart", "message": "m",
        "otelServiceName": "cart", "otelTraceID": "0", "otelSpanID": "0", "otelTraceSampled": false,
        "pathname": "/app/x.py", "lineno": 12, "funcName": "f",
    }));
    assert_eq!(found, columns(21, "m", "cart", "shop.cart"));
    let expected = attributes_of(&[
        ("code.file.path", sent("/app/x.py")),
        ("code.line.number", Sent::Int(12)),
        ("code.function.name", sent("f")),
    ]);
    assert_eq!(attributes, expected);
    // pino.
    let (found, attributes) =
        check(json!({"level": 40, "time": 1_763_999_999_123_i64, "pid": 7, "msg": "m"}));
    assert_eq!(
        (found, attributes),
        (columns(13, "m", "unknown_service", ""), attributes_of(&[("pid", Sent::Int(7))]))
    );
    // structlog, with an exception.
    let (found, attributes) = check(json!({
        "event": "failed", "level": "error", "logger": "shop", "timestamp": "2025-11-24T15:59:59Z",
        "exception": "Traceback:\n  x\nValueError: no",
    }));
    assert_eq!(found, columns(17, "failed", "unknown_service", "shop"));
    assert_eq!(
        (&attributes["exception.type"], &attributes["exception.message"]),
        (&sent("ValueError"), &sent("no"))
    );
    // Elastic's common schema.
    let (found, _) = check(json!({
        "@timestamp": "2025-11-24T15:59:59Z", "log.level": "warn", "message": "m", "service.name": "ecs",
        "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }));
    assert_eq!(found, columns(13, "m", "ecs", ""));
}

#[test]
fn a_line_that_is_too_old_is_rejected_at_the_door_and_one_of_the_future_is_now() {
    let limits = Limits::default();
    let written = |time: &str| {
        let mut value = dotmac();
        value["timestamp"] = json!(time);
        let record = LogRecord { time_unix_nano: 0, ..line(&value.to_string()) };
        let request = request("", vec![record]);
        (accept_with(&request, &door(&limits)).rejected, append(&request, &TenantBinding::Trusted, &limits))
    };
    let (rejected, _) = written("2024-01-20T10:30:45.123Z");
    assert_eq!(rejected, [(RejectReason::TooOld, 1)]);
    let (rejected, (batch, counts)) = written("2099-01-01T00:00:00Z");
    assert_eq!((rejected.len(), batch.ts[0], counts.timestamp_invalid), (0, NOW, 1));
    assert_eq!(log_attributes(&batch, 0)["timestamp"], sent("2099-01-01T00:00:00Z"));
    assert!(written("2025-11-20T00:00:00Z").0.is_empty(), "within {} days", 7 * DAY / DAY);
}

#[test]
fn lines_of_many_services_share_a_request_but_not_without_end() {
    let lines = (0..300)
        .map(|n| line(&json!({"service": format!("s{n}"), "level": "INFO", "message": "m"}).to_string()))
        .collect();
    let request = request("service.name=svc", lines);
    let (batch, _) = append(&request, &TenantBinding::Trusted, &Limits::default());
    assert_eq!(batch.resources.len(), 257);
    assert_eq!((text(batch.service.get(0)), text(batch.service.get(299))), ("s0", "svc"));
    assert_eq!(log_attributes(&batch, 299)["service"], sent("s299"), "the name is kept");
    let ids: std::collections::BTreeSet<u64> = batch.resource_id.iter().copied().collect();
    assert!(ids.iter().all(|id| batch.resources.iter().any(|r| r.resource_id == *id)));
}

#[test]
fn a_body_that_is_no_line_stays_as_it_is() {
    for (body, stored) in [
        (Value::StringValue("{\"a\":1}".to_owned()), "{\"a\":1}"),
        (Value::StringValue("{ not json }".to_owned()), "{ not json }"),
        (Value::StringValue("plain \u{e9}\n".to_owned()), "plain \u{e9}\n"),
        (as_value(&json!({"a": [1, null]})).value.unwrap(), "{\"a\":[1,null]}"),
        (Value::IntValue(-7), "-7"),
        (Value::BoolValue(true), "true"),
        (Value::BytesValue(vec![0, 255]), "AP8="),
    ] {
        let (batch, appended) = read("", record(body));
        assert_eq!((text(batch.body.get(0)), appended.lines_parsed), (stored, 0));
    }
    let empty = LogRecord { body: Some(any(Value::StringValue(String::new()))), ..LogRecord::default() };
    for record in [LogRecord { body: None, ..LogRecord::default() }, empty] {
        let (batch, _) = read("", record);
        assert_eq!((text(batch.body.get(0)), batch.template_id[0]), ("", 0));
    }
}
