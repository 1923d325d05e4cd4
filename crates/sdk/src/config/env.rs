//! Settings from the variables that the OpenTelemetry specification names and from those that SigNoz users know.

use std::time::Duration;

use super::{Collector, Config, Exporter, Lines, Sampling, Signal, file};

impl Config {
    /// Reads the process's environment, and the file that `SIGHTLINE_SDK_CONFIG` names.
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
        config.resource_attributes =
            get("OTEL_RESOURCE_ATTRIBUTES").map(|text| pairs(&text)).unwrap_or_default();
        config.headers = get("OTEL_EXPORTER_OTLP_HEADERS").map(|text| pairs(&text)).unwrap_or_default();
        if let Some(token) = get("SIGNOZ_ACCESS_TOKEN") {
            config.headers.push(("signoz-access-token".to_owned(), token));
        }
        config.read_collectors(&get);
        let is_disabled = get("OTEL_SDK_DISABLED").is_some_and(|d| d.eq_ignore_ascii_case("true"));
        for (name, signal) in
            [("TRACES", &mut config.traces), ("METRICS", &mut config.metrics), ("LOGS", &mut config.logs)]
        {
            config.problems.extend(signal.read(name, &get));
            if is_disabled {
                signal.exporter = Exporter::None;
            }
        }
        if let Some(protocol) = get("OTEL_EXPORTER_OTLP_PROTOCOL").filter(|p| p != "grpc") {
            config
                .problems
                .push(format!("OTEL_EXPORTER_OTLP_PROTOCOL=`{protocol}` is not supported, `grpc` is used"));
        }
        config.read_sampler(get("OTEL_TRACES_SAMPLER").as_deref(), get("OTEL_TRACES_SAMPLER_ARG").as_deref());
        config.read_lines(get("SIGHTLINE_SDK_LINES").as_deref());
        config.read_limits(&get);
        config
    }

    /// The first source that names receivers wins; what it beats is named, because it was meant to work.
    fn read_collectors(&mut self, get: &impl Fn(&str) -> Option<String>) {
        let from_file = get("SIGHTLINE_SDK_CONFIG").map(|path| file::read(&path)).unwrap_or_default();
        self.problems.extend(from_file.problems);
        if let Some(retry) = from_file.retry {
            self.retry = retry;
        }
        let one = |name: &str| get(name).map(|endpoint| vec![Collector::new(&endpoint)]);
        let sources = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", one("OTEL_EXPORTER_OTLP_ENDPOINT")),
            ("signoz.collectors", (!from_file.collectors.is_empty()).then_some(from_file.collectors)),
            ("SIGNOZ_ENDPOINT", one("SIGNOZ_ENDPOINT")),
        ];
        let mut used = "";
        for (name, collectors) in sources {
            match collectors {
                Some(collectors) if used.is_empty() => {
                    used = name;
                    self.collectors = collectors;
                }
                Some(ignored) if ignored != self.collectors => {
                    self.problems.push(format!("`{name}` is ignored because `{used}` is set"));
                }
                _ => {}
            }
        }
    }

    fn read_lines(&mut self, text: Option<&str>) {
        self.lines = match text {
            None | Some("json") => Lines::Json,
            Some("text") => Lines::Text,
            Some("off") => Lines::Off,
            Some(other) => {
                self.problems
                    .push(format!("SIGHTLINE_SDK_LINES=`{other}`: use json, text or off; `json` is used"));
                Lines::Json
            }
        };
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

    fn read_limits(&mut self, get: &impl Fn(&str) -> Option<String>) {
        let mut number = |name: &str| {
            let text = get(name)?;
            let parsed = text.parse::<u64>().ok().filter(|n| *n > 0);
            if parsed.is_none() {
                self.problems.push(format!("{name}=`{text}` is not a positive number; the default is used"));
            }
            parsed
        };
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        for (prefix, signal) in [("OTEL_BSP", &mut self.traces), ("OTEL_BLRP", &mut self.logs)] {
            signal.queue_max = number(&format!("{prefix}_MAX_QUEUE_SIZE")).map_or(signal.queue_max, size);
            let batch = number(&format!("{prefix}_MAX_EXPORT_BATCH_SIZE")).map_or(signal.batch_max, size);
            signal.batch_max = batch.min(signal.queue_max);
            let delay = number(&format!("{prefix}_SCHEDULE_DELAY"));
            signal.batch_delay = delay.map_or(signal.batch_delay, Duration::from_millis);
        }
        let timeout = number("OTEL_EXPORTER_OTLP_TIMEOUT");
        let interval = number("OTEL_METRIC_EXPORT_INTERVAL");
        self.attempt_timeout = timeout.map_or(self.attempt_timeout, Duration::from_millis);
        self.metric_interval = interval.map_or(self.metric_interval, Duration::from_millis);
    }
}

