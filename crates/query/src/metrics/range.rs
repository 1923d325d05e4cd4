//! A metric over time: which series, which function of time, joined how; and the frame that comes of it.

use std::collections::{BTreeMap, BTreeSet};

use sightline_model::language::Filter;
use sightline_model::{Body, Exactness, Frame, Incomplete, Signal, TenantScope, TimeRange};

use super::derived;
use super::group::{Grouping, Lines};
use super::inner::{Grid, TimeFn};
use super::measure::{Aggregate, Measure};
use super::points::millis_up;
use super::series::{Chosen, Kind, Only, Series};
use crate::ask::Open;
use crate::bins::{self, Bin, Bins, POINTS_DEFAULT};
use crate::frame::{self, Described};
use crate::red::warn_of_bins;
use crate::{Ask, Error, QueryService};

/// Lines of a chart when nobody says otherwise.
const LINES_DEFAULT: usize = 100;

/// Most lines.
const LINES_MAX: u32 = 10_000;

/// Most cells of an answer: lines times bins.
const CELLS_MAX: usize = 2_000_000;

/// Widths of bins that an export interval is rounded up to, in seconds.
const INTERVALS_S: [i64; 13] = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 86_400];

/// A metric over time.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Name of the metric: its own, or the one that Prometheus gives it.
    pub metric: String,
    /// Which series.
    pub filter: String,
    /// What tells the lines apart: keys as in a filter; `*` is every label. None: one line.
    pub by: Vec<String>,
    /// Width of the bins.
    pub bin: Bin,
    /// Most points of a line when the width is chosen here; 0 is the default.
    pub max_points: usize,
    /// What becomes of the samples of a series in a bin; by the kind of the metric when none.
    pub function: Option<TimeFn>,
    /// How the series of a line are joined; by the kind of the metric when none.
    pub aggregate: Option<Aggregate>,
    /// Quantiles of histograms, each from 0 to 1.
    pub quantiles: Vec<f64>,
    /// Most lines, the largest first; 100 by default, at most 10,000.
    pub limit: Option<u32>,
}

/// The values of a line: one list of cells for each column of the answer.
pub(crate) struct Line {
    pub(crate) line: usize,
    pub(crate) columns: Vec<Vec<Option<f64>>>,
}

/// What the lines are made in.
pub(crate) struct Made {
    pub(crate) bins: Bins,
    pub(crate) lines: Vec<Line>,
}

impl QueryService {
    /// Returns a metric in bins.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader sees no such metric in the range; [`Error`] for a wrong filter, a function
    /// that the kind of the metric does not have, too many points, and when the store does not answer.
    pub async fn metric(&self, scope: &TenantScope, query: &MetricQuery) -> Result<Frame, Error> {
        if derived::is_named(&query.metric) {
            return self.derived(scope, query).await;
        }
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        "raw".clone_into(&mut open.stats.tier);
        let points = if query.max_points == 0 { POINTS_DEFAULT } else { query.max_points };
        // Too many points are refused before anything runs.
        let asked = Bins::cut(open.range, query.bin, points, 1, &open.tz)?;
        let grouping = Grouping::parse(&query.by)?;
        let limit = line_limit(query.limit)?;
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        let names = self.metric_names(scope, &mut open, &query.metric).await?;
        let mut chosen = Chosen { names, filter, only: None };
        let mut series = self.series(scope, &mut open, &chosen).await?;
        let kind = pick(&mut series, &mut chosen, &mut open);
        let kept_ns =
            if kind.is_number() { self.config.hours_kept_ns() } else { self.config.kept_ns(Signal::Metrics) };
        open.retention(kept_ns);
        let measure = Measure::of(query, kind, &series)?;
        open.canonical = canonical(query, &chosen, &grouping, &measure);
        let unit = chosen.only.as_ref().map_or("", |only| only.unit.as_str()).to_owned();
        if series.is_empty() {
            let body = body(
                &measure,
                &unit,
                &asked,
                &Lines { keys: grouping.names(), ..Lines::default() },
                Vec::new(),
            );
            return Ok(self.frame(open, body));
        }
        let lines = self.lines(scope, &mut open, &chosen, &grouping, &series).await?;
        let cut = Cut { bin: query.bin, points };
        let made = match &measure {
            Measure::Number { function, aggregate } => {
                self.numbers(scope, &mut open, &chosen, &series, &lines, cut, (*function, *aggregate)).await?
            }
            Measure::Distribution(wanted) => {
                self.distributions(scope, &mut open, &chosen, kind, &series, &lines, cut, wanted).await?
            }
        };
        warn_of_bins(&mut open, &made.bins);
        open.exactness = measure.exactness();
        let largest = largest(made.lines, limit, made.bins.len(), &mut open);
        let body = body(&measure, &unit, &made.bins, &lines, largest);
        Ok(self.frame(open, body))
    }
}

