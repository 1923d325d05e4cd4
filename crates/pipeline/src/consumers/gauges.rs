//! Shows how the log is: its metrics (vocabulary.md 8) and whether requests can be taken.

use sightline_runtime::metrics::{Gauge, gauge};
use sightline_runtime::{Health, State};
use sightline_wal::Stats;

use crate::signals::{SIGNALS, Spec};

/// The gauges of the log.
pub(super) struct Gauges {
    health: Health,
    size: Gauge,
    segments: Gauge,
    backlog: Gauge,
    oldest_age: Gauge,
    quarantined: Gauge,
    lags: Vec<Gauge>,
}

fn lag_of(spec: &Spec) -> Gauge {
    gauge("sightline.pipeline.watermark.lag", &[("signal", spec.signal.as_str())])
}

impl Gauges {
    pub(super) fn new(health: Health) -> Self {
        Self {
            health,
            size: gauge("sightline.wal.size", &[]),
            segments: gauge("sightline.wal.segments", &[]),
            backlog: gauge("sightline.wal.backlog", &[]),
            oldest_age: gauge("sightline.wal.oldest_age", &[]),
            quarantined: gauge("sightline.wal.quarantined", &[]),
            lags: SIGNALS.iter().map(lag_of).collect(),
        }
    }

    /// Shows the state of now.
    pub(super) fn show(&self, stats: &Stats) {
        let narrow = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.size.set(narrow(stats.bytes));
        self.segments.set(narrow(stats.segments));
        self.backlog.set(narrow(stats.records_pending));
        self.oldest_age.set(narrow(stats.oldest_age.as_secs()));
        self.quarantined.set(narrow(stats.records_lost));
        // What is not sealed may be in the store already; the age is an upper bound of the lag.
        self.lags.iter().for_each(|lag| lag.set(narrow(stats.oldest_age.as_secs())));
        let state = if stats.is_ready {
            State::Ready
        } else {
            State::Degraded("the disk of the write-ahead log fails".to_owned())
        };
        self.health.set_required("wal", state);
    }
}
