//! Settings, from the variables that the OpenTelemetry specification names and from the two that SigNoz users know.

use std::time::Duration;

/// Where spans go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exporter {
    /// OTLP over gRPC.
    Otlp,
    /// One JSON line per span on standard output.
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

/// The settings of the SDK. `Config::from_env` reads them; fields may then be changed before [`init_with`](crate::init_with).
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `service.name`; from `OTEL_SERVICE_NAME`, else `OTEL_RESOURCE_ATTRIBUTES`, else `unknown_service:<program>`.
    pub service_name: Option<String>,
    /// `OTEL_RESOURCE_ATTRIBUTES`, as written.
    pub resource_attributes: Vec<(String, String)>,
    /// `OTEL_TRACES_EXPORTER`: `otlp` (default), `console`, `none`; `OTEL_SDK_DISABLED=true` is `none`.
    pub exporter: Exporter,
    /// In this order: code, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `SIGNOZ_ENDPOINT`,
    /// `http://localhost:4317`. With or without scheme.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`, and `signoz-access-token` from `SIGNOZ_ACCESS_TOKEN`.
    pub headers: Vec<(String, String)>,
    /// `OTEL_EXPORTER_OTLP_TIMEOUT` (ms, default 10 s): one attempt.
    pub attempt_timeout: Duration,
    /// `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
    pub sampling: Sampling,
    /// `OTEL_BSP_MAX_QUEUE_SIZE` (default 8,192): spans that wait; newer ones are dropped and counted when it is full.
    pub queue_spans_max: usize,
    /// `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` (default 512).
    pub batch_spans_max: usize,
    /// `OTEL_BSP_SCHEDULE_DELAY` (ms, default 1 s): how long a span waits for its batch.
    pub batch_delay: Duration,
    /// What was not understood; printed once at start.
    pub problems: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            service_name: None,
            resource_attributes: Vec::new(),
            exporter: Exporter::Otlp,
            endpoint: "http://localhost:4317".to_owned(),
            headers: Vec::new(),
            attempt_timeout: Duration::from_secs(10),
            sampling: Sampling::ParentBasedRatio(1.0),
            queue_spans_max: 8_192,
            batch_spans_max: 512,
            batch_delay: Duration::from_secs(1),
            problems: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the process's environment.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables through a function; an empty value counts as unset (OpenTelemetry specification, "Environment
    /// Variable Specification").
    #[must_use]
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| lookup(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut config = Self { service_name: get("OTEL_SERVICE_NAME"), ..Self::default() };
        config.read_resource(get("OTEL_RESOURCE_ATTRIBUTES"));
        config.read_exporter(get("OTEL_TRACES_EXPORTER").as_deref(), get("OTEL_SDK_DISABLED").as_deref());
        let endpoint = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .or_else(|| get("OTEL_EXPORTER_OTLP_ENDPOINT"))
            .or_else(|| get("SIGNOZ_ENDPOINT"));
        if let Some(endpoint) = endpoint {
            config.endpoint = with_scheme(&endpoint);
        }
        let headers = get("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| get("OTEL_EXPORTER_OTLP_HEADERS"));
        config.headers = headers.map(|text| pairs(&text)).unwrap_or_default();
        if let Some(token) = get("SIGNOZ_ACCESS_TOKEN") {
            config.headers.push(("signoz-access-token".to_owned(), token));
        }
        if let Some(protocol) = get("OTEL_EXPORTER_OTLP_PROTOCOL").filter(|p| p != "grpc") {
            config
                .problems
                .push(format!("OTEL_EXPORTER_OTLP_PROTOCOL=`{protocol}` is not supported, `grpc` is used"));
        }
        config.read_sampler(get("OTEL_TRACES_SAMPLER").as_deref(), get("OTEL_TRACES_SAMPLER_ARG").as_deref());
        config.read_limits(get);
        config
    }

    fn read_resource(&mut self, text: Option<String>) {
        self.resource_attributes = text.map(|text| pairs(&text)).unwrap_or_default();
    }

    fn read_exporter(&mut self, exporter: Option<&str>, disabled: Option<&str>) {
        self.exporter = match exporter {
            None | Some("otlp") => Exporter::Otlp,
            Some("console") => Exporter::Console,
            Some("none") => Exporter::None,
            Some(other) => {
                self.problems.push(format!(
                    "OTEL_TRACES_EXPORTER=`{other}`: use otlp, console or none; `otlp` is used"
                ));
                Exporter::Otlp
            }
        };
        if disabled.is_some_and(|d| d.eq_ignore_ascii_case("true")) {
            self.exporter = Exporter::None;
        }
    }

    fn read_sampler(&mut self, sampler: Option<&str>, argument: Option<&str>) {
        let ratio =
            argument.and_then(|a| a.parse::<f64>().ok()).filter(|r| (0.0..=1.0).contains(r)).unwrap_or(1.0);
        self.sampling = match sampler {
            None | Some("parentbased_always_on") => Sampling::ParentBasedRatio(1.0),
            Some("always_on") => Sampling::AlwaysOn,
            Some("always_off") => Sampling::AlwaysOff,
            Some("parentbased_always_off") => Sampling::ParentBasedRatio(0.0),
            Some("traceidratio" | "parentbased_traceidratio") => Sampling::ParentBasedRatio(ratio),
            Some(other) => {
                self.problems
                    .push(format!("OTEL_TRACES_SAMPLER=`{other}` is not known; all traces are recorded"));
                Sampling::ParentBasedRatio(1.0)
            }
        };
    }

    fn read_limits(&mut self, get: impl Fn(&str) -> Option<String>) {
        let mut number = |name: &str| {
            let text = get(name)?;
            let parsed = text.parse::<u64>().ok().filter(|n| *n > 0);
            if parsed.is_none() {
                self.problems.push(format!("{name}=`{text}` is not a positive number; the default is used"));
            }
            parsed
        };
        let queue = number("OTEL_BSP_MAX_QUEUE_SIZE");
        let batch = number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
        let delay = number("OTEL_BSP_SCHEDULE_DELAY");
        let timeout = number("OTEL_EXPORTER_OTLP_TIMEOUT");
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        self.queue_spans_max = queue.map_or(self.queue_spans_max, size);
        self.batch_spans_max = batch.map_or(self.batch_spans_max, size).min(self.queue_spans_max);
        self.batch_delay = delay.map_or(self.batch_delay, Duration::from_millis);
        self.attempt_timeout = timeout.map_or(self.attempt_timeout, Duration::from_millis);
    }
}