/// How the range is to be cut, once the interval of the points is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(super) bin: Bin,
    pub(super) points: usize,
}

impl Cut {
    /// Returns the bins: those that were asked for, or such that each holds a point of every series.
    pub(crate) fn bins(self, open: &Open<'_>, interval_ms: Option<i64>) -> Result<Bins, Error> {
        let window = match (self.bin, interval_ms) {
            // A little less than the interval is the same interval measured with jitter.
            (Bin::Auto, Some(ms)) => {
                let fits = |width: &i64| *width * 1_000 >= ms - ms / 20;
                INTERVALS_S.into_iter().find(fits).unwrap_or(INTERVALS_S[12])
            }
            _ => 1,
        };
        Bins::cut(open.range, self.bin, self.points, window, &open.tz)
    }
}

/// Returns the edges in milliseconds; nothing after now counts.
pub(crate) fn grid(bins: &Bins, open: &Open<'_>) -> Grid {
    Grid {
        edges: bins.starts_s.iter().copied().chain([bins.end_s()]).map(bins::millis).collect(),
        from: millis_up(open.range.from()),
        to: millis_up(open.range.to().min(open.now.max(open.range.from() + 1))),
    }
}

/// Returns what rates divide by, a number of seconds a bin.
pub(crate) fn covered_s(bins: &Bins, open: &Open<'_>) -> Vec<f64> {
    let covered = TimeRange::new(open.range.from(), open.range.to().min(open.now)).unwrap_or(open.range);
    (0..bins.len()).map(|bin| bins.covered_s(bin, covered)).collect()
}

pub(super) fn line_limit(wanted: Option<u32>) -> Result<usize, Error> {
    match wanted {
        None => Ok(LINES_DEFAULT),
        Some(n) if (1..=LINES_MAX).contains(&n) => Ok(usize::try_from(n).unwrap_or(LINES_DEFAULT)),
        Some(n) => {
            let detail = format!("`{n}` lines, limit {LINES_MAX}");
            Err(Error::too_expensive("bad_limit", "limit", detail, format!("use 1 to {LINES_MAX}")))
        }
    }
}

/// Keeps the series of the most frequent kind and unit: others cannot be in one chart with them.
fn pick(series: &mut Vec<Series>, chosen: &mut Chosen, open: &mut Open<'_>) -> Kind {
    // Gauges and sums are both plain numbers.
    let sort = |series: &Series| {
        (if series.kind.is_number() { Kind::Gauge } else { series.kind }, series.unit.clone())
    };
    let mut counts = BTreeMap::new();
    series.iter().for_each(|one| *counts.entry(sort(one)).or_insert(0_usize) += 1);
    let Some((most, _)) = counts.iter().max_by_key(|(_, count)| **count) else { return Kind::Gauge };
    let most = most.clone();
    if counts.len() > 1 {
        let others: Vec<String> = counts
            .iter()
            .filter(|(sort, _)| **sort != most)
            .map(|((kind, unit), count)| format!("{count} of kind {} in `{unit}`", kind.as_str()))
            .collect();
        let text = format!("the metric was sent in several kinds or units; left out: {}", others.join(", "));
        open.warnings.push(frame::warning("mixed_types", text));
        series.retain(|one| sort(one) == most);
    }
    let kind = if most.0 == Kind::Gauge {
        let sums = series.iter().filter(|one| one.kind == Kind::Sum).count();
        if 2 * sums > series.len() { Kind::Sum } else { Kind::Gauge }
    } else {
        most.0
    };
    let stored: BTreeSet<&String> = series.iter().map(|one| &one.stored_unit).collect();
    let stored_units = stored.into_iter().cloned().collect();
    chosen.only = Some(Only { kind, unit: most.1, stored_units });
    kind
}

