//! Jobs that are due by the clock.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::{Context, KeyValue};

use super::plan;
use super::run::{Failure, count_skipped, execute};
use crate::metrics::{Histogram, Kind, observe};

static LATENESS: Histogram =
    Histogram::new("dotmac.job.lateness", "s", "How long after they were due scheduled runs started");

/// A job that is due again and again.
#[derive(Debug)]
pub struct Schedule {
    name: &'static str,
    every: Duration,
    next: SystemTime,
    told: Arc<Told>,
}

/// What the gauges say, in milliseconds since 1970; zero is "never".
#[derive(Debug)]
struct Told {
    next_due_ms: AtomicU64,
    last_success_ms: AtomicU64,
}

impl Schedule {
    /// Makes a schedule: due first at `first`, then every `every`. From now on `dotmac.schedule.next_due` is reported.
    #[must_use]
    pub fn new(name: &'static str, every: Duration, first: SystemTime) -> Self {
        let told =
            Arc::new(Told { next_due_ms: AtomicU64::new(millis(first)), last_success_ms: AtomicU64::new(0) });
        report(name, Arc::downgrade(&told), "dotmac.schedule.next_due", "When the job is due", |told| {
            &told.next_due_ms
        });
        report(
            name,
            Arc::downgrade(&told),
            "dotmac.schedule.last_success",
            "When the job last succeeded",
            |told| &told.last_success_ms,
        );
        Self { name, every, next: first, told }
    }

    /// When the next run is due.
    #[must_use]
    pub const fn next_due(&self) -> SystemTime {
        self.next
    }

    /// Runs the job if it is due at `now`, in a root span that says how late it is; runs that were missed are counted
    /// and not made up for. Returns nothing when it is not due.
    pub async fn run_due<T, E, F, Fut>(
        &mut self,
        now: SystemTime,
        timeout: Option<Duration>,
        work: F,
    ) -> Option<Result<T, Failure<E>>>
    where
        E: fmt::Display,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let due = plan::due(self.next, self.every, now)?;
        self.next = due.next;
        self.told.next_due_ms.store(millis(due.next), Ordering::Relaxed);
        count_skipped(self.name, due.missed);
        let (root, lateness) = (Context::new(), due.lateness.as_secs_f64());
        LATENESS.record_in(&root, lateness, &[KeyValue::new("dotmac.job.name", self.name)]);
        let attributes = vec![
            KeyValue::new("dotmac.job.lateness", lateness),
            KeyValue::new("dotmac.job.missed", i64::try_from(due.missed).unwrap_or(i64::MAX)),
            KeyValue::new("dotmac.job.interval", self.every.as_secs_f64()),
        ];
        let started = std::time::Instant::now();
        let result = execute(self.name, &root, attributes, timeout, work()).await;
        if result.is_ok() {
            self.told.last_success_ms.store(millis(now + started.elapsed()), Ordering::Relaxed);
        }
        Some(result)
    }
}

fn millis(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

fn report(
    job: &'static str,
    told: Weak<Told>,
    name: &'static str,
    description: &'static str,
    of: fn(&Told) -> &AtomicU64,
) {
    observe(Kind::Gauge, name, "s", description, move || {
        let at_ms = told.upgrade().map_or(0, |told| of(&told).load(Ordering::Relaxed));
        if at_ms == 0 {
            return Vec::new();
        }
        let seconds = Duration::from_millis(at_ms).as_secs_f64();
        vec![(seconds, vec![KeyValue::new("dotmac.job.name", job)])]
    });
}
