//! What the rollups share: which windows a table has news of, and how an insert that computes is run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::http::{Call, Connection};
use crate::rows::Rows;
use crate::{Endpoint, Error};

/// How long one step may take.
pub(crate) const STEP_DEADLINE: Duration = Duration::from_secs(120);

/// A window of an org: the org, and the start in seconds since the epoch.
pub(crate) type Window = (u32, i64);

/// What a run of a rollup did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledUp {
    /// Windows of an org that were computed.
    pub windows: u64,
}

/// A table that is rolled up, and how far it was looked at.
#[derive(Debug)]
pub(crate) struct Source {
    table: &'static str,
    /// What makes the start of its window of `ts`.
    start_of: &'static str,
    admin: Connection,
    pub(crate) ingest: Connection,
    /// The highest block number of each partition that was looked at.
    seen: BTreeMap<String, u64>,
}

/// Windows that have news, and what to remember once they are computed: what an error or a drop left undone is then
/// found again.
pub(crate) struct News {
    pub(crate) windows: BTreeSet<Window>,
    seen: BTreeMap<String, u64>,
}

impl Source {
    pub(crate) fn new(endpoint: &Endpoint, table: &'static str, start_of: &'static str) -> Self {
        let [admin, ingest] = [&endpoint.admin, &endpoint.ingest].map(|user| Connection::new(endpoint, user));
        Self { table, start_of, admin, ingest, seen: BTreeMap::new() }
    }

    /// Returns the windows of rows that came since the last news, those before that instant (Unix seconds) left out.
    pub(crate) async fn news(&self, oldest: i64) -> Result<News, Error> {
        let (parts, seen) = self.new_parts().await?;
        if parts.is_empty() {
            return Ok(News { windows: BTreeSet::new(), seen });
        }
        let sql = format!(
            "SELECT org, toUnixTimestamp({}(ts)) AS window FROM sightline.{} WHERE _part IN {{parts:Array(String)}} \
             AND ts >= toDateTime({{oldest:UInt32}}, 'UTC') GROUP BY org, window",
            self.start_of, self.table
        );
        // Part names are digits, hyphens and underscores.
        let list = format!("['{}']", parts.join("','"));
        let parameters = [("parts".to_owned(), list), ("oldest".to_owned(), oldest.max(0).to_string())];
        let rows = self.ingest.read(&sql, &parameters, STEP_DEADLINE).await?;
        Ok(News { windows: windows(&rows, None)?.into_keys().collect(), seen })
    }

    /// Remembers that the news were dealt with.
    pub(crate) fn dealt_with(&mut self, news: News) {
        self.seen = news.seen;
    }

    /// Returns the active parts that hold blocks not looked at yet, and the numbers to remember afterwards.
    async fn new_parts(&self) -> Result<(Vec<String>, BTreeMap<String, u64>), Error> {
        let sql = format!(
            "SELECT name, partition_id, toUInt64(max_block_number) AS block FROM system.parts \
             WHERE database = 'sightline' AND table = '{}' AND active",
            self.table
        );
        let rows = self.admin.read(&sql, &[], STEP_DEADLINE).await?;
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

    /// Returns the windows that a statement tells of in its columns `org` and `window`, with its column `version`.
    pub(crate) async fn versions(
        &self,
        sql: &str,
        parameters: &[(String, String)],
    ) -> Result<BTreeMap<Window, u64>, Error> {
        windows(&self.ingest.read(sql, parameters, STEP_DEADLINE).await?, Some("version"))
    }

    /// Runs an insert that computes rows of one partition.
    pub(crate) async fn insert(&self, sql: &str, parameters: &[(String, String)]) -> Result<(), Error> {
        let settings = [
            ("async_insert", "0".to_owned()),
            ("insert_deduplicate", "0".to_owned()),
            ("max_partitions_per_insert_block", "1".to_owned()),
        ];
        let call = Call { sql, parameters, settings: &settings, deadline: STEP_DEADLINE, ..Call::default() };
        self.ingest.run(call).await.map(|_| ())
    }
}

fn windows(rows: &Rows, version: Option<&str>) -> Result<BTreeMap<Window, u64>, Error> {
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

/// Windows by org and hour, hence by partition.
pub(crate) fn by_hour<T>(windows: impl IntoIterator<Item = (Window, T)>) -> BTreeMap<Window, Vec<(i64, T)>> {
    let mut out: BTreeMap<Window, Vec<(i64, T)>> = BTreeMap::new();
    for ((org, window), what) in windows {
        out.entry((org, window - window.rem_euclid(3600))).or_default().push((window, what));
    }
    out
}

/// A list as a parameter of a statement.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(","))
}
