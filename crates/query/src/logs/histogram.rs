//! How many records matched over time.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sightline_model::{Body, Exactness, Frame, Incomplete, Series, Signal, TenantScope};
use sightline_store::Sql;

use crate::ask::Open;
use crate::bins::{self, Bin, Bins, POINTS_DEFAULT};
use crate::filter::{Params, severity_word};
use crate::frame::{self, Described};
use crate::red::{bin_expression, warn_of_bins};
use crate::search::predicate;
use crate::{Ask, Error, QueryService, rows, span_time};

/// Most lines of a chart; the rest is cut and the answer says so.
const LINES_MAX: usize = 100;

/// What to count.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which records.
    pub filter: String,
    /// Width of the bins.
    pub bin: Bin,
    /// What tells the lines apart.
    pub by: HistogramBy,
}

/// What tells the lines of a histogram apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistogramBy {
    /// The level; empty for records without one.
    #[default]
    Severity,
    /// The service.
    Service,
    /// Nothing: one line.
    Nothing,
}

impl HistogramBy {
    /// Reads `severity`, `service`, `none`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "severity" => Some(Self::Severity),
            "service" => Some(Self::Service),
            "none" => Some(Self::Nothing),
            _ => None,
        }
    }

    const fn key(self) -> Option<&'static str> {
        match self {
            Self::Severity => Some("severity"),
            Self::Service => Some("service"),
            Self::Nothing => None,
        }
    }

    fn expression(self) -> String {
        match self {
            Self::Severity => severity_word("severity_number"),
            Self::Service => "toString(service)".to_owned(),
            Self::Nothing => "''".to_owned(),
        }
    }
}

impl QueryService {
    /// Counts the records of the range that match, by bin.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter or too many points, and when the store does not answer.
    pub async fn log_histogram(&self, scope: &TenantScope, query: &HistogramQuery) -> Result<Frame, Error> {
        let mut open = self.open_on(&query.ask, Signal::Logs)?;
        "raw".clone_into(&mut open.stats.tier);
        open.retention(self.config.kept_ns(Signal::Logs));
        let bins = Bins::cut(open.range, query.bin, POINTS_DEFAULT, 1, &open.tz)?;
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        warn_of_bins(&mut open, &bins);
        let mut params = Params::default();
        let predicate = predicate(&filter, &open, &mut params)?;
        let sql = statement(&open, query.by, &bins, &predicate, params);
        let found = self.select(scope, &mut open, sql).await?;
        let (labels, starts) = (rows::texts(&found, "label")?, rows::counts(&found, "bin")?);
        let counts = rows::counts(&found, "n")?;
        let mut lines: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for ((label, start), count) in labels.into_iter().zip(starts).zip(counts) {
            if let Some(at) = bins.index_of(start) {
                lines.entry(label).or_insert_with(|| vec![0; bins.len()])[at] += count;
            }
        }
        let lines = largest(lines, &mut open);
        let body = body(lines, query.by, &bins);
        Ok(self.frame(open, body))
    }
}

fn statement(open: &Open<'_>, by: HistogramBy, bins: &Bins, predicate: &str, mut params: Params) -> Sql {
    let when = span_time::between(open.range.from(), open.range.to(), &mut params);
    let (bin, label) = (bin_expression(bins, &mut params), by.expression());
    let template = format!(
        "SELECT label, {bin} AS bin, count() AS n FROM \
         (SELECT {label} AS label, toUnixTimestamp(ts) AS t FROM sightline.logs WHERE {{scope:logs}} AND {when} AND {predicate}) \
         GROUP BY label, bin"
    );
    params.into_sql(template)
}

fn largest(lines: BTreeMap<String, Vec<i64>>, open: &mut Open<'_>) -> Vec<(String, Vec<i64>)> {
    let mut lines: Vec<(String, Vec<i64>)> = lines.into_iter().collect();
    lines.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<i64>()));
    if lines.len() > LINES_MAX {
        open.incomplete.push(Incomplete {
            reason: "series_limit".to_owned(),
            detail: format!("{LINES_MAX} of {} series", lines.len()),
            remedy: "narrow the filter".to_owned(),
        });
        lines.truncate(LINES_MAX);
    }
    lines
}

fn body(lines: Vec<(String, Vec<i64>)>, by: HistogramBy, bins: &Bins) -> Body {
    let series = lines.into_iter().map(|(label, counts)| Series {
        labels: by.key().map(|key| (key.to_owned(), Value::from(label))).into_iter().collect::<Map<_, _>>(),
        column: "count".to_owned(),
        values: counts.into_iter().map(Value::from).collect(),
    });
    Body::Series {
        columns: vec![frame::int("count", []).unit("{record}").exactness(Exactness::Exact)],
        keys: by.key().map(str::to_owned).into_iter().collect(),
        bin_ms: u64::try_from(bins::millis(bins.width_s)).unwrap_or(0),
        x: bins.starts_s.iter().copied().map(bins::millis).collect(),
        series: series.collect(),
    }
}
