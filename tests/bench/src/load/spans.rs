//! Requests of the demo's flows: ten services, traces of ten spans, 2 % errors with an exception, 1 % links.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::attributes::{Work, more, text, twelve};
use super::flow::{Flow, Flows};

/// How rich the spans are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Preset {
    /// 12 attributes, about 540 bytes: what the goals are set for.
    Std,
    /// 12 to 20 attributes.
    Rich,
}

/// What the load looks like.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The same seed gives the same spans (their times follow the clock).
    pub seed: u64,
    /// How rich the spans are.
    pub preset: Preset,
    /// Spans of a request.
    pub spans: usize,
}

/// Spans of a trace: half of them HTTP, three statements, two messages.
const TRACE: [Work; 10] = [
    Work::Http,
    Work::Http,
    Work::Database,
    Work::Http,
    Work::Database,
    Work::Http,
    Work::Messaging,
    Work::Http,
    Work::Database,
    Work::Messaging,
];
/// Resources of a request.
const RESOURCES: usize = 4;
/// Services of the platform.
pub(crate) const SERVICES: [&str; 10] = [
    "api-gateway",
    "identity",
    "billing",
    "payments",
    "ledger",
    "mailer",
    "reports",
    "catalogue",
    "audit",
    "scheduler",
];

/// An endless sequence of requests.
pub(crate) struct Requests {
    shape: Shape,
    flows: Flows,
    rng: StdRng,
    /// Unix nanoseconds at which the newest span ends, about.
    now: u64,
}

impl Requests {
    pub(crate) fn new(shape: Shape, now: u64) -> Self {
        let rng = StdRng::seed_from_u64(shape.seed ^ 0xbe9c);
        Self { shape, flows: Flows::new(shape.seed), rng, now }
    }

    /// Moves the end of the newest span to that instant (Unix nanoseconds).
    pub(crate) const fn at(&mut self, now: u64) {
        self.now = now;
    }

    fn trace(&mut self, flow: &Flow, count: usize) -> Vec<Span> {
        let trace_id = flow.trace_id.to_vec();
        let start = self.now - self.rng.random_range(50_000_000..20_000_000_000);
        let mut spans: Vec<Span> = Vec::with_capacity(count);
        for (at, work) in TRACE.into_iter().take(count).enumerate() {
            let parent = match spans.get(at / 2) {
                Some(parent) => parent.span_id.clone(),
                None => flow.caller.to_vec(),
            };
            let offset = u64::try_from(at).unwrap_or(0) * 700_000;
            spans.push(self.span(flow, work, (trace_id.clone(), parent), start + offset));
        }
        spans
    }

    fn span(&mut self, flow: &Flow, work: Work, (trace_id, parent): (Vec<u8>, Vec<u8>), start: u64) -> Span {
        let rng = &mut self.rng;
        let is_error = rng.random_range(0..50) == 0;
        let (name, kind) = match work {
            Work::Http => (format!("{} {}", flow.method, flow.route), 2),
            Work::Database => ("SELECT billing".to_owned(), 3),
            Work::Messaging => ("send invoice-events".to_owned(), 4),
        };
        let mut attributes = twelve(work, flow, is_error, rng);
        if self.shape.preset == Preset::Rich {
            attributes.extend(more(flow, rng));
        }
        // Log-normal, about: the product of uniform numbers has the long tail that latencies have.
        let spread = (0..4).fold(1.0, |product: f64, _| product * rng.random_range(0.4_f64..2.6));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 77 us to 137 ms")]
        let duration = (3_000_000.0 * spread) as u64;
        Span {
            trace_id,
            span_id: rng.random_range(1..=u64::MAX).to_be_bytes().to_vec(),
            parent_span_id: parent,
            name,
            kind,
            start_time_unix_nano: start,
            end_time_unix_nano: start + duration,
            attributes,
            events: if is_error { vec![exception(start + duration)] } else { Vec::new() },
            links: if rng.random_range(0..100) == 0 { vec![link(rng)] } else { Vec::new() },
            status: is_error.then(|| Status { code: 2, message: "upstream is not available".to_owned() }),
            flags: 0x101,
            ..Span::default()
        }
    }
}

impl Iterator for Requests {
    type Item = ExportTraceServiceRequest;

    fn next(&mut self) -> Option<Self::Item> {
        let mut groups: [Vec<Span>; RESOURCES] = Default::default();
        let mut missing = self.shape.spans;
        while missing > 0 {
            let flow = self.flows.next();
            let spans = self.trace(&flow, missing.min(TRACE.len()));
            missing -= spans.len();
            spans.into_iter().enumerate().for_each(|(at, span)| groups[at % RESOURCES].push(span));
        }
        let first = self.rng.random_range(0..SERVICES.len());
        let resource_spans = groups.into_iter().enumerate().map(|(at, spans)| {
            let service = SERVICES[(first + at) % SERVICES.len()];
            let scope = InstrumentationScope { name: format!("{service}.http"), ..Default::default() };
            ResourceSpans {
                resource: Some(resource(service, self.rng.random_range(0..3))),
                scope_spans: vec![ScopeSpans { scope: Some(scope), spans, schema_url: String::new() }],
                schema_url: String::new(),
            }
        });
        Some(ExportTraceServiceRequest { resource_spans: resource_spans.collect() })
    }
}

pub(crate) fn resource(service: &str, instance: u32) -> Resource {
    let attributes = vec![
        text("service.name", service),
        text("service.version", "4.2.1"),
        text("service.instance.id", format!("{service}-{instance}")),
        text("deployment.environment.name", "production"),
        text("host.name", format!("node-{instance}")),
    ];
    Resource { attributes, ..Resource::default() }
}

fn exception(at: u64) -> Event {
    let attributes = vec![
        text("exception.type", "UpstreamError"),
        text("exception.message", "connection refused by payments-1.internal:8443"),
        text("exception.stacktrace", "at payments::client::send\nat billing::pay\nat axum::handler"),
    ];
    Event { time_unix_nano: at, name: "exception".to_owned(), attributes, dropped_attributes_count: 0 }
}

fn link(rng: &mut StdRng) -> Link {
    let trace_id = rng.random_range(1..=u128::MAX).to_be_bytes().to_vec();
    Link { trace_id, span_id: rng.random_range(1..=u64::MAX).to_be_bytes().to_vec(), ..Link::default() }
}
