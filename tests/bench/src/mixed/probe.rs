//! How fresh answers are: a record of its own is sent, and asked for from its acknowledgement until an answer has it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tokio::sync::watch::Receiver;

use crate::Error;
use crate::load::{Connection, Export, SERVICES, framed, resource, unix_nanos};
use crate::spread::Figures;
use crate::subjects::Asker;

/// Between two probes.
const EVERY: Duration = Duration::from_secs(2);
/// Between two looks for one.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// After which one counts as lost: it stays in the figures with this value.
const GIVE_UP: Duration = Duration::from_secs(60);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// From acknowledged to found, in milliseconds.
    pub(super) freshness: Vec<(Export, Figures)>,
    /// Records that were sent.
    pub(super) sent: Vec<(Export, u64)>,
}

/// Probes spans and lines in turn until it is told to end.
pub(super) async fn run(address: SocketAddr, asker: Asker, ended: Receiver<bool>) -> Result<Probes, Error> {
    let mut lines = Connection::open(address, Export::Logs).await?;
    let mut spans = Connection::open(address, Export::Traces).await?;
    let (mut of_lines, mut of_spans) = (Figures::default(), Figures::default());
    while !*ended.borrow() {
        let nonce = unix_nanos();
        let word = format!("probe{nonce:x}");
        lines.export(framed(&line(&word, nonce))).await?;
        let asked = asker.clone();
        let filter = format!("\"{word}\"");
        of_lines.push(
            found_after(move || {
                let frame = asked.ask("/logs", &[("filter", &filter), ("from", "now-5m"), ("limit", "1")]);
                frame.is_ok_and(|frame| frame["rows"].as_u64().is_some_and(|rows| rows > 0))
            })
            .await?,
        );
        spans.export(framed(&span(nonce))).await?;
        let (asked, route) = (asker.clone(), format!("/traces/{nonce:032x}"));
        of_spans.push(found_after(move || asked.ask(&route, &[]).is_ok()).await?);
        tokio::time::sleep(EVERY).await;
    }
    let count = |figures: &Figures| u64::try_from(figures.len()).unwrap_or(0);
    let sent = vec![(Export::Logs, count(&of_lines)), (Export::Traces, count(&of_spans))];
    Ok(Probes { freshness: vec![(Export::Traces, of_spans), (Export::Logs, of_lines)], sent })
}

async fn found_after(look: impl Fn() -> bool + Send + 'static) -> Result<f64, Error> {
    let search = move || {
        let started = Instant::now();
        while !look() && started.elapsed() < GIVE_UP {
            std::thread::sleep(LOOK_EVERY);
        }
        started.elapsed().as_secs_f64() * 1e3
    };
    tokio::task::spawn_blocking(search).await.map_err(|e| super::broken(&e))
}

fn line(word: &str, now: u64) -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: now,
        severity_number: 9,
        body: Some(AnyValue { value: Some(Value::StringValue(word.to_owned())) }),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
    let resource = Some(resource(SERVICES[0], 0));
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }],
    }
}

fn span(now: u64) -> ExportTraceServiceRequest {
    let span = Span {
        trace_id: u128::from(now).to_be_bytes().to_vec(),
        span_id: now.to_be_bytes().to_vec(),
        name: "probe".to_owned(),
        kind: 1,
        start_time_unix_nano: now - 1_000_000,
        end_time_unix_nano: now,
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    let resource = Some(resource(SERVICES[0], 0));
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }],
    }
}
