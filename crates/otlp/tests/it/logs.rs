//! Log records through the door and into rows: times, severity, ids, limits, JSON.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use sightline_model::{Kind, RejectReason, TenantBinding};
use sightline_otlp::{
    Accepted, AppendContext, Appended, Door, Limits, LogBatch, LogSlice, Tenancy, accept_logs, logs_from_json,
};

use crate::build::{DAY, NOW, ORG, SECOND, any, attribute, attributes, door, text};
use crate::read::{Sent, log_attributes};

fn nanos(time: i64) -> u64 {
    u64::try_from(time).unwrap()
}

/// A record of a second ago.
pub(crate) fn record(body: Value) -> LogRecord {
    LogRecord { time_unix_nano: nanos(NOW - SECOND), body: Some(any(body)), ..LogRecord::default() }
}

pub(crate) fn line(body: &str) -> LogRecord {
    record(Value::StringValue(body.to_owned()))
}

pub(crate) fn request(resource: &str, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let resource = Resource { attributes: attributes(resource), ..Resource::default() };
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let of_resource = ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![of_resource] }
}

pub(crate) fn accept_with(request: &ExportLogsServiceRequest, door: &Door<'_>) -> Accepted<LogSlice> {
    accept_logs(Bytes::from(request.encode_to_vec()), door).unwrap()
}

pub(crate) fn append(
    request: &ExportLogsServiceRequest,
    binding: &TenantBinding,
    limits: &Limits,
) -> (LogBatch, Appended) {
    let mut batch = LogBatch::new();
    let cx = AppendContext { org: ORG, binding, tenancy: &Tenancy::default(), limits, received_at: NOW };
    let appended = batch.append(&request.encode_to_vec(), &cx).unwrap();
    assert!(batch.is_even());
    assert_eq!(appended.records as usize, batch.len());
    (batch, appended)
}

/// The row of one record of service `svc`.
pub(crate) fn row(record: LogRecord) -> (LogBatch, Appended) {
    append(&request("service.name=svc", vec![record]), &TenantBinding::Trusted, &Limits::default())
}

#[test]
fn a_record_takes_the_first_time_that_can_be() {
    let check = |sent: i64, observed: i64| {
        let record =
            LogRecord { time_unix_nano: nanos(sent), observed_time_unix_nano: nanos(observed), ..line("x") };
        let limits = Limits::default();
        let request = request("", vec![record]);
        let accepted = accept_with(&request, &door(&limits));
        if accepted.slices.is_empty() {
            return Err(accepted.rejected[0].0);
        }
        let (batch, appended) = append(&request, &TenantBinding::Trusted, &limits);
        let kept = log_attributes(&batch, 0).contains_key("timestamp");
        Ok((batch.ts[0], batch.observed_delay_us[0], appended.timestamp_invalid, kept))
    };
    let second = SECOND / 1000;
    assert_eq!(check(NOW - SECOND, 0), Ok((NOW - SECOND, second, 0, false)));
    assert_eq!(check(NOW - 2 * SECOND, NOW - SECOND), Ok((NOW - 2 * SECOND, second, 0, false)));
    assert_eq!(check(0, NOW - SECOND), Ok((NOW - SECOND, 0, 0, false)));
    assert_eq!(check(0, 0), Ok((NOW, 0, 0, false)));
    assert_eq!(check(NOW + 600 * SECOND, 0), Ok((NOW + 600 * SECOND, -600 * second, 0, false)));
    assert_eq!(check(NOW + 601 * SECOND, NOW - SECOND), Ok((NOW - SECOND, 0, 1, true)));
    assert_eq!(check(i64::MAX, i64::MAX), Ok((NOW, 0, 1, true)));
    assert_eq!(check(NOW - 7 * DAY, 0), Ok((NOW - 7 * DAY, 7 * DAY / 1000, 0, false)));
    assert_eq!(check(NOW - 7 * DAY - 1, NOW), Err(RejectReason::TooOld));
    assert_eq!(check(1, NOW), Err(RejectReason::TooOld));
    assert_eq!(check(0, 1), Err(RejectReason::TooOld));
}

#[test]
fn a_severity_is_a_number_and_the_word_that_was_sent() {
    let check = |number: i32, word: &str| {
        let record = LogRecord { severity_number: number, severity_text: word.to_owned(), ..line("x") };
        let (batch, appended) = row(record);
        assert_eq!(text(batch.severity_text.get(0)), word, "as sent");
        (batch.severity_number[0], appended.severity_invalid)
    };
    assert_eq!(check(9, "Information"), (9, 0));
    assert_eq!(check(0, "warn"), (13, 0));
    assert_eq!(check(0, "CRITICAL"), (21, 0));
    assert_eq!(check(0, ""), (0, 0));
    assert_eq!(check(0, "loud"), (0, 1));
    assert_eq!(check(17, "loud"), (17, 0));
    assert_eq!(check(25, ""), (0, 1));
    assert_eq!(check(-1, "error"), (17, 1));
}

