//! `red_10s` to `red_1m`, for windows that have ended: a reconciler without input.
//!
//! The version of a window is the number of `red_10s` rows it was computed from. Those rows are only ever added, so a
//! late row makes a higher version, the same rows the same version with the same content, and running again changes
//! nothing. What to look at is found by the parts that appeared since the last run; a restart looks at everything.
//!
//! Rows that arrive after `red_10s` of their day was dropped (two days) make a lower version and change nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sightline_model::Nanos;

use crate::http::{Call, Connection};
use crate::rows::Rows;
use crate::{Endpoint, Error, retention_class};

pub(crate) const COLUMNS: &str = "org, ret, level, window, row_version, tenant, service, environment, \
    service_namespace, service_version, class, endpoint, peer, status_class, n, errors, sum_ns, min_ns, max_ns, \
    lat_idx, lat_n";

/// How long one step may take.
const STEP_DEADLINE: Duration = Duration::from_secs(120);
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

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledUp {
    /// Windows (of an org and a minute) that were computed.
    pub windows: u64,
}

/// Keeps `red_1m` equal to what `red_10s` says.
#[derive(Debug)]
pub struct Rollup {
    admin: Connection,
    ingest: Connection,
    ret: u16,
    /// The highest block number of each partition that was looked at.
    seen: BTreeMap<String, u64>,
    /// Windows that had not ended when their part was looked at.
    open: BTreeSet<(u32, i64)>,
}

impl Rollup {
    /// Makes a rollup whose rows are kept that many days, rounded up to a retention class.
    #[must_use]
    pub fn new(endpoint: &Endpoint, ret_days: u16) -> Self {
        Self {
            admin: Connection::new(endpoint, &endpoint.admin),
            ingest: Connection::new(endpoint, &endpoint.ingest),
            ret: retention_class(ret_days),
            seen: BTreeMap::new(),
            open: BTreeSet::new(),
        }
    }

    /// Computes every ended window that has rows the rollup does not know of. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts; the next run does what this one did not.
    pub async fn reconcile(&mut self, now: Nanos) -> Result<RolledUp, Error> {
        let (parts, seen) = self.new_parts().await?;
        let mut candidates = self.open.clone();
        if !parts.is_empty() {
            candidates.extend(self.windows_of(&parts).await?);
        }
        let settle = i64::try_from(SETTLE.as_secs()).unwrap_or(i64::MAX);
        let ended = now / 1_000_000_000 - settle - WINDOW_S;
        let (due, open): (BTreeSet<_>, BTreeSet<_>) = candidates.into_iter().partition(|(_, w)| *w <= ended);
        let stale = self.stale(due).await?;
        let mut done = RolledUp::default();
        for ((org, hour), windows) in by_hour(&stale) {
            self.compute(org, hour, &windows).await?;
            done.windows += windows.len() as u64;
        }
        // Only now: what an error or a drop left undone is found again.
        self.open = open;
        self.seen = seen;
        Ok(done)
    }

    /// Returns the active parts that hold blocks not looked at yet, and the numbers to remember afterwards.
    async fn new_parts(&self) -> Result<(Vec<String>, BTreeMap<String, u64>), Error> {
        let sql = "SELECT name, partition_id, toUInt64(max_block_number) AS block FROM system.parts \
                   WHERE database = 'sightline' AND table = 'red_10s' AND active";
        let rows = self.admin.read(sql, &[], STEP_DEADLINE).await?;
        let (mut parts, mut seen) = (Vec::new(), BTreeMap::new());
        if rows.is_empty() {
            return Ok((parts, seen));
        }
        let (names, partitions) = (rows.column("name")?.strings()?, rows.column("partition_id")?.strings()?);
        for (row, block) in rows.column("block")?.unsigned()?.iter().enumerate() {
            let partition = partitions.text(row).into_owned();
            if self.seen.get(&partition).is_none_or(|known| block > known) {
                parts.push(names.text(row).into_owned());
            }
            let highest = seen.entry(partition).or_insert(*block);
            *highest = (*highest).max(*block);
        }
        Ok((parts, seen))
    }

