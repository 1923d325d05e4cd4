//! What is scraped.

use http::Uri;
use http::uri::Authority;
use serde::{Deserialize, Serialize};
use sightline_model::{IngestScope, OrgId};

use crate::Error;
use crate::receivers::owner::{self, check_tenant};

/// Shortest time between two scrapes, ms.
const INTERVAL_MS_MIN: u64 = 100;

/// Targets that are asked for their metrics, and whose these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScrapeJob {
    /// Becomes `service.name`.
    pub job: String,
    /// Hosts with port, such as `10.0.0.7:9100`; each becomes `service.instance.id` of what it says.
    pub targets: Vec<String>,
    /// Milliseconds from one scrape of a target to the next.
    pub interval_ms: u64,
    /// Milliseconds that a target may take to answer; at most the interval.
    pub timeout_ms: u64,
    /// Path of the page.
    pub metrics_path: String,
    /// Who owns the metrics.
    pub org: u32,
    /// The tenant of all of them; empty: what label `tenant_id` or `tenant` says, or none.
    pub tenant: String,
    /// Bytes of a page; a larger one counts as a failed scrape.
    pub body_bytes_max: usize,
    /// Bytes of a line of it.
    pub line_bytes_max: usize,
    /// Samples of a page.
    pub samples_max: usize,
}

impl Default for ScrapeJob {
    fn default() -> Self {
        Self {
            job: String::new(),
            targets: Vec::new(),
            interval_ms: 60_000,
            timeout_ms: 10_000,
            metrics_path: "/metrics".to_owned(),
            org: OrgId::DEFAULT.0,
            tenant: String::new(),
            body_bytes_max: 16 << 20,
            line_bytes_max: 64 << 10,
            samples_max: 50_000,
        }
    }
}

impl ScrapeJob {
    /// Refuses values with which nothing could be scraped.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |setting, detail: String| Err(Error::Setting { setting, detail });
        if self.job.is_empty() {
            return bad("scrape.job", "is empty; give the service a name".to_owned());
        }
        if self.targets.is_empty() {
            return bad(
                "scrape.targets",
                format!("job `{}` has none; name hosts such as `10.0.0.7:9100`", self.job),
            );
        }
        if let Some(target) = self.targets.iter().find(|target| self.uri(target).is_none()) {
            let detail = format!(
                "`{target}` with path `{}` is no address; use a host with port, without `http://`, and a path that begins with `/`",
                self.metrics_path
            );
            return bad("scrape.targets", detail);
        }
        if self.interval_ms < INTERVAL_MS_MIN {
            let detail = format!("`{}` is too small; use at least {INTERVAL_MS_MIN}", self.interval_ms);
            return bad("scrape.interval_ms", detail);
        }
        if self.timeout_ms == 0 || self.timeout_ms > self.interval_ms {
            let detail =
                format!("`{}` is not between 1 and the interval of {}", self.timeout_ms, self.interval_ms);
            return bad("scrape.timeout_ms", detail);
        }
        check_tenant("scrape.tenant", &self.tenant)
    }

    /// Returns the address of a target's page; none if it is none.
    pub(super) fn uri(&self, target: &str) -> Option<Uri> {
        let authority: Authority = target.parse().ok()?;
        authority.port_u16()?;
        if !self.metrics_path.starts_with('/') || target.contains('@') {
            return None;
        }
        let parts = Uri::builder().scheme("http").authority(authority).path_and_query(&*self.metrics_path);
        parts.build().ok()
    }

    /// Returns whose the metrics are.
    pub(super) fn owner(&self) -> IngestScope {
        owner::owner(self.org, &self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut ScrapeJob), setting: Option<&str>) {
        let targets = vec!["127.0.0.1:9100".to_owned(), "[::1]:9100".to_owned(), "node-1:80".to_owned()];
        let mut job = ScrapeJob { job: "node".to_owned(), targets, ..ScrapeJob::default() };
        change(&mut job);
        match (job.check(), setting) {
            (Ok(()), None) => {}
            (Err(Error::Setting { setting: named, .. }), Some(setting)) => assert_eq!(named, setting),
            (other, _) => panic!("{job:?}: {other:?}"),
        }
    }

    #[test]
    fn jobs_that_cannot_work_name_their_setting() {
        check(|_| {}, None);
        check(|job| job.tenant = "t1".to_owned(), None);
        check(|job| job.metrics_path = "/a?b=c".to_owned(), None);
        check(|job| job.job.clear(), Some("scrape.job"));
        check(|job| job.targets.clear(), Some("scrape.targets"));
        for target in ["http://a:80", "a", "a:b", "user@a:80", "", "a:80/x"] {
            check(|job| job.targets.push(target.to_owned()), Some("scrape.targets"));
        }
        check(|job| job.metrics_path = "metrics".to_owned(), Some("scrape.targets"));
        check(|job| job.interval_ms = 1, Some("scrape.interval_ms"));
        check(|job| job.timeout_ms = 60_001, Some("scrape.timeout_ms"));
        check(|job| job.timeout_ms = 0, Some("scrape.timeout_ms"));
        check(|job| job.tenant = "\n".to_owned(), Some("scrape.tenant"));
    }
}
