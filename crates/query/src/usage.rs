//! What tenants use: how many records of each signal are stored of each tenant. The numbers of all tenants, with what has no
//! tenant, add up to what is stored of the org.

use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::Sql;

use crate::ask::Open;
use crate::filter::Params;
use crate::frame::{self, Described};
use crate::metrics::{between, days, millis_up};
use crate::{Ask, Error, QueryService, rows, span_time};

/// Most tenants in an answer.
const TENANTS_MAX: usize = 1_000;

/// What is read: one more tells that there are more.
const ROWS_MAX: usize = TENANTS_MAX + 1;

/// The tables of points; an exemplar is part of its point.
const POINTS: [&str; 4] = ["samples", "histograms", "exp_histograms", "summaries"];

/// How much each tenant uses.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageQuery {
    /// What is common to all questions; its environment is not looked at.
    pub ask: Ask,
}

/// Records of a tenant.
struct Row {
    tenant: String,
    signal: Signal,
    records: i64,
}

impl QueryService {
    /// Lists tenants and signals with the records whose time lies in the range, most first. Sampled records count as
    /// one: what was stored is told, not what happened.
    ///
    /// # Errors
    /// [`Error`] when the store does not answer.
    pub async fn usage(&self, scope: &TenantScope, query: &UsageQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        "raw".clone_into(&mut open.stats.tier);
        // The answer is whole only where every signal is still kept.
        let kept = [Signal::Traces, Signal::Logs, Signal::Metrics].map(|signal| self.config.kept_ns(signal));
        open.retention(kept.into_iter().fold(i64::MAX, i64::min));
        let mut found = Vec::new();
        let statements = [
            (Signal::Traces, records(&open, "spans")),
            (Signal::Logs, records(&open, "logs")),
            (Signal::Metrics, points(&open)),
        ];
        for (signal, sql) in statements {
            let read = self.select(scope, &mut open, sql).await?;
            if read.len() > TENANTS_MAX {
                let detail = format!("the {TENANTS_MAX} tenants with most {}", signal.as_str());
                open.incomplete.push(frame::row_limit(detail, "choose tenants"));
            }
            let records = rows::texts(&read, "of")?.into_iter().zip(rows::counts(&read, "records")?);
            found.extend(records.take(TENANTS_MAX).map(|(tenant, records)| Row { tenant, signal, records }));
        }
        found.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.tenant.cmp(&b.tenant)));
        let body = table(&found);
        Ok(self.frame(open, body))
    }
}

fn records(open: &Open<'_>, table: &str) -> Sql {
    let mut params = Params::default();
    let when = span_time::between(open.range.from(), open.range.to(), &mut params);
    params.into_sql(format!(
        "SELECT toString(tenant) AS of, count() AS records FROM sightline.{table} WHERE {{scope:{table}}} AND {when} \
         GROUP BY of ORDER BY records DESC, of LIMIT {ROWS_MAX}"
    ))
}

/// Points have no tenant of their own: their series has.
fn points(open: &Open<'_>) -> Sql {
    let mut params = Params::default();
    let (from, to) = (millis_up(open.range.from()), millis_up(open.range.to()));
    let tables = POINTS.map(|table| {
        let when = between(from, to, &mut params);
        format!(
            "SELECT series_id, count() AS n FROM sightline.{table} WHERE {{scope:{table}}} AND {when} GROUP BY series_id"
        )
    });
    let days = days(open.range, &mut params);
    params.into_sql(format!(
        "SELECT tenant AS of, sum(n) AS records FROM ({}) AS points LEFT JOIN \
         (SELECT series_id, toString(any(tenant)) AS tenant FROM sightline.metric_series \
         WHERE {{scope:metric_series}} AND {days} GROUP BY series_id) AS series USING (series_id) \
         GROUP BY of ORDER BY records DESC, of LIMIT {ROWS_MAX}",
        tables.join(" UNION ALL ")
    ))
}

fn table(found: &[Row]) -> Body {
    let columns = vec![
        frame::text("tenant", found.iter().map(|row| row.tenant.as_str())).key(),
        frame::word("signal", found.iter().map(|row| row.signal.as_str())).key(),
        frame::int("records", found.iter().map(|row| row.records)).unit("{record}"),
    ];
    Body::Table { rows: found.len() as u64, columns }
}
