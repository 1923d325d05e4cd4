//! Random requests of log records, encoded by prost, walked by us: every column compared with what prost says.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use prost::Message as _;
use sightline_model::{RejectReason, TenantBinding};
use sightline_otlp::semconv::normalise_service;
use sightline_otlp::{Limits, LogBatch, logs_from_json};

use crate::build::{DAY, NOW, ORG, any as any_value, door, text};
use crate::differential::{as_text, attributes, compare_attributes, ids, normal_text, texts, values};
use crate::logs::{accept_with, append};
use crate::read::log_attributes;

fn times() -> impl Strategy<Value = u64> {
    let near = u64::try_from(NOW - DAY).unwrap()..u64::try_from(NOW).unwrap();
    prop_oneof![8 => near, 2 => Just(0), 1 => proptest::num::u64::ANY, 1 => Just(1)]
}

/// Ids that are whole or absent; what becomes of others is told elsewhere.
fn good_ids(len: usize) -> impl Strategy<Value = Vec<u8>> {
    ids(len).prop_map(move |id| if id.len() == len { id } else { Vec::new() })
}

prop_compose! {
    fn records()(
        (time, observed) in (times(), times()),
        (severity_number, severity_text, event_name) in (-1..27_i32, texts(), texts()),
        body in prop::option::of(values()),
        attributes in attributes(),
        (dropped, flags) in (any::<u32>(), any::<u32>()),
        (trace_id, span_id) in (good_ids(16), good_ids(8)),
    ) -> LogRecord {
        LogRecord {
            time_unix_nano: time,
            observed_time_unix_nano: observed,
            severity_number, severity_text, event_name, attributes, flags, trace_id, span_id,
            body: body.map(any_value),
            dropped_attributes_count: dropped,
        }
    }
}

fn scopes() -> impl Strategy<Value = ScopeLogs> {
    let scope = (texts(), attributes()).prop_map(|(name, attributes)| InstrumentationScope {
        name,
        attributes,
        ..InstrumentationScope::default()
    });
    (prop::option::of(scope), prop::collection::vec(records(), 0..5), texts())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url })
}

fn resources() -> impl Strategy<Value = ResourceLogs> {
    let resource = (attributes(), texts()).prop_map(|(mut attributes, name)| {
        attributes.push(crate::build::attribute("service.name", Value::StringValue(name)));
        Resource { attributes, ..Resource::default() }
    });
    (prop::option::of(resource), prop::collection::vec(scopes(), 0..3), texts())
        .prop_map(|(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url })
}

