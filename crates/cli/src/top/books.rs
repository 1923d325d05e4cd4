//! What the pipeline says of itself: `/metrics` of the server, read as numbers per signal, with rates between two readings.

use std::collections::BTreeMap;

use serde_json::Value;

/// Signals, in the order of the page.
pub(super) const SIGNALS: [&str; 3] = ["traces", "logs", "metrics"];

/// One reading.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Books {
    /// `GET /status`.
    pub(super) status: Value,
    /// Sums over orgs by name and the label that matters here: signal, and reason of what was rejected.
    sums: BTreeMap<(String, String), f64>,
    reasons: BTreeMap<String, f64>,
    /// When it was read, in seconds since the start of this program.
    at: f64,
}

impl Books {
    /// Reads `/metrics` (OpenMetrics text). Lines that say something else are passed over.
    pub(super) fn read(status: Value, text: &str, at: f64) -> Self {
        let mut books = Self { status, at, ..Self::default() };
        for line in text.lines().filter(|line| line.starts_with("sightline_")) {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            let (name, labels) = name.split_once('{').unwrap_or((name, ""));
            let name = name.strip_prefix("sightline_").unwrap_or(name);
            let signal = label(labels, "signal").unwrap_or_default();
            *books.sums.entry((name.to_owned(), signal.to_owned())).or_default() += value;
            if let Some(reason) = label(labels, "reason").filter(|_| name == "pipeline_rejected_total") {
                *books.reasons.entry(reason.to_owned()).or_default() += value;
            }
        }
        books
    }

    /// Returns a number of the server as a whole.
    pub(super) fn total(&self, name: &str) -> Option<f64> {
        self.of(name, "")
    }

    /// Returns a number of a signal.
    pub(super) fn of(&self, name: &str, signal: &str) -> Option<f64> {
        self.sums.get(&(name.to_owned(), signal.to_owned())).copied()
    }

    /// Returns how fast a counter grew since an earlier reading; none after a restart of the server.
    pub(super) fn rate(&self, earlier: &Self, name: &str, signal: &str) -> Option<f64> {
        let seconds = self.at - earlier.at;
        let grown = self.of(name, signal)? - earlier.of(name, signal).unwrap_or(0.0);
        (seconds > 0.0 && grown >= 0.0).then(|| grown / seconds)
    }

    /// Returns why records were rejected, most frequent first.
    pub(super) fn reasons(&self) -> Vec<(&str, f64)> {
        let mut out: Vec<_> =
            self.reasons.iter().filter(|(_, n)| **n > 0.0).map(|(reason, n)| (reason.as_str(), *n)).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1));
        out
    }
}

/// Values that are wanted here hold no quotes, so the first quote ends them.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels.trim_end_matches('}').split(',').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| value.trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# TYPE sightline_pipeline_received counter\n\
        sightline_pipeline_received_total{signal=\"traces\",org=\"a\"} 10\n\
        sightline_pipeline_received_total{signal=\"traces\",org=\"b\"} 5\n\
        sightline_pipeline_rejected_total{signal=\"logs\",reason=\"auth\",org=\"\"} 2\n\
        sightline_pipeline_rejected_total{signal=\"traces\",reason=\"quota\",org=\"\"} 3\n\
        sightline_wal_backlog 7\nother 1\nsightline_bad x\n# EOF\n";

    #[test]
    fn numbers_are_summed_over_orgs_and_told_by_signal_and_reason() {
        let books = Books::read(Value::Null, TEXT, 0.0);
        assert_eq!(books.of("pipeline_received_total", "traces"), Some(15.0));
        assert_eq!(books.of("pipeline_received_total", "logs"), None);
        assert_eq!(books.total("wal_backlog"), Some(7.0));
        assert_eq!(books.reasons(), [("quota", 3.0), ("auth", 2.0)]);
    }

    #[test]
    fn rates_are_between_readings_and_none_after_a_restart() {
        let earlier = Books::read(Value::Null, TEXT, 0.0);
        let check = |text: &str, at: f64, want: Option<f64>| {
            let now = Books::read(Value::Null, text, at);
            assert_eq!(now.rate(&earlier, "pipeline_received_total", "traces"), want);
        };
        check("sightline_pipeline_received_total{signal=\"traces\"} 19", 2.0, Some(2.0));
        check("sightline_pipeline_received_total{signal=\"traces\"} 1", 2.0, None);
        check("sightline_pipeline_received_total{signal=\"traces\"} 19", 0.0, None);
    }
}
