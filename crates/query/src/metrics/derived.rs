//! The metric that nobody sends: `sightline.red.duration`, read from the windows that were counted at ingest.
//!
//! It is a histogram in seconds. How many requests there were is known by every label; durations are not known by
//! `sightline.error`, because the windows hold those of failed and other requests together.

use serde_json::{Map, Value};
use sightline_model::{Frame, Signal, TenantScope};

use super::group::{Grouping, Lines};
use super::labels::{LabelInfo, LabelList, LabelValue, MetricLabelsQuery};
use super::list::{MetricInfo, MetricsQuery};
use super::measure::{Distribution, Measure};
use super::prometheus;
use super::range::{Line, MetricQuery, body, canonical, covered_s, largest, line_limit};
use super::series::{Chosen, Kind, Names};
use crate::bins::POINTS_DEFAULT;
use crate::red::{self, Label, METRIC};
use crate::{Ask, Error, QueryService};

/// The name that Prometheus gives it.
const TRANSLATED: &str = "sightline_red_duration_seconds";

const UNIT: &str = "s";

const ABOUT: &str = "how long requests took; every span counts, whatever was kept of it";

/// Tells whether the metric is the one that is derived.
pub(super) fn is_named(asked: &str) -> bool {
    asked == METRIC || prometheus::is_named(asked, TRANSLATED, Kind::Histogram)
}

impl QueryService {
    /// Returns the derived metric in bins.
    pub(super) async fn derived(&self, scope: &TenantScope, query: &MetricQuery) -> Result<Frame, Error> {
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        let points = if query.max_points == 0 { POINTS_DEFAULT } else { query.max_points };
        let grouping = Grouping::parse(&query.by)?;
        let limit = line_limit(query.limit)?;
        let measure = Measure::of(query, Kind::Histogram, &[])?;
        let Measure::Distribution(wanted) = &measure else {
            return Err(Error::invalid(
                "bad_function",
                "agg",
                "a histogram has no such value",
                "use quantile",
            ));
        };
        let filter = open.filter(&query.filter)?;
        let is_count = matches!(wanted, Distribution::Count | Distribution::Rate);
        let labels = labels(&grouping, is_count)?;
        if !is_count && (labels.contains(&Label::Error) || Label::Error.is_in(&filter)) {
            return Err(Error::too_expensive(
                "not_by_outcome",
                "filter",
                "durations are kept of failed and other requests together",
                "leave `sightline.error` out, ask how many with time_fn=rate or increase, or search traces",
            ));
        }
        let (bins, found) = self.red_lines(scope, &mut open, &filter, &labels, (query.bin, points)).await?;
        let chosen = Chosen { names: Names::one(METRIC), filter, only: None };
        open.canonical = canonical(query, &chosen, &grouping, &measure);
        let mut keys = match &grouping {
            Grouping::Keys(_) => grouping.names(),
            Grouping::Everything => labels.iter().map(|label| label.key().to_owned()).collect(),
        };
        // Of everything, a label without a value is none.
        let is_told = |value: &String| grouping != Grouping::Everything || !value.is_empty();
        let pairs = |values: Vec<String>| -> Map<String, Value> {
            let told = keys.iter().cloned().zip(values).filter(|(_, value)| is_told(value));
            told.map(|(key, value)| (key, value.into())).collect()
        };
        let covered = covered_s(&bins, &open);
        let mut made = Vec::with_capacity(found.len());
        let mut told_apart = Vec::with_capacity(found.len());
        for (at, line) in found.into_iter().enumerate() {
            made.push(Line { line: at, columns: told(&line.bins, wanted, &covered) });
            told_apart.push(pairs(line.labels));
        }
        if grouping == Grouping::Everything {
            keys.retain(|key| told_apart.iter().any(|labels| labels.contains_key(key)));
        }
        let lines = Lines { labels: told_apart, keys, ..Lines::default() };
        let made = largest(made, limit, bins.len(), &mut open);
        let body = body(&measure, UNIT, &bins, &lines, made);
        Ok(self.frame(open, body))
    }

    /// Returns what is known of the derived metric if it belongs on a page of the list.
    pub(super) async fn derived_listed(
        &self,
        scope: &TenantScope,
        query: &MetricsQuery,
    ) -> Result<Option<MetricInfo>, Error> {
        let begins = METRIC.starts_with(&query.prefix)
            || TRANSLATED.starts_with(prometheus::label(&query.prefix).as_str());
        let holds = METRIC.contains(&query.search.to_lowercase());
        let is_behind = query.after.as_deref().is_some_and(|after| METRIC <= after);
        if !begins || !holds || is_behind {
            return Ok(None);
        }
        match self.derived_info(scope, &query.ask, &query.filter).await {
            // It has no such label, hence no series that fits.
            Err(error) if error.problems().iter().any(|problem| problem.code == "not_in_red") => Ok(None),
            other => other,
        }
    }

