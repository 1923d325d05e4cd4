//! The windows as a metric: `sightline.red.duration`, the durations of requests by service, class, endpoint, outcome and
//! tenant (vocabulary.md 4). The same statement and the same sums as the pages of services.

use std::collections::BTreeMap;

use sightline_model::language::{Context, Filter, Key};
use sightline_model::{Signal, TenantScope, TimeRange};

use super::WINDOW_S;
use super::measure::{self, Measure};
use super::plan::{self, Level, Split};
use super::series::warn_of_bins;
use crate::ask::Open;
use crate::bins::{self, Bin, Bins};
use crate::filter::{Compiler, Params, Table, class_word};
use crate::{Error, QueryService, rows};

/// The name of the metric.
pub(crate) const METRIC: &str = "sightline.red.duration";

/// Requests; calls of others are another metric.
const REQUESTS: &str = "class IN (1, 2, 3)";

/// Whether the request failed; a row of windows is read as two.
const IS_ERROR: &str = "is_error";

/// What is counted of each of the two.
const OF_OUTCOME: &str = "if(is_error = 'true', errors, n - errors)";

/// A label of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Service,
    Namespace,
    Environment,
    Tenant,
    Class,
    Endpoint,
    Error,
}

impl Label {
    /// The labels that every series has.
    pub(crate) const ALL: [Self; 5] = [Self::Service, Self::Tenant, Self::Class, Self::Endpoint, Self::Error];

    /// What to do instead of asking for another.
    pub(crate) const REMEDY: &str = "use service, service.namespace, environment, tenant, sightline.class, \
        sightline.endpoint or sightline.error, or search traces";

    /// Finds the label that a key means.
    pub(crate) fn of(key: &Key) -> Option<Self> {
        let name = key.field(Signal::Metrics).map_or(key.name.as_str(), |field| field.name);
        match (key.context, name) {
            (None, "service") => Some(Self::Service),
            (None | Some(Context::Resource), "service.namespace") => Some(Self::Namespace),
            (None, "environment") => Some(Self::Environment),
            (None, "tenant") => Some(Self::Tenant),
            (None | Some(Context::Attribute), "sightline.class" | "sightline_class") => Some(Self::Class),
            (None | Some(Context::Attribute), "sightline.endpoint" | "sightline_endpoint") => {
                Some(Self::Endpoint)
            }
            (None | Some(Context::Attribute), "sightline.error" | "sightline_error") => Some(Self::Error),
            _ => None,
        }
    }

    /// Returns the key.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Namespace => "service.namespace",
            Self::Environment => "environment",
            Self::Tenant => "tenant",
            Self::Class => "sightline.class",
            Self::Endpoint => "sightline.endpoint",
            Self::Error => "sightline.error",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Namespace => "service_namespace",
            Self::Environment => "environment",
            Self::Tenant => "tenant",
            Self::Class => "class",
            Self::Endpoint => "endpoint",
            Self::Error => IS_ERROR,
        }
    }

    /// Returns SQL of the value.
    pub(crate) fn expression(self) -> String {
        if self == Self::Class { class_word("class") } else { self.column().to_owned() }
    }

    /// Tells whether a filter reads it.
    pub(crate) fn is_in(self, filter: &Filter) -> bool {
        let other = self.key().replace('.', "_");
        plan::uses(filter, self.key()) || plan::uses(filter, &other)
    }
}

/// A line of the metric: the values of its labels, and what there was in each bin.
pub(crate) struct RedLine {
    pub(crate) labels: Vec<String>,
    pub(crate) bins: Vec<Measure>,
}

/// How many values each label has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Series: what differs in service, class, endpoint or tenant.
    pub(crate) series: u64,
    /// Series with a tenant.
    pub(crate) of_tenants: u64,
    /// Label, how many values.
    pub(crate) values: Vec<(Label, u64)>,
}

/// What the statements are over.
struct Source {
    sql: String,
    params: Params,
    by_outcome: bool,
}

impl Source {
    /// Returns SQL of how many requests a row counts.
    const fn n(&self) -> &'static str {
        if self.by_outcome { OF_OUTCOME } else { "n" }
    }
}

impl QueryService {
    /// Reads the metric in bins, by labels.
    pub(crate) async fn red_lines(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        filter: &Filter,
        labels: &[Label],
        (bin, points): (Bin, usize),
    ) -> Result<(Bins, Vec<RedLine>), Error> {
        // Too many points are refused before anything runs.
        let wanted = Bins::cut(open.range, bin, points, WINDOW_S, &open.tz)?;
        let split = self.split(scope, open, wanted.width_s % 60 != 0).await?;
        let window_s = if split.minutes.is_some() { 60 } else { WINDOW_S };
        let bins = Bins::cut(split.range, bin, points, window_s, &open.tz)?;
        warn_of_bins(open, &bins);
        let source = self.source(scope, open, &split, filter, labels)?;
        let group: Vec<&str> = labels.iter().map(|label| label.column()).collect();
        let n = source.n();
        let sql = plan::sums(&source.sql, &group, Some(&bins), n, source.params);
        let found = self.select(scope, open, sql).await?;
        let measures = measure::of_rows(&found)?;
        let values = labels.iter().map(|label| match label {
            Label::Class => {
                let codes = rows::bytes(&found, label.column())?;
                Ok(codes.into_iter().map(|code| measure::class_word(code).to_owned()).collect())
            }
            _ => rows::texts(&found, label.column()),
        });
        let values: Vec<Vec<String>> = values.collect::<Result<_, sightline_store::Error>>()?;
        let starts = rows::counts(&found, "bin")?;
        let mut lines: BTreeMap<Vec<&str>, Vec<Measure>> = BTreeMap::new();
        for (row, measure) in measures.iter().enumerate().filter(|(_, measure)| measure.count > 0.0) {
            let Some(at) = bins.index_of(starts[row]) else { continue };
            let own: Vec<&str> = values.iter().map(|column| column[row].as_str()).collect();
            lines.entry(own).or_insert_with(|| vec![Measure::default(); bins.len()])[at].merge(measure);
        }
        let lines = lines
            .into_iter()
            .map(|(labels, bins)| RedLine { labels: labels.into_iter().map(str::to_owned).collect(), bins });
        self.note_weights(scope, open, split.range, None).await?;
        Ok((bins, lines.collect()))
    }