#[test]
fn ids_that_are_none_are_kept_beside_the_record() {
    let check = |trace: &[u8], span: &[u8]| {
        let record = LogRecord { trace_id: trace.to_vec(), span_id: span.to_vec(), ..line("x") };
        let (batch, appended) = row(record);
        let kept: Vec<_> = log_attributes(&batch, 0).into_iter().collect();
        let counts = (appended.trace_id_invalid, appended.trace_id_padded);
        (batch.trace_id[0], batch.span_id[0], kept, counts)
    };
    let attribute = |key: &str, value: &str| (key.to_owned(), Sent::Text(value.to_owned()));
    let padded = [[0; 8], [1; 8]].concat();
    assert_eq!(check(&[1; 16], &[2; 8]), ([1; 16], [2; 8], vec![], (0, 0)));
    assert_eq!(check(&[], &[]), ([0; 16], [0; 8], vec![], (0, 0)));
    assert_eq!(check(&[0; 16], &[0; 8]), ([0; 16], [0; 8], vec![], (0, 0)));
    assert_eq!(check(&[1; 8], &[2; 8]), (padded.try_into().unwrap(), [2; 8], vec![], (0, 1)));
    let lost = vec![attribute("span_id", "0202020202020202"), attribute("trace_id", "abc123")];
    assert_eq!(check(&[0xab, 0xc1, 0x23], &[2; 8]), ([0; 16], [0; 8], lost, (1, 0)));
    assert_eq!(check(&[1; 16], &[3; 2]), ([1; 16], [0; 8], vec![attribute("span_id", "0303")], (1, 0)));
}

#[test]
fn bodies_and_lists_beyond_their_limit_are_cut_and_counted() {
    let limits = Limits { body_bytes_max: 8, attributes_max: 2, value_bytes_max: 4, ..Limits::default() };
    let check = |change: &dyn Fn(&mut LogRecord), cut: u32| {
        let mut record = line("");
        change(&mut record);
        let request = request("", vec![record]);
        assert_eq!(accept_with(&request, &door(&limits)).attributes_cut, cut);
        append(&request, &TenantBinding::Trusted, &limits).0
    };
    let body = |text: &str| Some(any(Value::StringValue(text.to_owned())));
    let batch = check(&|r| r.body = body("1234567\u{e9}"), 1);
    assert_eq!(text(batch.body.get(0)), "1234567");
    let batch = check(&|r| r.body = Some(any(Value::BytesValue(vec![0; 9]))), 1);
    assert_eq!(text(batch.body.get(0)), "AAAAAAAA");
    let many = |count: i64| (0..count).map(|n| attribute(&format!("k{n}"), Value::IntValue(n))).collect();
    let batch = check(&|r| (r.attributes, r.dropped_attributes_count) = (many(5), 7), 3);
    assert_eq!((batch.num_attrs.values.len(), batch.dropped[0]), (2, 10));
    let batch = check(&|r| r.severity_text = "WARNING".to_owned(), 1);
    assert_eq!((text(batch.severity_text.get(0)), batch.severity_number[0]), ("WARN", 13));
}

#[test]
fn records_are_rejected_one_by_one() {
    let limits = Limits { records_max: 3, ..Limits::default() };
    let mut bad = line("text");
    bad.event_name = "\u{7f}".to_owned();
    let mut bytes = request("", vec![line("a"), bad, line("c")]).encode_to_vec();
    // The one byte of the name is no UTF-8 any more.
    let at = bytes.windows(3).position(|window| window == [0x62, 1, 0x7f]).unwrap();
    bytes[at + 2] = 0xff;
    let accepted = accept_logs(Bytes::from(bytes), &door(&limits)).unwrap();
    assert_eq!((accepted.slices.len(), &accepted.rejected[..]), (2, &[(RejectReason::BadUtf8, 1)][..]));
    assert_eq!(accepted.message.as_deref(), Some("rejected 1 log records: 1 bad_utf8 (texts are UTF-8)"));
    let kept = ExportLogsServiceRequest::decode(accepted.body).unwrap();
    assert_eq!(kept, request("", vec![line("a"), line("c")]));
    let many = request("", vec![line("x"); 4]).encode_to_vec();
    let refused = accept_logs(Bytes::from(many), &door(&limits)).unwrap_err();
    assert_eq!(refused.kind(), Kind::TooLarge);
}

