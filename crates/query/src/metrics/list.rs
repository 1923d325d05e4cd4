//! Which metrics there are, and what is known of one.

use serde::Serialize;
use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::derived;
use super::prometheus;
use super::series::{Chosen, Kind, days, predicate, temporality};
use crate::ask::Open;
use crate::filter::Params;
use crate::frame::{self, Described};
use crate::search::limit;
use crate::{Ask, Error, QueryService, rows};

/// Rows of a page when nobody says otherwise.
const LIMIT_DEFAULT: u32 = 1_000;

/// Most rows of a page.
const LIMIT_MAX: u32 = 10_000;

/// Which metrics to list, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsQuery {
    /// What is common to all questions. A metric is listed for every day of the range on which it had points; gauges and
    /// sums, which are kept by the hour, for every week.
    pub ask: Ask,
    /// Only metrics of which a series fits.
    pub filter: String,
    /// Only names that begin with this, as sent or as Prometheus has them.
    pub prefix: String,
    /// Only names that hold this, in any case.
    pub search: String,
    /// Rows of a page; at most 10,000.
    pub limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    pub after: Option<String>,
}

/// Which metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricInfoQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Its name, or the one that Prometheus gives it.
    pub metric: String,
}

/// What is known of a metric. Where series differ, what most of them say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricInfo {
    /// As sent.
    pub name: String,
    /// As Prometheus has it.
    pub prometheus_name: String,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// As sent (UCUM).
    pub unit: String,
    /// `delta`, `cumulative`; empty for kinds without one.
    pub temporality: &'static str,
    /// Whether a sum falls only by a reset.
    pub monotonic: bool,
    /// As sent.
    pub description: String,
    /// How many series.
    pub series: u64,
    /// How many kinds, units or temporalities it was sent in; more than one is worth a look.
    pub varieties: u64,
}

impl QueryService {
    /// Lists metrics, by name.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter or cursor, and when the store does not answer.
    pub async fn metrics(&self, scope: &TenantScope, query: &MetricsQuery) -> Result<Frame, Error> {
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        "metric_series".clone_into(&mut open.stats.tier);
        open.retention(self.config.kept_ns(Signal::Metrics));
        let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        let mut params = Params::default();
        let fits = predicate(&filter, &open, &mut params)?;
        let mut more = vec![fits];
        if !query.prefix.is_empty() {
            let (plain, translated) =
                (params.text(query.prefix.as_str()), params.text(prometheus::label(&query.prefix)));
            let own = "replaceRegexpAll(metric, '[^a-zA-Z0-9_]', '_')";
            more.push(format!("(startsWith(metric, {plain}) OR startsWith({own}, {translated}))"));
        }
        if !query.search.is_empty() {
            more.push(format!("positionCaseInsensitive(metric, {}) > 0", params.text(query.search.as_str())));
        }
        if let Some(after) = &query.after {
            more.push(format!("metric > {}", params.text(after.as_str())));
        }
        let sql = statement(&open, &more.join(" AND "), limit + 1, params);
        let found = self.select(scope, &mut open, sql).await?;
        let mut all = read(&found)?;
        if let Some(info) = self.derived_listed(scope, query).await? {
            let at = all.partition_point(|other| other.name < info.name);
            all.insert(at, info);
        }
        if all.len() > limit {
            all.truncate(limit);
            open.next_cursor = all.last().map(|last| last.name.clone());
        }
        let body = body(&all);
        Ok(self.frame(open, body))
    }

