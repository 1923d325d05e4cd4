//! The process's own metrics: counters, gauges and histograms by name and labels, printed as OpenMetrics text.
//!
//! Names are OpenTelemetry names with dots; the text form follows Prometheus translation (underscores, `_total`).
//! Instruments are looked up once and kept; updating one is an atomic addition.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Upper bounds of the buckets of a duration histogram, in seconds.
const BOUNDS_S: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A number that only grows.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Returns the total.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Adds; negative values subtract.
    pub fn add(&self, n: i64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Sets.
    pub fn set(&self, n: i64) {
        self.0.store(n, Ordering::Relaxed);
    }

    /// Returns the value.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Durations in buckets.
#[derive(Debug, Clone, Default)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    counts: [AtomicU64; BOUNDS_S.len() + 1],
    nanos: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let index = BOUNDS_S.iter().position(|b| seconds <= *b).unwrap_or(BOUNDS_S.len());
        self.0.counts[index].fetch_add(1, Ordering::Relaxed);
        self.0.nanos.fetch_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns how many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.counts.iter().map(|c| c.load(Ordering::Relaxed)).sum()
    }
}

#[derive(Debug, Clone)]
enum Instrument {
    Counter(Counter),
    Gauge(Gauge),
    Histogram(Histogram),
}

type Labels = Vec<(&'static str, String)>;
type Families = BTreeMap<&'static str, BTreeMap<Labels, Instrument>>;

fn families() -> &'static Mutex<Families> {
    static FAMILIES: OnceLock<Mutex<Families>> = OnceLock::new();
    FAMILIES.get_or_init(Mutex::default)
}

fn instrument(name: &'static str, labels: &[(&'static str, &str)], make: fn() -> Instrument) -> Instrument {
    let labels = labels.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    let mut families = families().lock().unwrap_or_else(PoisonError::into_inner);
    families.entry(name).or_default().entry(labels).or_insert_with(make).clone()
}

/// Returns the counter of that name and labels. A name used for another kind gives a counter nobody reads.
#[must_use]
pub fn counter(name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
    match instrument(name, labels, || Instrument::Counter(Counter::default())) {
        Instrument::Counter(counter) => counter,
        _ => Counter::default(),
    }
}

/// Returns the gauge of that name and labels.
#[must_use]
pub fn gauge(name: &'static str, labels: &[(&'static str, &str)]) -> Gauge {
    match instrument(name, labels, || Instrument::Gauge(Gauge::default())) {
        Instrument::Gauge(gauge) => gauge,
        _ => Gauge::default(),
    }
}

/// Returns the histogram (of seconds) of that name and labels.
#[must_use]
pub fn histogram(name: &'static str, labels: &[(&'static str, &str)]) -> Histogram {
    match instrument(name, labels, || Instrument::Histogram(Histogram::default())) {
        Instrument::Histogram(histogram) => histogram,
        _ => Histogram::default(),
    }
}

/// Prints every instrument as OpenMetrics text. Labels named in `without` (such as `org`) are summed away.
#[must_use]
pub fn render(without: &[&str]) -> String {
    let families = families().lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut out = String::new();
    for (name, series) in &families {
        render_family(&mut out, name, series, without);
    }
    out.push_str("# EOF\n");
    out
}

fn render_family(out: &mut String, name: &str, series: &BTreeMap<Labels, Instrument>, without: &[&str]) {
    let flat = name.replace('.', "_");
    let (flat, kind) = match series.values().next() {
        Some(Instrument::Counter(_)) => (flat, "counter"),
        Some(Instrument::Histogram(_)) => (flat + "_seconds", "histogram"),
        _ => (flat, "gauge"),
    };
    let mut lines: BTreeMap<(usize, String), f64> = BTreeMap::new();
    for (labels, instrument) in series {
        let kept: Labels = labels.iter().filter(|(k, _)| !without.contains(k)).cloned().collect();
        for (order, suffix, le, value) in samples(instrument) {
            *lines.entry((order, format!("{flat}{suffix}{}", label_text(&kept, le)))).or_default() += value;
        }
    }
    writeln!(out, "# TYPE {flat} {kind}").expect("writing to a string cannot fail");
    for ((_, line), value) in lines {
        writeln!(out, "{line} {value}").expect("writing to a string cannot fail");
    }
}

type Sample = (usize, &'static str, Option<String>, f64);

#[expect(clippy::cast_precision_loss, reason = "text for people and scrapers; 2^53 is far away")]
fn samples(instrument: &Instrument) -> Vec<Sample> {
    match instrument {
        Instrument::Counter(c) => vec![(0, "_total", None, c.get() as f64)],
        Instrument::Gauge(g) => vec![(0, "", None, g.get() as f64)],
        Instrument::Histogram(h) => {
            let mut sum = 0.0;
            let mut out = Vec::with_capacity(BOUNDS_S.len() + 3);
            for (index, count) in h.0.counts.iter().enumerate() {
                sum += count.load(Ordering::Relaxed) as f64;
                let le = BOUNDS_S.get(index).map_or_else(|| "+Inf".to_owned(), f64::to_string);
                out.push((index, "_bucket", Some(le), sum));
            }
            out.push((BOUNDS_S.len() + 1, "_sum", None, h.0.nanos.load(Ordering::Relaxed) as f64 / 1e9));
            out.push((BOUNDS_S.len() + 2, "_count", None, sum));
            out
        }
    }
}

fn label_text(labels: &Labels, le: Option<String>) -> String {
    let escaped = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let mut parts: Vec<String> =
        labels.iter().map(|(k, v)| format!("{}=\"{}\"", k.replace('.', "_"), escaped(v))).collect();
    parts.extend(le.map(|le| format!("le=\"{le}\"")));
    if parts.is_empty() { String::new() } else { format!("{{{}}}", parts.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_sums_hidden_labels_away() {
        counter("test.rejected", &[("reason", "auth"), ("org", "a")]).add(2);
        counter("test.rejected", &[("reason", "auth"), ("org", "b")]).add(3);
        let text = render(&["org"]);
        assert!(
            text.contains("# TYPE test_rejected counter\ntest_rejected_total{reason=\"auth\"} 5\n"),
            "{text}"
        );
        assert!(render(&[]).contains("test_rejected_total{reason=\"auth\",org=\"b\"} 3\n"));
    }

    #[test]
    fn histograms_print_cumulative_buckets_in_seconds() {
        let h = histogram("test.took", &[]);
        h.record(Duration::from_millis(2));
        h.record(Duration::from_secs(60));
        let text = render(&[]);
        assert!(text.contains("test_took_seconds_bucket{le=\"0.0025\"} 1\n"), "{text}");
        assert!(
            text.contains("test_took_seconds_bucket{le=\"+Inf\"} 2\ntest_took_seconds_sum 60.002\n"),
            "{text}"
        );
    }
}
