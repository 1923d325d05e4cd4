//! `red_10s` to `red_1m`, for windows that have ended: a reconciler without input.
//!
//! The version of a window is the number of `red_10s` rows it was computed from. Those rows are only ever added, so a
//! late row makes a higher version, the same rows the same version with the same content, and running again changes
//! nothing. What to look at is found by the parts that appeared since the last run; a restart looks at everything.
//!
//! Rows that arrive after `red_10s` of their day was dropped (two days) make a lower version and change nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use sightline_model::Nanos;

pub use crate::reconcile::RolledUp;
use crate::reconcile::{Source, Window, by_hour, list};
use crate::{Endpoint, Error, retention_class};

pub(crate) const COLUMNS: &str = "org, ret, level, window, row_version, tenant, service, environment, \
    service_namespace, service_version, class, endpoint, peer, status_class, n, errors, sum_ns, min_ns, max_ns, \
    lat_idx, lat_n";

/// Length of a window.
const WINDOW_S: i64 = 60;
/// A window is computed this long after its end: its last ten seconds are flushed and inserted by then.
pub const SETTLE: Duration = Duration::from_secs(20);

/// Level 0: tenant and endpoint as they are. 1: all tenants (`*`). 2: all endpoints (`*`). 3: both. `*` is no tenant
/// id, so a reader limited to tenants cannot select 1 and 3.
///
/// The table is read once, so that version and content are of the same rows: each level of a window holds every row of
/// it, hence their counts add up to the version.
const COMPUTE: &str = "\
SELECT org, {ret:UInt16}, level, window, sum(rows) OVER (PARTITION BY window, level), tenant_of_level, service, \
  environment, service_namespace, service_version, class, endpoint_of_level, peer, status_class, \
  n_sum, errors_sum, sum_ns_sum, min_ns_min, max_ns_max, \
  CAST(sketch.1, 'Array(Int16)'), CAST(sketch.2, 'Array(Float32)') \
FROM (SELECT org, level, toStartOfMinute(ts) AS window, count() AS rows, \
        if(level IN (1, 3), '*', tenant) AS tenant_of_level, service, environment, service_namespace, \
        service_version, class, if(level IN (2, 3), '*', endpoint) AS endpoint_of_level, peer, status_class, \
        sum(n) AS n_sum, sum(errors) AS errors_sum, sum(sum_ns) AS sum_ns_sum, min(min_ns) AS min_ns_min, \
        max(max_ns) AS max_ns_max, sumMap(lat_idx, lat_n) AS sketch \
      FROM (SELECT *, toUInt8(arrayJoin([0, 1, 2, 3])) AS level FROM sightline.red_10s \
            WHERE org = {org:UInt32} AND toStartOfHour(ts) = toDateTime({hour:UInt32}, 'UTC') \
              AND toUnixTimestamp(toStartOfMinute(ts)) IN {windows:Array(UInt32)}) \
      GROUP BY org, level, window, tenant_of_level, service, environment, service_namespace, service_version, class, \
        endpoint_of_level, peer, status_class)";

/// Keeps `red_1m` equal to what `red_10s` says.
#[derive(Debug)]
pub struct Rollup {
    source: Source,
    ret: u16,
    /// Windows that had not ended when their part was looked at.
    open: BTreeSet<Window>,
}

impl Rollup {
    /// Makes a rollup whose rows are kept that many days, rounded up to a retention class.
    #[must_use]
    pub fn new(endpoint: &Endpoint, ret_days: u16) -> Self {
        Self {
            source: Source::new(endpoint, "red_10s", "toStartOfMinute"),
            ret: retention_class(ret_days),
            open: BTreeSet::new(),
        }
    }

    /// Computes every ended window that has rows the rollup does not know of. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts; the next run does what this one did not.
    pub async fn reconcile(&mut self, now: Nanos) -> Result<RolledUp, Error> {
        let news = self.source.news(0).await?;
        let candidates = self.open.iter().chain(&news.windows).copied();
        let settle = i64::try_from(SETTLE.as_secs()).unwrap_or(i64::MAX);
        let ended = now / 1_000_000_000 - settle - WINDOW_S;
        let (due, open): (BTreeSet<_>, BTreeSet<_>) = candidates.partition(|(_, w)| *w <= ended);
        let stale = self.stale(due).await?;
        let mut done = RolledUp::default();
        for ((org, hour), windows) in by_hour(stale.into_iter().map(|window| (window, ()))) {
            self.compute(org, hour, list(windows.iter().map(|(window, ())| window))).await?;
            done.windows += windows.len() as u64;
        }
        // Only now: what an error or a drop left undone is found again.
        self.open = open;
        self.source.dealt_with(news);
        Ok(done)
    }

    /// Keeps the windows whose rows are more than those the rollup was computed from.
    async fn stale(&self, due: BTreeSet<Window>) -> Result<BTreeSet<Window>, Error> {
        let times = due.iter().map(|(_, window)| *window);
        let (Some(from), Some(to)) = (times.clone().min(), times.max()) else { return Ok(due) };
        let range = [("from".to_owned(), from.to_string()), ("to".to_owned(), to.to_string())];
        let actual = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window, count() AS version \
             FROM sightline.red_10s WHERE ts >= toDateTime({from:Int64}, 'UTC') \
             AND ts < toDateTime({to:Int64} + 60, 'UTC') GROUP BY org, window";
        let actual = self.source.versions(actual, &range).await?;
        let stored = "SELECT org, toUnixTimestamp(window) AS window, max(row_version) AS version \
             FROM (SELECT org, window, row_version FROM sightline.red_1m WHERE level = 3 \
             AND window >= toDateTime({from:Int64}, 'UTC') AND window <= toDateTime({to:Int64}, 'UTC')) \
             GROUP BY org, window";
        let stored = self.source.versions(stored, &range).await?;
        let is_stale = |at: &Window| actual.get(at) > stored.get(at);
        Ok(due.into_iter().filter(is_stale).collect())
    }

    /// Computes windows of one hour and org: one partition, one insert.
    async fn compute(&self, org: u32, hour: i64, windows: String) -> Result<(), Error> {
        let parameters = [
            ("ret".to_owned(), self.ret.to_string()),
            ("org".to_owned(), org.to_string()),
            ("hour".to_owned(), hour.to_string()),
            ("windows".to_owned(), windows),
        ];
        self.source.insert(&format!("INSERT INTO sightline.red_1m ({COLUMNS}) {COMPUTE}"), &parameters).await
    }
}
