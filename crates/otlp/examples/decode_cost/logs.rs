//! Seeded requests of log records: a body of about 75 bytes, three attributes, six of ten with a trace; or the same as
//! lines of JSON in DotMac's format, as a Collector sends what it tails.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

use crate::seeded::{NOW, RECORDS, Random, any, int, resource, text};

const LEVELS: [(i32, &str); 4] = [(5, "DEBUG"), (9, "INFO"), (13, "WARNING"), (17, "ERROR")];

/// A request of records.
pub(crate) fn request(random: &mut Random) -> ExportLogsServiceRequest {
    of(random, record)
}

/// A request of lines.
pub(crate) fn lines(random: &mut Random) -> ExportLogsServiceRequest {
    of(random, line)
}

fn of(random: &mut Random, make: fn(&mut Random) -> LogRecord) -> ExportLogsServiceRequest {
    let log_records = (0..RECORDS).map(|_| make(random)).collect();
    let scope =
        InstrumentationScope { name: "billing.invoices".to_owned(), ..InstrumentationScope::default() };
    let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, schema_url: String::new() }];
    let resource = Some(resource(random));
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, schema_url: String::new() }],
    }
}

fn body(random: &mut Random) -> String {
    let (id, tenant, ms) = (random.below(1 << 32), random.below(25), random.below(900));
    format!("payment {id:08x} of tenant {tenant} was settled by the provider in {ms} ms")
}

fn record(random: &mut Random) -> LogRecord {
    let (severity_number, severity_text) = LEVELS[usize::try_from(random.below(4)).unwrap_or(0)];
    let has_trace = random.below(10) < 6;
    let id = |random: &mut Random| random.next().to_be_bytes().to_vec();
    let body = body(random);
    LogRecord {
        time_unix_nano: NOW - random.below(1_000_000_000),
        observed_time_unix_nano: NOW,
        severity_number,
        severity_text: severity_text.to_owned(),
        body: Some(any(Value::StringValue(body))),
        attributes: vec![
            text("tenant.id", format!("tenant-{:03}", random.below(25))),
            text("invoice_id", format!("INV-{:06}", random.below(1_000_000))),
            int("amount", random.below(100_000)),
        ],
        trace_id: if has_trace { [id(random), id(random)].concat() } else { Vec::new() },
        span_id: if has_trace { id(random) } else { Vec::new() },
        ..LogRecord::default()
    }
}

fn line(random: &mut Random) -> LogRecord {
    let (_, level) = LEVELS[usize::try_from(random.below(4)).unwrap_or(0)];
    let line = format!(
        "{{\"timestamp\":\"2025-11-24T15:59:59.{:06}Z\",\"level\":\"{level}\",\"service\":\"dotmac_billing\",\
         \"trace_id\":\"{:016x}{:016x}\",\"span_id\":\"{:016x}\",\"tenant_id\":\"tenant-{:03}\",\
         \"user_id\":\"user-{}\",\"message\":\"{}\",\"attributes\":{{\"invoice_id\":\"INV-{:06}\",\"amount\":{}}}}}",
        random.below(1_000_000),
        random.next(),
        random.next(),
        random.next(),
        random.below(25),
        random.below(5000),
        body(random),
        random.below(1_000_000),
        random.below(100_000),
    );
    let body = Some(any(Value::StringValue(line)));
    LogRecord { observed_time_unix_nano: NOW, body, ..LogRecord::default() }
}