fn requests() -> impl Strategy<Value = ExportLogsServiceRequest> {
    prop::collection::vec(resources(), 0..3)
        .prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

/// The time that a record gets; none if it is when the record arrived.
fn time_of(record: &LogRecord) -> Option<u64> {
    let newest = u64::try_from(NOW + 600 * 1_000_000_000).unwrap();
    let can_be = |time: u64| (time != 0 && time <= newest).then_some(time);
    can_be(record.time_unix_nano).or(can_be(record.observed_time_unix_nano))
}

fn is_too_old(record: &LogRecord) -> bool {
    time_of(record).is_some_and(|time| time < u64::try_from(NOW - 7 * DAY).unwrap())
}

fn without_old(request: &ExportLogsServiceRequest) -> (ExportLogsServiceRequest, u32) {
    let (mut kept, mut old) = (request.clone(), 0);
    kept.resource_logs.retain_mut(|resource| {
        let before = resource.scope_logs.len();
        resource.scope_logs.retain_mut(|scope| {
            let before = scope.log_records.len();
            scope.log_records.retain(|record| !is_too_old(record));
            old += u32::try_from(before - scope.log_records.len()).unwrap();
            before == scope.log_records.len() || !scope.log_records.is_empty()
        });
        before == resource.scope_logs.len() || !resource.scope_logs.is_empty()
    });
    (kept, old)
}

fn check_fields(batch: &LogBatch, row: usize, sent: &LogRecord) {
    let fixed = |id: &[u8], len: usize| if id.is_empty() { vec![0; len] } else { id.to_vec() };
    assert_eq!(batch.org[row], ORG.0);
    let ts = time_of(sent).map_or(NOW, |time| i64::try_from(time).unwrap());
    assert_eq!(batch.ts[row], ts);
    assert_eq!(batch.trace_id[row].to_vec(), fixed(&sent.trace_id, 16));
    assert_eq!(batch.span_id[row].to_vec(), fixed(&sent.span_id, 8));
    assert_eq!(text(batch.severity_text.get(row)), sent.severity_text);
    if (1..=24).contains(&sent.severity_number) {
        assert_eq!(i32::from(batch.severity_number[row]), sent.severity_number);
    }
    assert_eq!(text(batch.event_name.get(row)), sent.event_name);
    assert_eq!((batch.flags[row], batch.dropped[row]), (sent.flags, sent.dropped_attributes_count));
    let body = sent.body.clone().map_or(String::new(), |body| match body.value {
        Some(_) => as_text(&KeyValue { value: Some(body), ..KeyValue::default() }).1,
        None => String::new(),
    });
    let normal = |text: String| normal_text((String::new(), text)).1;
    assert_eq!(normal(text(batch.body.get(row)).to_owned()), normal(body));
}

/// A time in the future is kept beside the record, unless the sender uses the name itself.
fn check_attributes(batch: &LogBatch, row: usize, sent: &LogRecord) {
    let mut theirs = sent.attributes.clone();
    let newest = u64::try_from(NOW + 600 * 1_000_000_000).unwrap();
    if sent.time_unix_nano > newest && theirs.iter().all(|kv| kv.key != "timestamp") {
        let value = Some(any_text(&sent.time_unix_nano.to_string()));
        theirs.push(KeyValue { key: "timestamp".to_owned(), value, ..KeyValue::default() });
    }
    compare_attributes(log_attributes(batch, row), &theirs);
}

fn any_text(text: &str) -> opentelemetry_proto::tonic::common::v1::AnyValue {
    any_value(Value::StringValue(text.to_owned()))
}

fn check_resource(batch: &LogBatch, row: usize, sent: &ResourceLogs, scope: &ScopeLogs) {
    assert_eq!(text(batch.scope.get(row)), scope.scope.as_ref().map_or("", |scope| scope.name.as_str()));
    let found = batch.resources.iter().find(|r| r.resource_id == batch.resource_id[row]).unwrap();
    assert_eq!(
        (found.tenant.as_bytes(), found.service.as_bytes()),
        (batch.tenant.get(row), batch.service.get(row))
    );
    let attributes = sent.resource.as_ref().map(|r| r.attributes.as_slice()).unwrap_or_default();
    let theirs: BTreeMap<String, String> = attributes.iter().map(as_text).map(normal_text).collect();
    let ours: BTreeMap<String, String> =
        found.attrs.iter().map(|(k, v)| normal_text((k.to_string(), v.to_string()))).collect();
    assert_eq!(ours, theirs);
    let service = attributes.iter().rev().find(|kv| kv.key == "service.name").map(|kv| as_text(kv).1);
    assert_eq!(found.service.as_ref(), normalise_service(service.as_deref().unwrap_or_default()).as_ref());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn every_column_of_a_log_record_says_what_prost_says(request in requests()) {
        let limits = Limits::default();
        let accepted = accept_with(&request, &door(&limits));
        let (kept, old) = without_old(&request);
        let decoded = ExportLogsServiceRequest::decode(accepted.body.clone()).unwrap();
        prop_assert_eq!(&decoded, &kept);
        let expected = if old == 0 { vec![] } else { vec![(RejectReason::TooOld, old)] };
        prop_assert_eq!(accepted.rejected, expected);
        let (batch, _) = append(&kept, &TenantBinding::Trusted, &limits);
        prop_assert_eq!(batch.len(), accepted.slices.len());
        let mut row = 0;
        for resource in &kept.resource_logs {
            for scope in &resource.scope_logs {
                for sent in &scope.log_records {
                    check_fields(&batch, row, sent);
                    check_attributes(&batch, row, sent);
                    check_resource(&batch, row, resource, scope);
                    let slice = accepted.slices[row];
                    let bytes = slice.offset as usize..(slice.offset + slice.len) as usize;
                    prop_assert_eq!(&LogRecord::decode(&accepted.body[bytes]).unwrap(), sent);
                    row += 1;
                }
            }
        }
        prop_assert_eq!(row, batch.len());
    }

    #[test]
    fn log_records_that_prost_and_serde_write_are_read_back(request in requests()) {
        let json = serde_json::to_string(&request).unwrap();
        let theirs: ExportLogsServiceRequest = serde_json::from_str(&json).unwrap();
        let ours = logs_from_json(json.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(ExportLogsServiceRequest::decode(&*ours).unwrap(), theirs);
    }
}
