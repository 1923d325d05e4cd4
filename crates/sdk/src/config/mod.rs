//! Settings: fields with defaults that work; `env` fills them from variables, `file` from the `signoz:` block.

mod env;
mod file;

use std::time::Duration;

/// Where a signal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exporter {
    /// OTLP over gRPC.
    Otlp,
    /// One JSON line per request on standard output.
    Console,
    /// Nowhere.
    None,
}

/// Which traces are recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampling {
    /// All.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// This share of the traces that start here; others as their parent was.
    ParentBasedRatio(f64),
}

/// How log events are printed, besides being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// JSON with the nine keys `timestamp, level, service, trace_id, span_id, tenant_id, user_id, message, attributes`,
    /// one line an event, on standard output.
    Json,
    /// Text for people, on standard error.
    Text,
    /// Not at all.
    Off,
}

/// A receiver and its share of the export requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// `http://host:port`, `https://host:port`.
    pub endpoint: String,
    /// Requests go to collectors in proportion to their weights; at least 1.
    pub weight: u32,
}

impl Collector {
    /// Makes a collector of weight 1; the endpoint may lack its scheme, which is `http://` then.
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        let endpoint =
            if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
        Self { endpoint, weight: 1 }
    }

    /// Sets the weight.
    #[must_use]
    pub const fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }
}

/// What is tried when a receiver does not acknowledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Attempts per batch and collector, then the next collector's turn comes. Default 3.
    pub attempts_max: u32,
    /// Bound of the first pause, which is drawn from zero to it; doubles with each attempt. Default 200 ms.
    pub pause_first: Duration,
    /// Longest bound, and the pause after every collector failed. Default 5 s.
    pub pause_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts_max: 3, pause_first: Duration::from_millis(200), pause_max: Duration::from_secs(5) }
    }
}

/// What may differ from signal to signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// `OTEL_{TRACES,METRICS,LOGS}_EXPORTER`: `otlp` (default), `console`, `none`; `OTEL_SDK_DISABLED=true` is `none`.
    pub exporter: Exporter,
    /// `OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_ENDPOINT`: in place of the collectors.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_HEADERS`: in place of the common headers.
    pub headers: Option<Vec<(String, String)>>,
    /// What may wait, in spans, log records or metric points; the oldest is dropped and counted beyond it.
    pub queue_max: usize,
    /// Records in one request.
    pub batch_max: usize,
    /// How long a record waits for its batch.
    pub batch_delay: Duration,
}

impl Default for Signal {
    fn default() -> Self {
        Self {
            exporter: Exporter::Otlp,
            endpoint: None,
            headers: None,
            queue_max: 8_192,
            batch_max: 512,
            batch_delay: Duration::from_secs(1),
        }
    }
}

/// The settings of the SDK. `Config::from_env` reads them; fields may then be changed before [`init_with`](crate::init_with).
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `service.name`; from `OTEL_SERVICE_NAME`, else `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:<program>`.
    pub service_name: Option<String>,
    /// `OTEL_RESOURCE_ATTRIBUTES`, as written.
    pub resource_attributes: Vec<(String, String)>,
    /// In this order: code, `OTEL_EXPORTER_OTLP_ENDPOINT`, `signoz.collectors` of the file `SIGHTLINE_SDK_CONFIG`,
    /// `SIGNOZ_ENDPOINT`, `http://localhost:4317`. Never empty in effect: an empty list is the default.
    pub collectors: Vec<Collector>,
    /// `signoz.retry_policy` of the file.
    pub retry: Retry,
    /// `OTEL_EXPORTER_OTLP_HEADERS`, and `signoz-access-token` from `SIGNOZ_ACCESS_TOKEN`.
    pub headers: Vec<(String, String)>,
    /// `OTEL_EXPORTER_OTLP_TIMEOUT` (ms, default 10 s): one attempt.
    pub attempt_timeout: Duration,
    /// Spans; `OTEL_BSP_*` give queue, batch and delay.
    pub traces: Signal,
    /// Log records; `OTEL_BLRP_*` give queue, batch and delay.
    pub logs: Signal,
    /// Metrics; the queue holds 100,000 points, so ten minutes of 1,500 series.
    pub metrics: Signal,
    /// `OTEL_METRIC_EXPORT_INTERVAL` (ms, default 10 s).
    pub metric_interval: Duration,
    /// Tenants that metric points name, at most (default 500); points of further tenants carry no tenant and are
    /// counted in `sightline.sdk.metric.tenants_folded`.
    pub metric_tenants_max: usize,
    /// Whether `process.*` and, in a container, `container.*` are sent (default true; Linux, feature `process`).
    pub process_metrics: bool,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampling: Sampling,
    /// `SIGHTLINE_SDK_LINES`: `json` (default), `text`, `off`.
    pub lines: Lines,
    /// What was not understood; printed once at start.
    pub problems: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            service_name: None,
            resource_attributes: Vec::new(),
            collectors: Vec::new(),
            retry: Retry::default(),
            headers: Vec::new(),
            attempt_timeout: Duration::from_secs(10),
            traces: Signal::default(),
            logs: Signal::default(),
            metrics: Signal { queue_max: 100_000, batch_max: 1, ..Signal::default() },
            metric_interval: Duration::from_secs(10),
            metric_tenants_max: 500,
            process_metrics: true,
            sampling: Sampling::ParentBasedRatio(1.0),
            lines: Lines::Json,
            problems: Vec::new(),
        }
    }
}

impl Config {
    /// Where a signal goes: its own endpoint, else the collectors, else this machine.
    pub(crate) fn collectors_of(&self, signal: &Signal) -> Vec<Collector> {
        match &signal.endpoint {
            Some(endpoint) => vec![Collector::new(endpoint)],
            None if self.collectors.is_empty() => vec![Collector::new("http://localhost:4317")],
            None => self.collectors.clone(),
        }
    }

    /// Tells whether nothing is to be exported at all.
    pub(crate) fn is_off(&self) -> bool {
        [&self.traces, &self.logs, &self.metrics].iter().all(|signal| signal.exporter == Exporter::None)
    }
}
