//! Log records as the services of the platform write them: seven kinds of lines, three attributes, seven in ten in a
//! trace, which has four of them on average in two spans. One line in a million names [`RARE`].

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::attributes::{double, text};
use super::spans::{SERVICES, resource};

/// A word that one line in a million has.
pub(crate) const RARE: &str = "quarantined";
/// A word that nine lines in a hundred have.
pub(crate) const FREQUENT: &str = "registered";
/// What is inside of a word of three lines in a hundred.
pub(crate) const INSIDE: &str = "ternal:84";
/// Lines between two that have the rare word.
const RARE_EVERY: u64 = 1_000_000;
/// Resources of a request.
const RESOURCES: usize = 4;

/// An endless sequence of requests whose lines lie a fixed time apart.
pub(crate) struct Lines {
    rng: StdRng,
    per_request: usize,
    made: u64,
    /// Trace and span that lines are being written in.
    within: (Vec<u8>, Vec<u8>),
}

impl Lines {
    pub(crate) fn new(seed: u64, per_request: usize) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed ^ 0x1065),
            per_request,
            made: 0,
            within: (vec![1; 16], vec![1; 8]),
        }
    }

    /// Makes the next request; its first line has that time (Unix nanoseconds), the others follow `apart`.
    pub(crate) fn next(&mut self, first: u64, apart: u64) -> ExportLogsServiceRequest {
        let each = self.per_request / RESOURCES;
        let mut time = first;
        let resource_logs = (0..RESOURCES).map(|at| {
            let count = if at == 0 { self.per_request - each * (RESOURCES - 1) } else { each };
            let records = (0..count).map(|_| {
                time += apart;
                self.record(time - apart)
            });
            let log_records = records.collect();
            let service = SERVICES[self.rng.random_range(0..SERVICES.len())];
            let scope = InstrumentationScope { name: format!("{service}.log"), ..Default::default() };
            ResourceLogs {
                resource: Some(resource(service, self.rng.random_range(0..3))),
                scope_logs: vec![ScopeLogs { scope: Some(scope), log_records, schema_url: String::new() }],
                schema_url: String::new(),
            }
        });
        ExportLogsServiceRequest { resource_logs: resource_logs.collect() }
    }

    fn record(&mut self, time: u64) -> LogRecord {
        self.made += 1;
        let is_rare = self.made.is_multiple_of(RARE_EVERY);
        let rng = &mut self.rng;
        let invoice = format!("inv-{:08x}", rng.random::<u32>());
        let amount = f64::from(rng.random_range(100_u32..100_000)) / 100.0;
        let (severity, body) = line(rng, &invoice, amount, is_rare);
        let in_trace = rng.random_range(0..10) < 7;
        if in_trace && rng.random_range(0..4) == 0 {
            self.within.0 = rng.random_range(1..=u128::MAX).to_be_bytes().to_vec();
        }
        if in_trace && rng.random_range(0..2) == 0 {
            self.within.1 = rng.random_range(1..=u64::MAX).to_be_bytes().to_vec();
        }
        let (trace_id, span_id) = if in_trace { self.within.clone() } else { Default::default() };
        let tenant = rng.random_range(0..25).min(rng.random_range(0..25)) + 1;
        LogRecord {
            time_unix_nano: time,
            observed_time_unix_nano: time + 400_000,
            severity_number: severity,
            severity_text: if severity > 16 {
                "ERROR"
            } else if severity > 12 {
                "WARN"
            } else {
                "INFO"
            }
            .to_owned(),
            body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
            attributes: vec![
                text("tenant.id", format!("tenant-{tenant:03}")),
                text("invoice_id", invoice),
                double("amount", amount),
            ],
            trace_id,
            span_id,
            ..LogRecord::default()
        }
    }
}

/// Returns severity number and body of a line.
fn line(rng: &mut StdRng, invoice: &str, amount: f64, is_rare: bool) -> (i32, String) {
    if is_rare {
        return (17, format!("invoice {invoice} is {RARE}: amount {amount:.2} EUR differs from the order"));
    }
    let small = rng.random_range(1..250);
    match rng.random_range(0..100) {
        0..30 => {
            (9, format!("invoice {invoice} for customer cust-{small:05} created, amount {amount:.2} EUR"))
        }
        30..50 => (9, format!("login of user-{small} from 10.4.{}.{small} accepted", small % 8)),
        50..75 => (9, format!("GET /api/invoices/{invoice} answered 200 in {small} ms")),
        75..80 => (13, format!("payment of {amount:.2} EUR by card refused: insufficient funds")),
        80..88 => (9, format!("connection pool billing has {} of 16 connections in use", small % 17)),
        88..97 => (9, format!("device dev-{small:05} {FREQUENT} on olt-{} port {}", small % 40, small % 16)),
        _ => (
            17,
            format!("upstream payments-{}.internal:8443 timed out after 2000 ms, attempt 2 of 3", small % 4),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_words_that_are_searched_for_as_often_as_is_said() {
        let mut lines = Lines::new(7, 500);
        let mut bodies = Vec::new();
        for request in 0..40 {
            let next = lines.next(request * 1_000_000, 2_000);
            let records =
                next.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|s| s.log_records);
            bodies.extend(records.filter_map(|r| match r.body?.value? {
                Value::StringValue(body) => Some(body),
                _ => None,
            }));
        }
        assert_eq!(bodies.len(), 20_000);
        let with = |what: &str| bodies.iter().filter(|body| body.contains(what)).count();
        assert!((1_600..2_000).contains(&with(FREQUENT)), "{}", with(FREQUENT));
        assert!((450..750).contains(&with(INSIDE)), "{}", with(INSIDE));
        assert_eq!(with(RARE), 0, "one in a million");
        let mean = bodies.iter().map(String::len).sum::<usize>() / bodies.len();
        assert!((50..80).contains(&mean), "{mean} bytes a body");
    }
}
