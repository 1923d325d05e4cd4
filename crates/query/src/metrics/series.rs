//! The series of a metric: what is known of them, and the condition by which their points are found.

use sightline_model::language::Filter;
use sightline_model::{Incomplete, TenantScope, TimeRange};
use sightline_store::{Rows, Sql};

use super::families::Family;
use crate::ask::Open;
use crate::bins;
use crate::filter::{Compiler, ENVIRONMENT, Params, Table};
use crate::{Error, QueryService, rows};

/// Most series of a question; the rest is left out and the answer says so.
pub(crate) const SERIES_MAX: usize = 10_000;

/// What kind of points a series has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Gauge = 1,
    Sum = 2,
    Histogram = 3,
    ExpHistogram = 4,
    Summary = 5,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Gauge, Self::Sum, Self::Histogram, Self::ExpHistogram, Self::Summary];

    /// Returns the number in the store.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Gauge => 1,
            Self::Sum => 2,
            Self::Histogram => 3,
            Self::ExpHistogram => 4,
            Self::Summary => 5,
        }
    }

    pub(crate) fn of(code: u8) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Self::Gauge)
    }

    /// Reads the word on the wire.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Returns the word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExpHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }

    /// Tells whether the points are plain numbers.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Gauge | Self::Sum)
    }

    /// Returns the table of the points.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Gauge | Self::Sum => "samples",
            Self::Histogram => "histograms",
            Self::ExpHistogram => "exp_histograms",
            Self::Summary => "summaries",
        }
    }
}

/// The number of delta temporality; the others are cumulative or have none.
pub(crate) const DELTA: u8 = 1;

/// Returns the word of a temporality.
pub(crate) const fn temporality(code: u8) -> &'static str {
    match code {
        DELTA => "delta",
        2 => "cumulative",
        _ => "",
    }
}

/// A series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Little-endian, as the store has it.
    pub(crate) id: [u8; 16],
    pub(crate) metric: String,
    pub(crate) tenant: String,
    pub(crate) service: String,
    pub(crate) kind: Kind,
    pub(crate) is_delta: bool,
    pub(crate) monotonic: bool,
    /// The unit in which it is answered.
    pub(crate) unit: String,
    /// The unit in which it was sent, and what its values are multiplied with.
    pub(crate) stored_unit: String,
    pub(crate) factor: f64,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) resource: u64,
    pub(crate) scope: String,
}

/// Which series: the metrics by their stored names, and more conditions on the rows of `metric_series`.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) names: Names,
    pub(crate) filter: Filter,
    /// Only series of this kind and unit.
    pub(crate) only: Option<Only>,
}

/// The metrics by their stored names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Those to read, that which was asked for first.
    pub(crate) stored: Vec<String>,
    /// The family of which these are the names.
    pub(crate) family: Option<&'static Family>,
}

impl Names {
    /// One metric by its own name.
    pub(crate) fn one(name: &str) -> Self {
        Self { stored: vec![name.to_owned()], family: None }
    }
}

/// What the series of a chart have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Only {
    pub(crate) kind: Kind,
    /// The unit of the answer.
    pub(crate) unit: String,
    /// The units in which it was sent.
    pub(crate) stored_units: Vec<String>,
}

impl Chosen {
    /// Returns the condition behind the mark of `metric_series`.
    pub(crate) fn condition(&self, open: &Open<'_>, params: &mut Params) -> Result<String, Error> {
        let names = params.add(self.names.stored.clone());
        let days = days(open.range, params);
        let predicate = predicate(&self.filter, open, params)?;
        let only = self.only.as_ref().map_or(String::new(), |only| {
            let kinds = if only.kind.is_number() { "1, 2".to_owned() } else { only.kind.code().to_string() };
            format!(" AND toUInt8(kind) IN ({kinds}) AND unit IN {}", params.add(only.stored_units.clone()))
        });
        Ok(format!("metric IN {names} AND {days} AND {predicate}{only}"))
    }

    /// Returns the condition on points that they are of these series.
    pub(crate) fn points(&self, open: &Open<'_>, params: &mut Params) -> Result<String, Error> {
        let condition = self.condition(open, params)?;
        Ok(format!(
            "series_id IN (SELECT series_id FROM sightline.metric_series WHERE {{scope:metric_series}} AND {condition} \
             GROUP BY series_id ORDER BY series_id LIMIT {SERIES_MAX})"
        ))
    }
}