    /// Counts the series of a range and the values of their labels.
    pub(crate) async fn red_extent(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        filter: &Filter,
    ) -> Result<Extent, Error> {
        let split = self.split(scope, open, false).await?;
        let labels = [
            Label::Service,
            Label::Namespace,
            Label::Environment,
            Label::Tenant,
            Label::Class,
            Label::Endpoint,
        ];
        let source = self.source(scope, open, &split, filter, &labels)?;
        let n = source.n();
        let (failed, went_well) = if source.by_outcome {
            ("is_error = 'true' AND errors > 0", "is_error = 'false' AND n > errors")
        } else {
            ("errors > 0", "n > errors")
        };
        let each = labels.map(|label| {
            let column = label.column();
            format!("uniqExactIf({column}, toString({column}) != '' AND {n} > 0) AS of_{column}")
        });
        let template = format!(
            "SELECT uniqExactIf((service, class, endpoint, tenant), {n} > 0) AS series, \
             uniqExactIf((service, class, endpoint, tenant), tenant != '' AND {n} > 0) AS of_tenants, \
             toUInt64(countIf({failed}) > 0) AS failed, toUInt64(countIf({went_well}) > 0) AS went_well, {} FROM {}",
            each.join(", "),
            source.sql
        );
        let found = self.select(scope, open, source.params.into_sql(template)).await?;
        let one = |name: &str| -> Result<u64, Error> {
            Ok(rows::counts(&found, name)?.first().map_or(0, |n| u64::try_from(*n).unwrap_or(0)))
        };
        let mut values = Vec::new();
        for label in labels {
            values.push((label, one(&format!("of_{}", label.column()))?));
        }
        values.push((Label::Error, one("failed")? + one("went_well")?));
        Ok(Extent { series: one("series")?, of_tenants: one("of_tenants")?, values })
    }

    /// Returns the values of a label and how many series have each, most first.
    pub(crate) async fn red_values(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        filter: &Filter,
        label: Label,
    ) -> Result<Vec<(String, u64)>, Error> {
        let split = self.split(scope, open, false).await?;
        let all = [Label::Service, Label::Tenant, Label::Class, Label::Endpoint, label];
        let source = self.source(scope, open, &split, filter, &all)?;
        let n = source.n();
        let template = format!(
            "SELECT {} AS value, uniqExactIf((service, class, endpoint, tenant), {n} > 0) AS series FROM {} \
             GROUP BY value HAVING series > 0 ORDER BY series DESC, value LIMIT 10000",
            label.expression(),
            source.sql
        );
        let found = self.select(scope, open, source.params.into_sql(template)).await?;
        let series = rows::counts(&found, "series")?;
        let values = rows::texts(&found, "value")?.into_iter().zip(series);
        Ok(values.map(|(value, series)| (value, u64::try_from(series).unwrap_or(0))).collect())
    }

    /// Returns what is read: the windows that fit, each as two when the outcome matters.
    fn source(
        &self,
        scope: &TenantScope,
        open: &Open<'_>,
        split: &Split,
        filter: &Filter,
        labels: &[Label],
    ) -> Result<Source, Error> {
        let environment = open.reading(Table::RedMetric, split.range);
        let mut params = Params::default();
        let named = |label: Label| labels.contains(&label) || label.is_in(filter);
        let by_outcome = named(Label::Error);
        // What is asked of the outcome is asked of the two halves; the rest narrows what is read.
        let conditions = match filter {
            Filter::And(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        let (of_halves, of_windows): (Vec<_>, Vec<_>) =
            conditions.into_iter().partition(|condition| Label::Error.is_in(condition));
        let mut inner = vec![REQUESTS.to_owned()];
        for condition in &of_windows {
            inner.push(Compiler::new(&environment, &mut params).predicate(condition)?);
        }
        inner
            .extend(open.ask.environment.as_ref().map(|name| format!("environment = {}", params.text(name))));
        let level = Level::with(scope, named(Label::Tenant), named(Label::Endpoint));
        let parts = plan::parts(split, level, plan::COLUMNS, &inner.join(" AND "), &mut params);
        let mut sql = format!("({})", parts.join(" UNION ALL "));
        if by_outcome {
            sql.push_str(" ARRAY JOIN ['false', 'true'] AS is_error");
        }
        for (at, condition) in of_halves.iter().enumerate() {
            sql.push_str(if at == 0 { " WHERE " } else { " AND " });
            sql.push_str(&Compiler::new(&environment, &mut params).predicate(condition)?);
        }
        Ok(Source { sql, params, by_outcome })
    }
}

/// The part of a range in which it is looked whether there is anything: the newest hour.
pub(crate) fn newest_hour(range: TimeRange) -> TimeRange {
    TimeRange::new(range.from().max(range.to() - bins::HOUR_NS), range.to()).unwrap_or(range)
}