    /// Returns what is known of a metric.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader sees no such metric in the range, and when the store does not answer.
    pub async fn metric_info(
        &self,
        scope: &TenantScope,
        query: &MetricInfoQuery,
    ) -> Result<MetricInfo, Error> {
        if derived::is_named(&query.metric) {
            let info = self.derived_info(scope, &query.ask, "").await?;
            return info.ok_or_else(|| super::name::not_found(&query.metric));
        }
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        let names = self.metric_names(scope, &mut open, &query.metric).await?;
        let family = names.family;
        let chosen = Chosen { names, filter: open.filter("")?, only: None };
        let mut params = Params::default();
        let condition = chosen.condition(&open, &mut params)?;
        let sql = statement(&open, &condition, chosen.names.stored.len(), params);
        let found = self.select(scope, &mut open, sql).await?;
        let mut known = read(&found)?;
        let own = known.iter().position(|info| chosen.names.stored.first() == Some(&info.name)).unwrap_or(0);
        if known.is_empty() {
            return Err(super::name::not_found(&query.metric));
        }
        let mut info = known.swap_remove(own);
        if let Some(family) = family {
            // Of several names: what is told of the metric of today, in its unit.
            info.series = self.series(scope, &mut open, &chosen).await?.len() as u64;
            family.canonical.clone_into(&mut info.name);
            if !family.unit.is_empty() {
                family.unit.clone_into(&mut info.unit);
            }
            if let Some(kind) = Kind::of_word(info.kind) {
                info.prometheus_name = prometheus::metric(&info.name, &info.unit, kind, info.monotonic);
            }
        }
        Ok(info)
    }
}

/// A row a metric: what most of its series say.
fn statement(open: &Open<'_>, condition: &str, limit: usize, mut params: Params) -> Sql {
    let days = days(open.range, &mut params);
    params.into_sql(format!(
        "SELECT metric, sum(n) AS series, count() AS varieties, argMax(kind_code, n) AS most_kind, \
         argMax(temporality, n) AS most_temporality, argMax(monotonic, n) AS most_monotonic, \
         argMax(unit, n) AS most_unit, argMax(about, n) AS most_about FROM \
         (SELECT metric, toUInt8(kind) AS kind_code, temporality, monotonic, unit, uniqExact(series_id) AS n, \
         any(description) AS about FROM sightline.metric_series WHERE {{scope:metric_series}} AND {days} AND {condition} \
         GROUP BY metric, kind_code, temporality, monotonic, unit) GROUP BY metric ORDER BY metric LIMIT {limit}"
    ))
}

fn read(found: &Rows) -> Result<Vec<MetricInfo>, Error> {
    let (names, units) = (rows::texts(found, "metric")?, rows::texts(found, "most_unit")?);
    let about = rows::texts(found, "most_about")?;
    let (kinds, temporalities) = (rows::bytes(found, "most_kind")?, rows::bytes(found, "most_temporality")?);
    let monotonic = rows::flags(found, "most_monotonic")?;
    let (series, varieties) = (rows::counts(found, "series")?, rows::counts(found, "varieties")?);
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let texts = names.into_iter().zip(units).zip(about).enumerate();
    Ok(texts
        .map(|(row, ((name, unit), description))| {
            let kind = Kind::of(kinds[row]);
            MetricInfo {
                prometheus_name: prometheus::metric(&name, &unit, kind, monotonic[row]),
                name,
                kind: kind.as_str(),
                unit,
                temporality: temporality(temporalities[row]),
                monotonic: monotonic[row],
                description,
                series: number(series[row]),
                varieties: number(varieties[row]),
            }
        })
        .collect())
}

fn body(all: &[MetricInfo]) -> Body {
    let text = |name: &str, value: fn(&MetricInfo) -> &str| frame::text(name, all.iter().map(value));
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let columns = vec![
        text("name", |info| &info.name).key(),
        text("prometheus_name", |info| &info.prometheus_name),
        frame::word("type", all.iter().map(|info| info.kind)),
        text("unit", |info| &info.unit),
        frame::word("temporality", all.iter().map(|info| info.temporality)),
        frame::flag("monotonic", all.iter().map(|info| info.monotonic)),
        text("description", |info| &info.description),
        frame::int("series", all.iter().map(|info| number(info.series))).unit("{series}"),
        frame::int("varieties", all.iter().map(|info| number(info.varieties))),
    ];
    Body::Table { rows: all.len() as u64, columns }
}