    /// Returns what is known of the derived metric; none when there is nothing in the range.
    pub(super) async fn derived_info(
        &self,
        scope: &TenantScope,
        ask: &Ask,
        filter: &str,
    ) -> Result<Option<MetricInfo>, Error> {
        // The newest hour tells, and costs the same for any range; what is only before it is looked for.
        let newest = red::newest_hour(ask.range);
        let mut series = 0;
        for range in [newest, ask.range] {
            let part = Ask { range, ..ask.part("derived") };
            let mut open = self.open_on(&part, Signal::Metrics)?;
            let filter = open.filter(filter)?;
            series = self.red_extent(scope, &mut open, &filter).await?.series;
            if series > 0 || ask.range == newest {
                break;
            }
        }
        Ok((series > 0).then(|| MetricInfo {
            name: METRIC.to_owned(),
            prometheus_name: TRANSLATED.to_owned(),
            kind: Kind::Histogram.as_str(),
            unit: UNIT.to_owned(),
            temporality: "delta",
            monotonic: false,
            description: ABOUT.to_owned(),
            series,
            varieties: 1,
        }))
    }

    /// Lists the labels of the derived metric.
    pub(super) async fn derived_labels(
        &self,
        scope: &TenantScope,
        query: &MetricLabelsQuery,
    ) -> Result<LabelList, Error> {
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        let filter = open.filter(&query.filter)?;
        let extent = self.red_extent(scope, &mut open, &filter).await?;
        if extent.series == 0 {
            return Err(super::name::not_found(&query.metric));
        }
        let of = |label: Label| if label == Label::Tenant { extent.of_tenants } else { extent.series };
        let found = extent.values.iter().filter(|(_, values)| *values > 0);
        let mut labels: Vec<LabelInfo> = found
            .map(|(label, values)| LabelInfo {
                key: label.key().to_owned(),
                context: context(*label),
                values: *values,
                series: of(*label),
            })
            .collect();
        labels.sort_by_key(|label| {
            ["", "attribute", "resource"].iter().position(|known| *known == label.context)
        });
        Ok(LabelList { labels, complete: true })
    }

    /// Lists the values of a label of the derived metric.
    pub(super) async fn derived_values(
        &self,
        scope: &TenantScope,
        query: &MetricLabelsQuery,
        key: &sightline_model::language::Key,
    ) -> Result<Vec<LabelValue>, Error> {
        let Some(label) = Label::of(key) else { return Ok(Vec::new()) };
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        let filter = open.filter(&query.filter)?;
        let values = self.red_values(scope, &mut open, &filter, label).await?;
        let named = values.into_iter().filter(|(value, _)| !value.is_empty());
        Ok(named.map(|(value, series)| LabelValue { value, series }).collect())
    }
}

const fn context(label: Label) -> &'static str {
    match label {
        Label::Service | Label::Tenant => "",
        Label::Class | Label::Endpoint | Label::Error => "attribute",
        Label::Namespace | Label::Environment => "resource",
    }
}

/// Returns the labels that tell the lines apart.
fn labels(grouping: &Grouping, is_count: bool) -> Result<Vec<Label>, Error> {
    let keys = match grouping {
        Grouping::Keys(keys) => keys,
        Grouping::Everything => {
            let known = Label::ALL.into_iter().filter(|label| is_count || *label != Label::Error);
            return Ok(known.collect());
        }
    };
    let each = keys.iter().map(|key| {
        Label::of(key).ok_or_else(|| {
            let detail = format!("`{METRIC}` has no label `{key}`");
            Error::too_expensive("not_in_red", "by", detail, Label::REMEDY)
        })
    });
    each.collect()
}

/// Returns the columns that were asked for; a bin without requests has a count of zero.
fn told(cells: &[red::Measure], wanted: &Distribution, covered: &[f64]) -> Vec<Vec<Option<f64>>> {
    let each = |value: &dyn Fn(usize, &red::Measure) -> Option<f64>| -> Vec<Option<f64>> {
        cells.iter().enumerate().map(|(bin, cell)| value(bin, cell)).collect()
    };
    match wanted {
        Distribution::Quantiles(quantiles) => {
            quantiles.iter().map(|q| each(&|_, cell| cell.latency.quantile(*q))).collect()
        }
        Distribution::Mean => {
            vec![each(&|_, cell| (cell.count > 0.0).then(|| cell.sum_ns / 1e9 / cell.count))]
        }
        Distribution::Count => vec![each(&|_, cell| Some(cell.count))],
        Distribution::Rate => {
            vec![each(&|bin, cell| (covered[bin] > 0.0).then(|| cell.count / covered[bin]))]
        }
        Distribution::Sum => vec![each(&|_, cell| Some(cell.sum_ns / 1e9))],
    }
}