impl Signal {
    /// Returns what was not understood.
    fn read(&mut self, name: &str, get: &impl Fn(&str) -> Option<String>) -> Option<String> {
        self.endpoint = get(&format!("OTEL_EXPORTER_OTLP_{name}_ENDPOINT"));
        self.headers = get(&format!("OTEL_EXPORTER_OTLP_{name}_HEADERS")).map(|text| pairs(&text));
        let exporter = get(&format!("OTEL_{name}_EXPORTER"));
        self.exporter = match exporter.as_deref() {
            None | Some("otlp") => Exporter::Otlp,
            Some("console") => Exporter::Console,
            Some("none") => Exporter::None,
            Some(other) => {
                self.exporter = Exporter::Otlp;
                return Some(format!(
                    "OTEL_{name}_EXPORTER=`{other}`: use otlp, console or none; `otlp` is used"
                ));
            }
        };
        None
    }
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
        let signoz = ("SIGNOZ_ENDPOINT", "collector:4317");
        let otel = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2");
        let traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c:3");
        for (env, of_traces, of_logs, ignored) in [
            (&[][..], "http://localhost:4317", "http://localhost:4317", 0),
            (&[signoz], "http://collector:4317", "http://collector:4317", 0),
            (&[signoz, otel], "http://b:2", "http://b:2", 1),
            (&[otel, traces], "https://c:3", "http://b:2", 0),
        ] {
            let config = check(env);
            let endpoint = |signal: &Signal| config.collectors_of(signal)[0].endpoint.clone();
            assert_eq!(endpoint(&config.traces), of_traces, "{env:?}");
            assert_eq!(endpoint(&config.logs), of_logs, "{env:?}");
            assert_eq!(config.problems.len(), ignored, "{:?}", config.problems);
        }
    }

    #[test]
    fn the_access_token_becomes_a_header() {
        let config = check(&[("SIGNOZ_ACCESS_TOKEN", "t"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%20c")]);
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(config.headers, [pair("a", "b c"), pair("signoz-access-token", "t")]);
    }

    #[test]
    fn exporters_are_honoured_signal_by_signal_and_unknown_values_are_named() {
        let exporters = |env: &[(&str, &str)]| {
            let config = check(env);
            [config.traces.exporter, config.metrics.exporter, config.logs.exporter]
        };
        use Exporter::{Console, None, Otlp};
        assert_eq!(exporters(&[]), [Otlp, Otlp, Otlp]);
        assert_eq!(exporters(&[("OTEL_TRACES_EXPORTER", "none")]), [None, Otlp, Otlp]);
        assert_eq!(exporters(&[("OTEL_METRICS_EXPORTER", "console")]), [Otlp, Console, Otlp]);
        assert_eq!(exporters(&[("OTEL_LOGS_EXPORTER", "none")]), [Otlp, Otlp, None]);
        assert_eq!(exporters(&[("OTEL_SDK_DISABLED", "TRUE")]), [None, None, None]);
        let odd = check(&[
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
            ("SIGHTLINE_SDK_LINES", "xml"),
        ]);
        assert_eq!((odd.traces.exporter, odd.lines, odd.problems.len()), (Otlp, Lines::Json, 3));
    }

    #[test]
    fn limits_of_spans_and_logs_are_read_apart() {
        let config = check(&[
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "250"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "15000"),
        ]);
        assert_eq!((config.traces.queue_max, config.traces.batch_max), (100, 100));
        assert_eq!((config.logs.queue_max, config.logs.batch_delay), (8_192, Duration::from_millis(250)));
        assert_eq!(config.metric_interval, Duration::from_secs(15));
    }
}
