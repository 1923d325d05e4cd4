//! The windows of edges: each from one tier, summed by who, whom and kind.

use sightline_model::{Exactness, TenantScope, Tenants, TimeRange};
use sightline_store::{Rows, Sql};

use super::graph::{EdgeRow, Kind};
use crate::ask::Open;
use crate::filter::Params;
use crate::red::plan::{self, Split};
use crate::red::{DAY_NS, measure};
use crate::{Error, QueryService, frame, rows};

/// Most groups that are read; the busiest come first.
const GROUPS_MAX: usize = 50_000;

impl QueryService {
    /// Decides which tier each part of the range is read from, and notes it.
    pub(super) async fn edge_split(&self, scope: &TenantScope, open: &mut Open<'_>) -> Result<Split, Error> {
        // The windows of edges are kept as long as those of requests.
        let kept_from = open.now - i64::from(self.config.red_10s_days) * DAY_NS;
        let rolled_up_to = if plan::needs_rollup(open.range, kept_from) {
            Some(self.edges_rolled_up_to(scope, open).await?)
        } else {
            None
        };
        let split = Split::of(open.range, open.now, kept_from, rolled_up_to);
        open.range = split.range;
        open.stats.tier = split.tier().replace("red_", "edges_");
        open.exactness = Exactness::Approximated;
        open.retention(i64::from(self.config.red_1m_days) * DAY_NS);
        Ok(split)
    }

    /// Returns the end of the newest minute in the rollup; 0 without one.
    async fn edges_rolled_up_to(&self, scope: &TenantScope, open: &mut Open<'_>) -> Result<i64, Error> {
        let mut params = Params::default();
        let when = plan::windows("`window`", open.range, &mut params);
        // Level 0 is the one that every reader may see.
        let template = format!(
            "SELECT toUnixTimestamp(max(`window`)) AS newest FROM sightline.edges_1m \
             WHERE {{scope:edges_1m}} AND level = 0 AND {when}"
        );
        let rows = self.select(scope, open, params.into_sql(template)).await?;
        let newest = rows::counts(&rows, "newest")?.first().copied().unwrap_or(0);
        Ok(if newest == 0 { 0 } else { (newest + 60) * 1_000_000_000 })
    }

    /// Reads the windows of the range.
    pub(super) async fn edges(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        split: &Split,
    ) -> Result<Vec<EdgeRow>, Error> {
        let environment = open.ask.environment.clone();
        let sql = statement(split, scope, environment);
        let rows = self.select(scope, open, sql).await?;
        if rows.len() > GROUPS_MAX {
            let detail = format!("only the {GROUPS_MAX} busiest edges were looked at");
            open.incomplete.push(frame::row_limit(detail, "use one environment, or a shorter range"));
        }
        edge_rows(&rows)
    }
}

/// Who may see everything reads the level of all tenants; others that of their own.
const fn level(scope: &TenantScope) -> u8 {
    match scope.tenants() {
        Tenants::All => 1,
        Tenants::Set(_) => 0,
    }
}

fn statement(split: &Split, scope: &TenantScope, environment: Option<String>) -> Sql {
    let mut params = Params::default();
    let only = environment.map_or_else(String::new, |name| {
        let name = params.text(name);
        format!(" AND environment = {name}")
    });
    // `system` is quoted: as a bare word it is the name of a database.
    let columns = "client, server, edge_kind, `system`, n, errors, sum_ns, max_ns, lat_idx, lat_n";
    let mut parts = Vec::new();
    for range in split.fine() {
        let when = plan::windows("ts", range, &mut params);
        parts.push(format!(
            "SELECT {columns} FROM sightline.edges_10s WHERE {{scope:edges_10s}} AND {when}{only}"
        ));
    }
    if let Some(range) = split.minutes {
        parts.push(minutes(columns, range, level(scope), &only, &mut params));
    }
    let template = format!(
        "SELECT client, server, edge_kind, `system`, sum(n) AS total_n, sum(errors) AS total_errors, sum(sum_ns) AS total_ns, \
         toUInt64(0) AS least_ns, max(max_ns) AS most_ns, sumMap(lat_idx, lat_n) AS latency FROM ({}) \
         GROUP BY client, server, edge_kind, `system` ORDER BY total_n DESC, client, server, edge_kind, `system` LIMIT {}",
        parts.join(" UNION ALL "),
        GROUPS_MAX + 1
    );
    params.into_sql(template)
}

fn minutes(columns: &str, range: TimeRange, level: u8, only: &str, params: &mut Params) -> String {
    let when = plan::windows("`window`", range, params);
    format!(
        "SELECT {columns} FROM sightline.edges_1m FINAL \
         WHERE {{scope:edges_1m}} AND level = {level} AND {when}{only}"
    )
}

/// Reads the groups; kinds of edges that a newer version wrote are left out.
fn edge_rows(rows: &Rows) -> Result<Vec<EdgeRow>, Error> {
    let (clients, servers) = (rows::texts(rows, "client")?, rows::texts(rows, "server")?);
    let (kinds, systems) = (rows::bytes(rows, "edge_kind")?, rows::texts(rows, "system")?);
    let measures = measure::of_rows(rows)?;
    let groups = clients.into_iter().zip(servers).zip(kinds).zip(systems).zip(measures);
    let row = |((((client, server), kind), system), measure)| {
        Some(EdgeRow { client, server, kind: Kind::of(kind)?, system, measure })
    };
    Ok(groups.take(GROUPS_MAX).filter_map(row).collect())
}