/// Adds `http://` to `host:port`.
fn with_scheme(endpoint: &str) -> String {
    if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") }
}

/// Reads `key=value,key=value`; values may be percent-encoded (W3C baggage form).
fn pairs(text: &str) -> Vec<(String, String)> {
    let split = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        (!key.is_empty()).then(|| (key.to_owned(), percent_decoded(value)))
    };
    text.split(',').filter_map(split).collect()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(env: &[(&str, &str)]) -> Config {
        Config::from_lookup(|name| env.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_endpoint_follows_the_documented_order() {
        for (env, want) in [
            (&[][..], "http://localhost:4317"),
            (&[("SIGNOZ_ENDPOINT", "collector:4317")], "http://collector:4317"),
            (
                &[("SIGNOZ_ENDPOINT", "http://a:1"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2")],
                "http://b:2",
            ),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2"),
                    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c:3"),
                ],
                "https://c:3",
            ),
        ] {
            assert_eq!(check(env).endpoint, want, "{env:?}");
        }
    }

    #[test]
    fn the_access_token_becomes_a_header() {
        let config = check(&[("SIGNOZ_ACCESS_TOKEN", "t"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%20c")]);
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(config.headers, [pair("a", "b c"), pair("signoz-access-token", "t")]);
    }

    #[test]
    fn exporters_are_honoured_and_unknown_values_are_named() {
        assert_eq!(check(&[("OTEL_TRACES_EXPORTER", "none")]).exporter, Exporter::None);
        assert_eq!(check(&[("OTEL_TRACES_EXPORTER", "console")]).exporter, Exporter::Console);
        assert_eq!(check(&[("OTEL_SDK_DISABLED", "TRUE")]).exporter, Exporter::None);
        let odd = check(&[("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_BSP_MAX_QUEUE_SIZE", "-1")]);
        assert_eq!((odd.exporter, odd.problems.len()), (Exporter::Otlp, 2), "{:?}", odd.problems);
    }
}
