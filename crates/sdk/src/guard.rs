//! Starting and ending: `init()` at the start of `main`, the guard at its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::export::{Processor, Queue, Stats, Worker};
use crate::{Config, Exporter, Sampling, resource};

/// How long ending may take.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint or a header is malformed.
    #[error(
        "`{endpoint}` cannot be used as OTLP endpoint: {detail}; set OTEL_EXPORTER_OTLP_ENDPOINT to http://host:4317"
    )]
    Endpoint {
        /// As configured.
        endpoint: String,
        /// What is wrong.
        detail: String,
    },
    /// The system refused a thread or its runtime.
    #[error("cannot start the exporter thread: {0}")]
    Thread(std::io::Error),
}

/// Keeps telemetry running; when it is dropped, what is queued is sent (at most 5 s) and telemetry ends.
#[derive(Debug)]
#[must_use = "telemetry ends when the guard is dropped; keep it until the end of `main`"]
pub struct Guard {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    queue: Arc<Queue>,
    worker: Mutex<Worker>,
}

/// Starts telemetry from the environment, and `tracing` with it. Problems are printed on standard error; the host
/// application starts in any case.
pub fn init() -> Guard {
    init_with(&Config::from_env())
}

/// Starts telemetry with these settings, and `tracing` with it.
#[expect(
    clippy::print_stderr,
    reason = "there may be no log yet; a service that is not observed must say so"
)]
pub fn init_with(config: &Config) -> Guard {
    for problem in &config.problems {
        eprintln!("sightline-sdk: {problem}");
    }
    let guard = Guard::start(config).unwrap_or_else(|error| {
        eprintln!("sightline-sdk: telemetry is off: {error}");
        Guard { running: None }
    });
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,h2=warn,hyper=warn,tonic=warn"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    if tracing_subscriber::registry().with(lines).with(layer()).try_init().is_err() {
        eprintln!("sightline-sdk: `tracing` has a subscriber already; add `sightline_sdk::layer()` to it");
    }
    guard
}

/// The layer that turns `tracing` spans (level info and above) into OpenTelemetry spans, for an own subscriber.
pub fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let from_own_crates = tracing_subscriber::filter::filter_fn(|metadata| {
        let target = metadata.target();
        let is_transport = ["h2", "hyper", "tonic", "tower", "reqwest", "rustls", "sqlx"]
            .iter()
            .any(|t| target.starts_with(t));
        metadata.is_span() && !is_transport && *metadata.level() <= tracing::Level::INFO
    });
    tracing_opentelemetry::layer()
        .with_tracer(global::tracer_provider().tracer("tracing"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(from_own_crates)
}

impl Guard {
    fn start(config: &Config) -> Result<Self, Error> {
        if config.exporter == Exporter::None {
            return Ok(Self { running: None });
        }
        let queue = Arc::new(Queue::new(config.queue_spans_max, config.batch_spans_max));
        let resource = resource::build(config);
        let worker = Worker::start(config, &resource, Arc::clone(&queue))?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler(config.sampling))
            .with_span_processor(Processor::new(Arc::clone(&queue)))
            .build();
        global::set_tracer_provider(provider);
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Self { running: Some(Running { queue, worker: Mutex::new(worker) }) })
    }

    /// Returns what became of the spans so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.running.as_ref().map(|running| running.queue.stats()).unwrap_or_default()
    }

    /// Sends what is queued now; true when everything was settled within the time. Safe on any thread and runtime.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.running.as_ref().is_none_or(|running| running.queue.flush(timeout))
    }

    /// Sends what is queued (at most 5 s), ends the exporter and returns what became of all spans.
    pub fn shutdown(mut self) -> Stats {
        self.end()
    }

    fn end(&mut self) -> Stats {
        let Some(running) = self.running.take() else { return Stats::default() };
        running.queue.close();
        if !running.queue.flush(SHUTDOWN) {
            tracing::warn!(target: "sightline_sdk", "telemetry was not acknowledged within {SHUTDOWN:?} at shutdown");
        }
        running.worker.lock().unwrap_or_else(PoisonError::into_inner).stop();
        running.queue.stats()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end();
    }
}

fn sampler(sampling: Sampling) -> Sampler {
    match sampling {
        Sampling::AlwaysOn => Sampler::AlwaysOn,
        Sampling::AlwaysOff => Sampler::AlwaysOff,
        Sampling::ParentBasedRatio(ratio) if ratio >= 1.0 => {
            Sampler::ParentBased(Box::new(Sampler::AlwaysOn))
        }
        Sampling::ParentBasedRatio(ratio) => {
            Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)))
        }
    }
}