    async fn windows_of(&self, parts: &[String]) -> Result<BTreeSet<(u32, i64)>, Error> {
        let sql = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window FROM sightline.red_10s \
                   WHERE _part IN {parts:Array(String)} GROUP BY org, window";
        // Part names are digits, hyphens and underscores.
        let list = format!("['{}']", parts.join("','"));
        let rows = self.ingest.read(sql, &[("parts".to_owned(), list)], STEP_DEADLINE).await?;
        Ok(windows(&rows, None)?.into_keys().collect())
    }

    /// Keeps the windows whose rows are more than those the rollup was computed from.
    async fn stale(&self, due: BTreeSet<(u32, i64)>) -> Result<BTreeSet<(u32, i64)>, Error> {
        let times = due.iter().map(|(_, window)| *window);
        let (Some(from), Some(to)) = (times.clone().min(), times.max()) else { return Ok(due) };
        let range = [("from".to_owned(), from.to_string()), ("to".to_owned(), to.to_string())];
        let actual = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window, count() AS version \
             FROM sightline.red_10s WHERE ts >= toDateTime({from:Int64}, 'UTC') \
             AND ts < toDateTime({to:Int64} + 60, 'UTC') GROUP BY org, window";
        let actual = windows(&self.ingest.read(actual, &range, STEP_DEADLINE).await?, Some("version"))?;
        let stored = "SELECT org, toUnixTimestamp(window) AS window, max(row_version) AS version \
             FROM (SELECT org, window, row_version FROM sightline.red_1m WHERE level = 3 \
             AND window >= toDateTime({from:Int64}, 'UTC') AND window <= toDateTime({to:Int64}, 'UTC')) \
             GROUP BY org, window";
        let stored = windows(&self.ingest.read(stored, &range, STEP_DEADLINE).await?, Some("version"))?;
        let is_stale = |at: &(u32, i64)| actual.get(at) > stored.get(at);
        Ok(due.into_iter().filter(is_stale).collect())
    }

    /// Computes windows of one hour and org: one partition, one insert.
    async fn compute(&self, org: u32, hour: i64, windows: &[i64]) -> Result<(), Error> {
        let list = windows.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let parameters = [
            ("ret".to_owned(), self.ret.to_string()),
            ("org".to_owned(), org.to_string()),
            ("hour".to_owned(), hour.to_string()),
            ("windows".to_owned(), format!("[{list}]")),
        ];
        let sql = format!("INSERT INTO sightline.red_1m ({COLUMNS}) {COMPUTE}");
        let settings = [
            ("async_insert", "0".to_owned()),
            ("insert_deduplicate", "0".to_owned()),
            ("max_partitions_per_insert_block", "1".to_owned()),
        ];
        let call = Call {
            sql: &sql,
            parameters: &parameters,
            settings: &settings,
            deadline: STEP_DEADLINE,
            ..Call::default()
        };
        self.ingest.run(call).await.map(|_| ())
    }
}

fn windows(rows: &Rows, version: Option<&str>) -> Result<BTreeMap<(u32, i64), u64>, Error> {
    let mut out = BTreeMap::new();
    if rows.is_empty() {
        return Ok(out);
    }
    let (orgs, windows) = (rows.column("org")?.unsigned()?, rows.column("window")?.unsigned()?);
    let versions = version.map(|name| rows.column(name)?.unsigned()).transpose()?;
    for (row, (org, window)) in orgs.iter().zip(windows).enumerate() {
        let org = u32::try_from(*org).map_err(|_| Error::answer("an org is larger than 32 bits"))?;
        out.insert((org, window.cast_signed()), versions.map_or(0, |versions| versions[row]));
    }
    Ok(out)
}

fn by_hour(windows: &BTreeSet<(u32, i64)>) -> BTreeMap<(u32, i64), Vec<i64>> {
    let mut out: BTreeMap<(u32, i64), Vec<i64>> = BTreeMap::new();
    for (org, window) in windows {
        out.entry((*org, window - window.rem_euclid(3600))).or_default().push(*window);
    }
    out
}
