//! Reconcilers on a timer: rollups and retention. Each looks, compares and acts; it may be killed at any time.

use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::{Clock, Scope};
use sightline_store::rollup::Rollup;
use sightline_store::rollup_edges::EdgesRollup;
use sightline_store::rollup_samples::SamplesRollup;
use sightline_store::{Endpoint, retention};

/// A window of a minute is computed at most this long after it has ended.
const ROLLUP_EVERY: Duration = Duration::from_secs(10);
/// Between two looks for spans that are not on the map yet, and how many times as long as a look took.
const EDGES_EVERY: Duration = Duration::from_secs(10);
const EDGES_PAUSE: u32 = 10;
/// The longest of these pauses.
const EDGES_PAUSE_MAX: Duration = Duration::from_mins(5);
/// A partition lives at most this much longer than its retention.
const RETENTION_EVERY: Duration = Duration::from_mins(10);

/// An hour of samples is computed at most this long after it may be.
const HOURS_EVERY: Duration = Duration::from_mins(1);

/// For how many days what the jobs compute is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) red_1m_days: u16,
    pub(super) samples_1h_days: u16,
}

/// Starts the jobs.
pub(super) fn start(scope: &Scope, endpoint: &Endpoint, kept: Kept, clock: &Arc<dyn Clock>) {
    let mut rollup = Rollup::new(endpoint, kept.red_1m_days);
    let rollup_clock = Arc::clone(clock);
    scope.spawn("rollup", move |stop| async move {
        while stop.run_until_cancelled(tokio::time::sleep(ROLLUP_EVERY)).await.is_some() {
            let done = stop.run_until_cancelled(rollup.reconcile(rollup_clock.unix_nanos())).await;
            if let Some(Err(error)) = done {
                tracing::warn!(%error, "rollup: tried again in {ROLLUP_EVERY:?}");
            }
        }
    });
    edges(scope, endpoint, kept, clock);
    let mut hours = SamplesRollup::new(endpoint, kept.samples_1h_days);
    let hours_clock = Arc::clone(clock);
    scope.spawn("hours", move |stop| async move {
        while stop.run_until_cancelled(tokio::time::sleep(HOURS_EVERY)).await.is_some() {
            let done = stop.run_until_cancelled(hours.reconcile(hours_clock.unix_nanos())).await;
            if let Some(Err(error)) = done {
                tracing::warn!(%error, "hours of samples: tried again in {HOURS_EVERY:?}");
            }
        }
    });
    let (endpoint, clock) = (endpoint.clone(), Arc::clone(clock));
    scope.spawn("retention", move |stop| async move {
        loop {
            let done = stop.run_until_cancelled(retention::drop_expired(&endpoint, clock.unix_nanos())).await;
            match done {
                Some(Ok(dropped)) if !dropped.partitions.is_empty() => {
                    tracing::info!(
                        partitions = dropped.partitions.len(),
                        "dropped what is past its retention"
                    );
                }
                Some(Err(error)) => tracing::warn!(%error, "retention: tried again in {RETENTION_EVERY:?}"),
                Some(Ok(_)) | None => {}
            }
            if stop.run_until_cancelled(tokio::time::sleep(RETENTION_EVERY)).await.is_none() {
                return;
            }
        }
    });
}

/// Computes the edges of the map. On a busy store a look takes long, and then the pause does too: they use a tenth of a
/// core at most.
fn edges(scope: &Scope, endpoint: &Endpoint, kept: Kept, clock: &Arc<dyn Clock>) {
    let mut edges = EdgesRollup::new(endpoint, kept.red_1m_days);
    let clock = Arc::clone(clock);
    scope.spawn("edges", move |stop| async move {
        let mut pause = EDGES_EVERY;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            let started = clock.monotonic();
            let done = stop.run_until_cancelled(edges.reconcile(clock.unix_nanos())).await;
            let took = clock.monotonic().saturating_sub(started);
            pause = (took * EDGES_PAUSE).clamp(EDGES_EVERY, EDGES_PAUSE_MAX);
            if let Some(Err(error)) = done {
                tracing::warn!(%error, "edges: tried again in {pause:?}");
            }
        }
    });
}