#[test]
fn low_severities_are_rejected_while_the_door_says_so() {
    let limits = Limits::default();
    let numbered = |severity_number| LogRecord { severity_number, ..line("x") };
    let request = request("", [0, 5, 8, 9, 17].map(numbered).to_vec());
    let low = Door { severity_min: 9, ..door(&limits) };
    let accepted = accept_with(&request, &low);
    assert_eq!((accepted.slices.len(), accepted.rejected), (3, vec![(RejectReason::DiskFull, 2)]));
    assert_eq!(accept_with(&request, &door(&limits)).slices.len(), 5);
}

#[test]
fn the_tenant_of_a_record_follows_the_rules_of_spans() {
    let bound = TenantBinding::Bound(sightline_model::TenantId::parse("own").unwrap());
    let check = |binding: &TenantBinding, resource: &str, own: &str| {
        let record = LogRecord { attributes: attributes(own), ..line("x") };
        let (batch, appended) = append(&request(resource, vec![record]), binding, &Limits::default());
        assert_eq!(batch.resources[0].tenant.as_bytes(), batch.tenant.get(0));
        let moved = log_attributes(&batch, 0).contains_key("sightline.received.tenant.id");
        (text(batch.tenant.get(0)).to_owned(), moved, appended.tenant_overwritten)
    };
    let found = |tenant: &str| (tenant.to_owned(), false, 0);
    assert_eq!(check(&TenantBinding::Trusted, "tenant=r", "tenant.id=o"), found("o"));
    assert_eq!(check(&TenantBinding::Trusted, "tenant=r", ""), found("r"));
    assert_eq!(check(&TenantBinding::Trusted, "", "tenant_id=o"), found("o"));
    assert_eq!(check(&bound, "", "tenant_id=own"), found("own"));
    assert_eq!(check(&bound, "", "tenant_id=other"), ("own".to_owned(), true, 1));
}

#[test]
fn the_name_of_an_event_may_be_an_attribute() {
    let check = |field: &str, list: &str| {
        let record = LogRecord { event_name: field.to_owned(), attributes: attributes(list), ..line("x") };
        text(row(record).0.event_name.get(0)).to_owned()
    };
    assert_eq!(check("a", "event.name=b"), "a");
    assert_eq!(check("", "event.name=b"), "b");
    assert_eq!(check("", "otel.event.name=c"), "c");
    assert_eq!(check("", ""), "");
}

fn decode(json: &str) -> Result<ExportLogsServiceRequest, Kind> {
    logs_from_json(json.as_bytes(), &Limits::default())
        .map(|bytes| ExportLogsServiceRequest::decode(&*bytes).unwrap())
        .map_err(|bad| bad.kind())
}

fn of_json(fields: &str) -> Result<LogRecord, Kind> {
    decode(&format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{{fields}}}]}}]}}]}}"))
        .map(|request| request.resource_logs[0].scope_logs[0].log_records[0].clone())
}

#[test]
fn json_follows_the_specification_and_keeps_ids_that_are_no_hex() {
    let whole = LogRecord {
        time_unix_nano: 5,
        observed_time_unix_nano: 6,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(any(Value::StringValue("x".to_owned()))),
        attributes: vec![attribute("n", Value::IntValue(12))],
        dropped_attributes_count: 3,
        flags: 1,
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        event_name: "e".to_owned(),
    };
    let fields = format!(
        r#""timeUnixNano":"5","observedTimeUnixNano":6,"severityNumber":9,"severityText":"INFO",
        "body":{{"stringValue":"x"}},"attributes":[{{"key":"n","value":{{"intValue":"12"}}}}],
        "droppedAttributesCount":3,"flags":1,"traceId":"{}","spanId":"{}","eventName":"e","unknown":[{{}}]"#,
        "AB".repeat(16),
        "cd".repeat(8)
    );
    assert_eq!(of_json(&fields), Ok(whole));
    assert_eq!(of_json(r#""severityNumber":"SEVERITY_NUMBER_INFO""#), Err(Kind::Invalid));
    assert_eq!(of_json(r#""time_unix_nano":"5""#), Ok(LogRecord::default()), "snake case is unknown");
    let (batch, appended) = row(of_json(r#""traceId":"not-hex","spanId":"def456""#).unwrap());
    let kept: Vec<_> = log_attributes(&batch, 0).into_iter().collect();
    let text = |key: &str, value: &str| (key.to_owned(), Sent::Text(value.to_owned()));
    assert_eq!(kept, [text("span_id", "def456"), text("trace_id", "not-hex")]);
    assert_eq!((batch.trace_id[0], appended.trace_id_invalid), ([0; 16], 1));
    for json in
        ["[]", "{\"resourceLogs\":{}}", "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1]}]}]}", ""]
    {
        assert_eq!(decode(json), Err(Kind::Invalid), "{json}");
    }
    let limits = Limits { records_max: 1, ..Limits::default() };
    let two = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}"#;
    assert_eq!(logs_from_json(two, &limits).map_err(|e| e.kind()), Err(Kind::TooLarge));
}
