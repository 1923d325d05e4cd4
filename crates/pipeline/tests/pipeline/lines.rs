//! Requests of log records, made with the structs of `opentelemetry-proto`.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::spans;

/// A text as a body.
pub(crate) fn body(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(any_value::Value::StringValue(text.to_owned())) })
}

/// A record of a minute ago; the number is in its body and decides its trace.
pub(crate) fn record(number: u64) -> LogRecord {
    let mut trace_id = [0x5A; 16];
    trace_id[..8].copy_from_slice(&(number / 4 + 1).to_be_bytes());
    let now = spans::now();
    LogRecord {
        time_unix_nano: now - 60_000_000_000,
        observed_time_unix_nano: now - 59_000_000_000,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: body(&format!("invoice {number} was paid")),
        attributes: vec![spans::text("invoice_id", &format!("inv-{number}")), spans::int("amount", 12)],
        trace_id: trace_id.to_vec(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        ..LogRecord::default()
    }
}

/// A request of one service.
pub(crate) fn request(service: &str, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let resource = Resource {
        attributes: vec![
            spans::text("service.name", service),
            spans::text("deployment.environment.name", "test"),
        ],
        ..Resource::default()
    };
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }
}

/// So many records of a service, encoded.
pub(crate) fn bytes(service: &str, first: u64, count: u64) -> Vec<u8> {
    request(service, (first..first + count).map(record).collect()).encode_to_vec()
}
