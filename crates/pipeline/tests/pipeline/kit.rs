//! Starts a pipeline on free ports; every test has orgs of its own, because counters are those of the process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sightline_model::{
    AuthError, Authenticator, Credential, IngestScope, OrgId, Principal, Signal, TenantBinding, TenantId,
};
use sightline_pipeline::{CONSUMERS, Config, Deps, Storage, build};
use sightline_runtime::metrics::{counter, gauge};
use sightline_runtime::{Clock, Health, Scope, SystemClock};
use sightline_wal::{DiskFs, Wal};

/// Bytes that the log of a test may take.
pub(crate) const LOG_BYTES_MAX: u64 = 12 << 20;

/// Returns an org that no other test has.
pub(crate) fn fresh_org() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Keys that say what they open: `org-<number>`, or `bound-<number>-<tenant>`. Without a key, org 7: whether a request
/// without a key gets this far is for the receiver to decide.
pub(crate) struct Keys;

impl Authenticator for Keys {
    fn ingest(&self, credential: &Credential, _signal: Signal) -> Result<IngestScope, AuthError> {
        let key = match credential {
            Credential::Key(key) => key.as_str(),
            Credential::Missing => "org-7",
            Credential::Session(_) => return Err(AuthError::Denied),
        };
        let org = |text: &str| text.parse().map(OrgId).map_err(|_| AuthError::Invalid);
        if let Some(text) = key.strip_prefix("org-") {
            return Ok(IngestScope { org: org(text)?, binding: TenantBinding::Trusted });
        }
        let text = key.strip_prefix("bound-").ok_or(AuthError::Invalid)?;
        let (number, tenant) = text.split_once('-').ok_or(AuthError::Invalid)?;
        let tenant = TenantId::parse(tenant).map_err(|_| AuthError::Invalid)?;
        Ok(IngestScope { org: org(number)?, binding: TenantBinding::Bound(tenant) })
    }

    fn reader(&self, _credential: &Credential) -> Result<Principal, AuthError> {
        Err(AuthError::Denied)
    }
}

/// Settings of a test: free ports, small limits, quick flushes.
pub(crate) fn config(dir: &Path) -> Config {
    let mut config = Config {
        otlp_grpc: ([127, 0, 0, 1], 0).into(),
        otlp_http: ([127, 0, 0, 1], 0).into(),
        dead_letter_dir: dir.join("dead-letter"),
        ..Config::default()
    };
    config.limits.body_bytes_max = 256 << 10;
    config.limits.decompressed_bytes_max = 2 << 20;
    config.limits.in_flight_bytes_max = 64 << 20;
    config.disk.look_ms = 10;
    // The disk that the tests run on may be as full as it likes.
    (config.disk.warn_percent, config.disk.low_percent, config.disk.full_percent) = (100, 100, 100);
    config.flush.freshness_ms = 20;
    config.flush.red_ms = 50;
    config.flush.seal_ms = 50;
    config.flush.drain_ms = 120_000;
    config
}

/// The same for a store that never comes back: the end does not wait for it.
pub(crate) fn away_config(dir: &Path) -> Config {
    let mut config = config(dir);
    config.flush.drain_ms = 200;
    config
}

/// A running pipeline.
pub(crate) struct Running {
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) wal: Wal,
    pub(crate) health: Health,
    scope: Scope,
}

/// Opens the log in a folder and starts a pipeline on it.
pub(crate) async fn start(dir: &Path, config: Config, storage: Arc<dyn Storage>) -> Running {
    start_at(dir, config, storage, Arc::new(SystemClock)).await
}

/// The same at a time of its own.
pub(crate) async fn start_at(
    dir: &Path,
    config: Config,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
) -> Running {
    let mut settings = sightline_wal::Config::new(dir.join("wal"));
    settings.segment_bytes = 4 << 20;
    settings.disk_bytes_max = LOG_BYTES_MAX;
    settings.ballast_bytes = 0;
    let (wal, recovery) = Wal::open(settings, &CONSUMERS, Arc::new(DiskFs), Arc::clone(&clock)).unwrap();
    let health = Health::new();
    let deps = Deps {
        auth: Arc::new(Keys),
        wal: wal.clone(),
        recovery,
        writer: storage,
        writer_number: 1,
        clock,
        health: health.clone(),
    };
    let pipeline = build(config, deps).await.unwrap();
    let (grpc, http) = (pipeline.grpc_addr(), pipeline.http_addr());
    let scope = Scope::new();
    pipeline.start(&scope);
    Running { grpc, http, wal, health, scope }
}

impl Running {
    /// Drains and lets go of the log.
    pub(crate) async fn stop(self) {
        self.scope.close(Duration::from_mins(5)).await.unwrap();
        self.wal.close().await;
    }
}

/// Counters of an org and signal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) signal: Signal,
    pub(crate) org: u32,
}

impl Counts {
    /// Returns the counter of rejected records.
    pub(crate) fn rejected(self, reason: &str) -> u64 {
        let (signal, org) = (self.signal.as_str(), self.org.to_string());
        counter("sightline.pipeline.rejected", &[("signal", signal), ("reason", reason), ("org", &org)]).get()
    }

    /// Returns a counter.
    pub(crate) fn get(self, name: &'static str) -> u64 {
        counter(name, &[("signal", self.signal.as_str()), ("org", &self.org.to_string())]).get()
    }

    /// Checks the equation of conservation (promise.md P3).
    pub(crate) fn assert_conserved(self) {
        let labels = [("signal", self.signal.as_str()), ("org", &*self.org.to_string())];
        let in_wal = gauge("sightline.pipeline.in_wal", &labels).get();
        let all_rejected: u64 =
            sightline_model::RejectReason::ALL.iter().map(|reason| self.rejected(reason.as_str())).sum();
        let parts = [
            self.get("sightline.pipeline.stored"),
            self.get("sightline.pipeline.deduplicated"),
            all_rejected,
            u64::try_from(in_wal).unwrap(),
        ];
        let received = self.get("sightline.pipeline.received");
        assert_eq!(
            received,
            parts.iter().sum::<u64>(),
            "stored, deduplicated, rejected, in the log: {parts:?}"
        );
    }
}

/// The counters of an org's spans.
pub(crate) const fn traces(org: u32) -> Counts {
    Counts { signal: Signal::Traces, org }
}

/// The counters of an org's log records.
pub(crate) const fn logs(org: u32) -> Counts {
    Counts { signal: Signal::Logs, org }
}

/// The counters of an org's metric points.
pub(crate) const fn metrics(org: u32) -> Counts {
    Counts { signal: Signal::Metrics, org }
}

/// Returns the counter of rejected spans.
pub(crate) fn rejected(org: u32, reason: &str) -> u64 {
    traces(org).rejected(reason)
}

/// Returns a counter of an org's spans.
pub(crate) fn counted(name: &'static str, org: u32) -> u64 {
    traces(org).get(name)
}

/// Checks the equation of conservation (promise.md P3) for an org's spans.
pub(crate) fn assert_conserved(org: u32) {
    traces(org).assert_conserved();
}

/// Waits until something holds. The condition is looked at again and again, so a slow machine only waits longer.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(5), looking).await;
    assert!(in_time.is_ok(), "waited too long until {what}");
}
