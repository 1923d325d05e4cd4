//! Counts one batch by the numbers of its dictionaries, which is cheap, before texts are compared.

use std::collections::HashMap;

use sightline_otlp::{RED_DEPENDENCY, ReqClass, SpanBatch};

use super::sketch::Sketch;

/// Width of a window.
pub(super) const WINDOW_NS: i64 = 10_000_000_000;

/// What is counted together, by numbers of the batch's dictionaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LocalKey {
    pub(super) org: u32,
    /// Start of the window, seconds since the epoch.
    pub(super) ts: u32,
    pub(super) class: u8,
    pub(super) status_class: u8,
    pub(super) tenant: u32,
    pub(super) service: u32,
    pub(super) environment: u32,
    pub(super) namespace: u32,
    pub(super) version: u32,
    pub(super) endpoint: u32,
    pub(super) peer: u32,
}

/// Counts of one key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) n: f64,
    pub(super) errors: f64,
    pub(super) sum_ns: f64,
    pub(super) min_ns: u64,
    pub(super) max_ns: u64,
    pub(super) sketch: Sketch,
}

impl Default for Cell {
    fn default() -> Self {
        Self { n: 0.0, errors: 0.0, sum_ns: 0.0, min_ns: u64::MAX, max_ns: 0, sketch: Sketch::default() }
    }
}

impl Cell {
    fn add(&mut self, duration_ns: u64, is_error: bool, weight: f64) {
        #[expect(clippy::cast_precision_loss, reason = "the column is Float64")]
        let duration = duration_ns as f64;
        self.n += weight;
        self.errors += if is_error { weight } else { 0.0 };
        self.sum_ns += duration * weight;
        self.min_ns = self.min_ns.min(duration_ns);
        self.max_ns = self.max_ns.max(duration_ns);
        self.sketch.add(duration_ns, weight);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.errors += other.errors;
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
        self.sketch.merge(&other.sketch);
    }
}

/// Counts every span of a batch that is a request or a dependency; one that is both counts as both.
pub(super) fn count(batch: &SpanBatch) -> HashMap<LocalKey, Cell> {
    let mut cells: HashMap<LocalKey, Cell> = HashMap::new();
    for row in 0..batch.len() {
        for (class, peer) in classes_of(batch, row) {
            let key = key_of(batch, row, class, peer);
            let weight = f64::from(batch.adjusted_count[row]);
            cells.entry(key).or_default().add(batch.duration_ns[row], batch.is_error[row], weight);
        }
    }
    cells
}

/// Returns the classes that a span counts in, each with the number of its peer. Probes count nowhere.
fn classes_of(batch: &SpanBatch, row: usize) -> impl Iterator<Item = (u8, u32)> {
    let class = batch.req_class[row];
    let counts = [ReqClass::Serve, ReqClass::Consume, ReqClass::Job].iter().any(|c| c.code() == class);
    let request = counts.then_some((class, 0));
    let dependency = (batch.dep_type[row] != 0).then(|| (RED_DEPENDENCY, batch.peer.index[row]));
    request.into_iter().chain(dependency)
}

fn key_of(batch: &SpanBatch, row: usize, class: u8, peer: u32) -> LocalKey {
    let window = batch.ts[row].div_euclid(WINDOW_NS) * (WINDOW_NS / 1_000_000_000);
    LocalKey {
        org: batch.org[row],
        // The door takes nothing older than the retention nor newer than `FUTURE_NS_MAX` from now.
        ts: u32::try_from(window).unwrap_or(0),
        class,
        status_class: u8::try_from(batch.http_status[row] / 100).unwrap_or(0),
        tenant: batch.tenant.index[row],
        service: batch.service.index[row],
        environment: batch.environment.index[row],
        namespace: batch.service_namespace.index[row],
        version: batch.service_version.index[row],
        endpoint: batch.endpoint.index[row],
        peer,
    }
}
