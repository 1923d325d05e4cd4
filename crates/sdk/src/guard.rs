//! Starting and ending: `init()` at the start of `main`, the guard at its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::{Context, global};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::export::{Processor, Queues, Stats, Worker};
use crate::{Config, Exporter, Lines, logs, metrics, resource, sampler};

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

/// What became of everything so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Spans.
    pub spans: Stats,
    /// Log records.
    pub logs: Stats,
    /// Metric points; each export of a series is one.
    pub points: Stats,
    /// JSON lines that were dropped because nobody reads standard output.
    pub lines_dropped: u64,
}

/// Keeps telemetry running; when it is dropped, what is queued is sent (at most 5 s) and telemetry ends.
#[derive(Debug)]
#[must_use = "telemetry ends when the guard is dropped; keep it until the end of `main`"]
pub struct Guard {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    queues: Queues,
    worker: Mutex<Worker>,
    meters: Option<SdkMeterProvider>,
    sink: Arc<logs::Sink>,
}

impl Guard {
    /// A guard of nothing.
    pub(crate) const fn off() -> Self {
        Self { running: None }
    }

    /// Starts the exporters; logs go wherever `tracing` is subscribed already.
    pub(crate) fn start(config: &Config) -> Result<Self, Error> {
        if config.is_off() && config.lines != Lines::Json {
            return Ok(Self::off());
        }
        let queues = Queues::new(config);
        let (resource, service) = (resource::build(config), resource::service_name(config));
        let worker = Worker::start(config, &resource, queues.clone())?;
        let log_queue = (config.logs.exporter != Exporter::None).then(|| Arc::clone(&queues.logs));
        let sink = Arc::new(
            logs::Sink::new(service, log_queue, config.lines == Lines::Json).map_err(Error::Thread)?,
        );
        if config.traces.exporter != Exporter::None {
            let provider = SdkTracerProvider::builder()
                .with_resource(resource.clone())
                .with_sampler(sampler::of(config.sampling))
                .with_span_processor(Processor::new(Arc::clone(&queues.spans)))
                .build();
            global::set_tracer_provider(provider);
        }
        global::set_text_map_propagator(TraceContextPropagator::new());
        let meters = (config.metrics.exporter != Exporter::None)
            .then(|| metrics::start(config, resource, &queues, &worker));
        #[cfg(feature = "process")]
        if config.process_metrics && meters.is_some() {
            crate::process::observe_once();
        }
        logs::install(Some(Arc::clone(&sink)));
        Ok(Self { running: Some(Running { queues, worker: Mutex::new(worker), meters, sink }) })
    }

    /// Returns what became of everything so far.
    #[must_use]
    pub fn stats(&self) -> Totals {
        self.running.as_ref().map(Running::totals).unwrap_or_default()
    }

    /// Sends what is queued now, and the metrics as they stand; true when everything was settled within the time. Safe
    /// on any thread and runtime.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.running.as_ref().is_none_or(|running| running.flush(Instant::now() + timeout, false))
    }

    /// Sends what is queued (at most 5 s), ends the exporter and returns what became of everything.
    pub fn shutdown(mut self) -> Totals {
        self.end()
    }

    fn end(&mut self) -> Totals {
        let Some(running) = self.running.take() else { return Totals::default() };
        if !running.flush(Instant::now() + SHUTDOWN, true) {
            // Printed, not exported: the queues are closed.
            let _quiet = Context::enter_telemetry_suppressed_scope();
            tracing::warn!(target: "sightline_sdk", "telemetry was not acknowledged within {SHUTDOWN:?} at shutdown");
        }
        running.worker.lock().unwrap_or_else(PoisonError::into_inner).stop();
        running.totals()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn totals(&self) -> Totals {
        Totals {
            spans: self.queues.spans.stats(),
            logs: self.queues.logs.stats(),
            points: self.queues.points.stats(),
            lines_dropped: self.sink.lines_dropped(),
        }
    }

    /// Metrics are collected first, because the points are then queued; the three queues are emptied side by side.
    fn flush(&self, deadline: Instant, is_end: bool) -> bool {
        let collected =
            self.meters.as_ref().is_none_or(|provider| metrics::end_collecting(provider, is_end, deadline));
        if is_end {
            self.queues.spans.close();
            self.queues.logs.close();
            self.queues.points.close();
        }
        let sent = [
            self.queues.spans.flush(deadline),
            self.queues.logs.flush(deadline),
            self.queues.points.flush(deadline),
            self.sink.flush(deadline),
        ];
        collected && sent.iter().all(|is_in_time| *is_in_time)
    }
}
