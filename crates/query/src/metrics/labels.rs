//! The labels of a metric and their values, for grouping and filtering.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sightline_model::{Signal, TenantScope};

use super::derived;
use super::group::{Grouping, parse_key};
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::{Ask, Error, QueryService};

/// Values of a label when nobody says otherwise, and most.
const VALUES_DEFAULT: usize = 100;
const VALUES_MAX: u32 = 1_000;

/// Which metric's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricLabelsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Name of the metric.
    pub metric: String,
    /// Only the labels of series that fit.
    pub filter: String,
}

/// Which label's values.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricLabelValuesQuery {
    /// Which metric and series.
    pub labels: MetricLabelsQuery,
    /// The label, as it stands in a filter.
    pub label: String,
    /// Only values that begin with this.
    pub prefix: String,
    /// Most values; at most 1,000.
    pub limit: Option<u32>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelInfo {
    /// As it stands in a filter.
    pub key: String,
    /// `attribute`, `resource`, or empty for what every series has.
    pub context: &'static str,
    /// How many values.
    pub values: u64,
    /// How many series have it.
    pub series: u64,
}

/// Labels of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelList {
    /// Those of all series, then point attributes, then resource attributes; each by name.
    pub labels: Vec<LabelInfo>,
    /// Whether every series was looked at.
    pub complete: bool,
}

/// A value of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelValue {
    /// As text.
    pub value: String,
    /// How many series have it.
    pub series: u64,
}

/// Values of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelValueList {
    /// Most frequent first.
    pub values: Vec<LabelValue>,
    /// Whether there are no others.
    pub complete: bool,
}

/// Values and series by key.
#[derive(Default)]
struct Counted<'a>(BTreeMap<(u8, &'a str), (BTreeSet<&'a str>, u64)>);

/// Contexts in the order in which labels are listed.
const CONTEXTS: [&str; 3] = ["", "attribute", "resource"];

impl<'a> Counted<'a> {
    fn add(&mut self, context: u8, key: &'a str, value: &'a str) {
        if !value.is_empty() || context != 0 {
            let (values, series) = self.0.entry((context, key)).or_default();
            values.insert(value);
            *series += 1;
        }
    }
}

impl QueryService {
    /// Lists the labels of a metric.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader sees no such metric in the range; [`Error`] for a wrong filter, and when the
    /// store does not answer.
    pub async fn metric_labels(
        &self,
        scope: &TenantScope,
        query: &MetricLabelsQuery,
    ) -> Result<LabelList, Error> {
        if derived::is_named(&query.metric) {
            return self.derived_labels(scope, query).await;
        }
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        let (chosen, series) = self.chosen(scope, &mut open, query).await?;
        let resources = self.resources_of(scope, &mut open, &chosen).await?;
        let mut counted = Counted::default();
        for one in &series {
            counted.add(0, "service", &one.service);
            counted.add(0, "tenant", &one.tenant);
            one.labels.iter().for_each(|(key, value)| counted.add(1, key, value));
            let resource = resources.get(&one.resource).into_iter().flatten();
            resource.for_each(|(key, value)| counted.add(2, key, value));
        }
        let labels = counted.0.into_iter().map(|((context, key), (values, series))| LabelInfo {
            key: key.to_owned(),
            context: CONTEXTS[usize::from(context)],
            values: values.len() as u64,
            series,
        });
        Ok(LabelList { labels: labels.collect(), complete: open.incomplete.is_empty() })
    }

    /// Lists the values of a label of a metric, most frequent first.
    ///
    /// # Errors
    /// As for [`Self::metric_labels`], and for what is no key.
    pub async fn metric_label_values(
        &self,
        scope: &TenantScope,
        query: &MetricLabelValuesQuery,
    ) -> Result<LabelValueList, Error> {
        let limit = match query.limit {
            None => VALUES_DEFAULT,
            Some(n) if (1..=VALUES_MAX).contains(&n) => usize::try_from(n).unwrap_or(VALUES_DEFAULT),
            Some(n) => {
                let detail = format!("`{n}` values, limit {VALUES_MAX}");
                return Err(Error::too_expensive("bad_limit", "limit", detail, "ask for fewer"));
            }
        };
        let key = parse_key("label", &query.label)?;
        if derived::is_named(&query.labels.metric) {
            let mut values = self.derived_values(scope, &query.labels, &key).await?;
            values.retain(|value| value.value.starts_with(&query.prefix));
            let complete = values.len() <= limit;
            values.truncate(limit);
            return Ok(LabelValueList { values, complete });
        }
        let mut open = self.open_on(&query.labels.ask, Signal::Metrics)?;
        let (chosen, series) = self.chosen(scope, &mut open, &query.labels).await?;
        let lines = self.lines(scope, &mut open, &chosen, &Grouping::Keys(vec![key]), &series).await?;
        let mut counts = vec![0_u64; lines.labels.len()];
        lines.of_series.iter().for_each(|line| counts[*line] += 1);
        let values = lines.labels.iter().zip(counts).filter_map(|(labels, series)| {
            let value = labels.values().next()?.as_str()?;
            // A series without the label has the empty value of it.
            let fits = !value.is_empty() && value.starts_with(&query.prefix);
            fits.then(|| LabelValue { value: value.to_owned(), series })
        });
        let mut values: Vec<LabelValue> = values.collect();
        values.sort_by(|a, b| b.series.cmp(&a.series).then_with(|| a.value.cmp(&b.value)));
        let complete = open.incomplete.is_empty() && values.len() <= limit;
        values.truncate(limit);
        Ok(LabelValueList { values, complete })
    }

    /// Returns the series of a metric that fit.
    async fn chosen(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        query: &MetricLabelsQuery,
    ) -> Result<(Chosen, Vec<Series>), Error> {
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, open).await?;
        let names = self.metric_names(scope, open, &query.metric).await?;
        let chosen = Chosen { names, filter, only: None };
        let series = self.series(scope, open, &chosen).await?;
        Ok((chosen, series))
    }
}
