//! Whether the machine is observed, and what its metrics are called by.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sightline_model::{IngestScope, OrgId};

use crate::Error;
use crate::receivers::owner;

/// Shortest time between two looks, ms: a share of time needs some time.
const INTERVAL_MS_MIN: u64 = 1000;

/// Metrics of the machine that the server runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostConfig {
    /// Whether they are collected.
    pub enabled: bool,
    /// Milliseconds from one look to the next.
    pub interval_ms: u64,
    /// Becomes `service.name`.
    pub service: String,
    /// Becomes `deployment.environment.name`; empty: none.
    pub environment: String,
    /// Who owns the metrics.
    pub org: u32,
    /// Where the machine tells of itself; in a container the machine's own folder may be mounted elsewhere.
    pub proc_dir: PathBuf,
    /// Where control groups tell of themselves.
    pub cgroup_dir: PathBuf,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            interval_ms: 10_000,
            service: "host-agent".to_owned(),
            environment: String::new(),
            org: OrgId::DEFAULT.0,
            proc_dir: PathBuf::from("/proc"),
            cgroup_dir: PathBuf::from("/sys/fs/cgroup"),
        }
    }
}

impl HostConfig {
    /// Refuses values with which nothing could be collected.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |setting, detail: String| Err(Error::Setting { setting, detail });
        if self.interval_ms < INTERVAL_MS_MIN {
            let detail = format!("`{}` is too small; use at least {INTERVAL_MS_MIN}", self.interval_ms);
            return bad("host.interval_ms", detail);
        }
        if self.service.is_empty() {
            return bad("host.service", "is empty; use for example `host-agent`".to_owned());
        }
        Ok(())
    }

    /// Returns whose the metrics are.
    pub(super) fn owner(&self) -> IngestScope {
        owner::owner(self.org, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_named() {
        HostConfig::default().check().unwrap();
        let short = HostConfig { interval_ms: 10, ..HostConfig::default() };
        assert!(short.check().unwrap_err().to_string().contains("host.interval_ms"));
        let nameless = HostConfig { service: String::new(), ..HostConfig::default() };
        assert!(nameless.check().unwrap_err().to_string().contains("host.service"));
    }
}
