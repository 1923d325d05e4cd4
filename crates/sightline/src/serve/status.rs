//! The numbers of `GET /status`: counters of this process, the engine's state, space on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sightline_api::{DiskStatus, Endpoints, EngineStatus, IngestStatus, Status};
use sightline_model::{OrgId, RejectReason, Signal, TenantScope, Tenants};
use sightline_runtime::metrics::{counter, gauge};
use sightline_runtime::{Clock, Space};
use sightline_wal::Wal;
use tokio::sync::watch;

use super::store::Store;

/// Where the numbers come from.
pub(super) struct Source {
    engine: Option<watch::Receiver<sightline_engine::Status>>,
    wal: Wal,
    folder: PathBuf,
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    started: std::time::Duration,
}

impl Source {
    pub(super) fn new(
        store: &Store,
        wal: Wal,
        folder: &Path,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (engine, started) = (store.status(), clock.monotonic());
        Self { engine, wal, folder: folder.to_path_buf(), endpoints, clock, started }
    }

    /// Counters of an org are not shown to who may see some of its tenants only.
    pub(super) fn status(&self, scope: &TenantScope) -> Status {
        let sees_all = *scope.tenants() == Tenants::All;
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: self.engine_status(),
            ingest: sees_all.then(|| ingest(scope.org())),
            endpoints: self.endpoints.clone(),
            disk: sees_all.then(|| self.disk()),
            uptime_s: self.clock.monotonic().saturating_sub(self.started).as_secs(),
        }
    }

    fn engine_status(&self) -> EngineStatus {
        let Some(engine) = &self.engine else {
            return EngineStatus { state: "external".to_owned(), ..EngineStatus::default() };
        };
        let now = engine.borrow();
        let state = match (now.up, now.has_answered) {
            (true, _) => "up",
            (false, true) => "down",
            (false, false) => "starting",
        };
        EngineStatus {
            state: state.to_owned(),
            version: now.version.clone().unwrap_or_default(),
            restarts: now.restarts,
            rss_bytes: Some(now.rss_bytes),
        }
    }

    fn disk(&self) -> DiskStatus {
        let wal_bytes = self.wal.stats().bytes;
        match Space::of(&self.folder) {
            Ok(Space { free, total }) => DiskStatus { free_bytes: free, total_bytes: total, wal_bytes },
            Err(_) => DiskStatus { wal_bytes, ..DiskStatus::default() },
        }
    }
}

/// Names and labels: vocabulary of the pipeline's metrics.
fn ingest(org: OrgId) -> IngestStatus {
    let (org, signal) = (org.to_string(), Signal::Traces.as_str());
    let total = |name| counter(name, &[("signal", signal), ("org", &org)]).get();
    let refused = |reason: RejectReason| {
        let labels = [("signal", signal), ("reason", reason.as_str()), ("org", org.as_str())];
        counter("sightline.pipeline.rejected", &labels).get()
    };
    let waiting = gauge("sightline.pipeline.in_wal", &[("signal", signal), ("org", &org)]).get();
    IngestStatus {
        received: total("sightline.pipeline.received"),
        stored: total("sightline.pipeline.stored"),
        rejected: RejectReason::ALL.into_iter().map(refused).sum(),
        deduplicated: total("sightline.pipeline.deduplicated"),
        in_wal: u64::try_from(waiting).unwrap_or(0),
    }
}