/// The question in the language.
pub(super) fn canonical(
    query: &MetricQuery,
    chosen: &Chosen,
    grouping: &Grouping,
    measure: &Measure,
) -> String {
    let by: Vec<String> = match grouping {
        Grouping::Keys(_) => grouping.names(),
        Grouping::Everything => vec!["*".to_owned()],
    };
    let bin = match query.bin {
        Bin::Auto => Some("bin(auto)".to_owned()),
        Bin::Fixed(width) => Some(format!("bin({})", bins::width_text(i64::from(width)))),
        Bin::Whole => None,
    };
    let filter = match &chosen.filter {
        Filter::All => String::new(),
        filter => format!(" | where {filter}"),
    };
    let name = chosen.names.stored.first().map_or("", String::as_str);
    let by = by.into_iter().chain(bin).collect::<Vec<_>>().join(", ");
    let by = if by.is_empty() { by } else { format!(" by {by}") };
    format!("from metrics {name}{filter} | summarize {}{by}", measure.text())
}

/// Sorts lines by what they come to over the whole range, and cuts.
pub(super) fn largest(mut lines: Vec<Line>, limit: usize, bins: usize, open: &mut Open<'_>) -> Vec<Line> {
    let size = |line: &Line| {
        let cells = line.columns.first().into_iter().flatten();
        cells.flatten().filter(|value| value.is_finite()).map(|value| value.abs()).sum::<f64>()
    };
    let mut sized: Vec<(f64, Line)> = lines.drain(..).map(|line| (size(&line), line)).collect();
    sized.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.line.cmp(&y.line)));
    let all = sized.len();
    let columns = sized.first().map_or(1, |(_, line)| line.columns.len().max(1));
    let fits = (CELLS_MAX / (bins.max(1) * columns)).max(1);
    sized.truncate(limit.min(fits));
    if sized.len() < all {
        open.incomplete.push(Incomplete {
            reason: "series_limit".to_owned(),
            detail: format!("{} of {all} series", sized.len()),
            remedy: "narrow the filter, group by fewer keys, or raise `limit`".to_owned(),
        });
    }
    sized.into_iter().map(|(_, line)| line).collect()
}

pub(super) fn body(measure: &Measure, unit: &str, bins: &Bins, lines: &Lines, made: Vec<Line>) -> Body {
    let heads = measure.columns(unit);
    let mut series = Vec::with_capacity(made.len() * heads.len());
    for line in made {
        for (head, values) in heads.iter().zip(line.columns) {
            series.push(sightline_model::Series {
                labels: lines.labels.get(line.line).cloned().unwrap_or_default(),
                column: head.name.clone(),
                values: values.into_iter().map(frame::number).collect(),
            });
        }
    }
    let columns = heads.iter().map(|head| {
        let exactness = if head.is_exact { Exactness::Exact } else { Exactness::Approximated };
        frame::float(&head.name, []).unit(&head.unit).exactness(exactness)
    });
    Body::Series {
        columns: columns.collect(),
        keys: lines.keys.clone(),
        bin_ms: u64::try_from(bins::millis(bins.width_s)).unwrap_or(0),
        x: bins.starts_s.iter().copied().map(bins::millis).collect(),
        series,
    }
}