/// The days of the series rows that a range touches: a row stands at the start of the bucket that its retention keeps
/// together.
pub(crate) fn days(range: TimeRange, params: &mut Params) -> String {
    let from = params.add(bins::second_of(range.from()));
    let to = params.add(bins::second_of(range.to()));
    let from = format!("toDateTime({from}, 'UTC')");
    format!(
        "day >= multiIf(ret <= 31, toDate({from}), ret <= 100, toMonday({from}), toStartOfMonth({from})) \
         AND day <= toDate(toDateTime({to}, 'UTC'))"
    )
}

/// The condition of a filter and of the environment over `metric_series`.
pub(crate) fn predicate(filter: &Filter, open: &Open<'_>, params: &mut Params) -> Result<String, Error> {
    let environment = open.reading(Table::Series, open.range);
    let own = Compiler::new(&environment, params).predicate(filter)?;
    Ok(match &open.ask.environment {
        Some(name) => format!(
            "{own} AND resource_id IN (SELECT resource_id FROM sightline.resources WHERE {{scope:resources}} \
             AND {ENVIRONMENT} = {})",
            params.text(name)
        ),
        None => own,
    })
}

impl QueryService {
    /// Reads the series; when there are more than the limit, says so.
    pub(crate) async fn series(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
    ) -> Result<Vec<Series>, Error> {
        let sql = statement(chosen, open)?;
        let found = self.select(scope, open, sql).await?;
        let mut series = read(&found)?;
        let all = series.len();
        if let Some(family) = chosen.names.family {
            self.unify(scope, open, family, &mut series).await?;
        }
        if all > SERIES_MAX {
            series.truncate(SERIES_MAX);
            open.incomplete.push(Incomplete {
                reason: "series_limit".to_owned(),
                detail: format!("the metric has more than {SERIES_MAX} series here; {SERIES_MAX} were read"),
                remedy: "use a narrower filter".to_owned(),
            });
        }
        Ok(series)
    }
}

fn statement(chosen: &Chosen, open: &Open<'_>) -> Result<Sql, Error> {
    let mut params = Params::default();
    let condition = chosen.condition(open, &mut params)?;
    let template = format!(
        "SELECT series_id, any(metric) AS one_metric, any(tenant) AS one_tenant, any(service) AS one_service, \
         any(toUInt8(kind)) AS one_kind, any(temporality) AS one_temporality, any(monotonic) AS one_monotonic, \
         any(unit) AS one_unit, any(labels) AS one_labels, any(resource_id) AS one_resource, \
         any(scope) AS one_scope \
         FROM sightline.metric_series WHERE {{scope:metric_series}} AND {condition} \
         GROUP BY series_id ORDER BY series_id LIMIT {}",
        SERIES_MAX + 1
    );
    Ok(params.into_sql(template))
}

fn read(found: &Rows) -> Result<Vec<Series>, Error> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows::ids::<16>(found, "series_id")?;
    let (metrics, tenants) = (rows::texts(found, "one_metric")?, rows::texts(found, "one_tenant")?);
    let (services, units) = (rows::texts(found, "one_service")?, rows::texts(found, "one_unit")?);
    let (kinds, temporalities) = (rows::bytes(found, "one_kind")?, rows::bytes(found, "one_temporality")?);
    let monotonic = rows::flags(found, "one_monotonic")?;
    let labels = rows::text_maps(found.column("one_labels")?)?;
    let resources = found.column("one_resource")?.unsigned()?;
    let scopes = rows::texts(found, "one_scope")?;
    let texts = metrics.into_iter().zip(tenants).zip(services).zip(units).zip(labels).zip(scopes);
    Ok(texts
        .enumerate()
        .map(|(row, (((((metric, tenant), service), unit), labels), scope))| Series {
            id: ids[row],
            metric,
            tenant,
            service,
            kind: Kind::of(kinds[row]),
            is_delta: temporalities[row] == DELTA,
            monotonic: monotonic[row],
            stored_unit: unit.clone(),
            unit,
            factor: 1.0,
            labels,
            resource: resources[row],
            scope,
        })
        .collect())
}
