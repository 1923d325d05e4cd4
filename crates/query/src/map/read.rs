//! The windows of edges, summed by who, whom and kind.

use sightline_model::{Exactness, TenantScope, Tenants, TimeRange};
use sightline_store::{Rows, Sql};

use super::graph::{EdgeRow, Kind};
use crate::ask::Open;
use crate::filter::Params;
use crate::red::{measure, plan};
use crate::{Error, QueryService, bins, frame, rows};

/// Seconds of a window.
const WINDOW_S: i64 = 60;

/// Most groups that are read; the busiest come first.
const GROUPS_MAX: usize = 50_000;

impl QueryService {
    /// Widens the range to whole minutes, which is how edges are kept, and notes it.
    pub(super) fn edge_range(&self, open: &mut Open<'_>) -> TimeRange {
        open.range = bins::widen(open.range, WINDOW_S);
        "edges_1m".clone_into(&mut open.stats.tier);
        open.exactness = Exactness::Approximated;
        open.retention(i64::from(self.config.red_1m_days) * bins::DAY_NS);
        open.range
    }

    /// Reads the windows of the range.
    pub(super) async fn edges(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        range: TimeRange,
    ) -> Result<Vec<EdgeRow>, Error> {
        let environment = open.ask.environment.clone();
        let sql = statement(range, scope, environment);
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

/// A window that was computed again may have edges no longer: those of its newest version count.
fn statement(range: TimeRange, scope: &TenantScope, environment: Option<String>) -> Sql {
    let mut params = Params::default();
    let only = environment.map_or_else(String::new, |name| {
        let name = params.text(name);
        format!(" AND environment = {name}")
    });
    let when = plan::windows("`window`", range, &mut params);
    // `system` is quoted: as a bare word it is the name of a database.
    let template = format!(
        "SELECT client, server, edge_kind, `system`, sum(n) AS total_n, sum(errors) AS total_errors, sum(sum_ns) AS total_ns, \
         toUInt64(0) AS least_ns, max(max_ns) AS most_ns, sumMap(lat_idx, lat_n) AS latency \
         FROM (SELECT *, max(row_version) OVER (PARTITION BY `window`) AS newest FROM sightline.edges_1m FINAL \
           WHERE {{scope:edges_1m}} AND level = {} AND {when}) \
         WHERE row_version = newest{only} \
         GROUP BY client, server, edge_kind, `system` ORDER BY total_n DESC, client, server, edge_kind, `system` LIMIT {}",
        level(scope),
        GROUPS_MAX + 1
    );
    params.into_sql(template)
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
