//! How a service does over time.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sightline_model::{Body, Exactness, Frame, Incomplete, Series, TenantScope, TimeRange};

use super::measure::{self, ASPECTS, Measure};
use super::services::{Subject, Windows};
use super::{By, RedQuery, WINDOW_S};
use crate::ask::Open;
use crate::bins::{self, Bins, POINTS_DEFAULT};
use crate::{Error, QueryService, frame, rows};

/// Most lines of a chart; the rest is cut and the answer says so.
const LINES_MAX: usize = 100;

impl QueryService {
    /// Returns count, rate, errors, error rate and latency quantiles of a service in bins.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter or too many points, and when the store does not answer.
    pub async fn red(&self, scope: &TenantScope, query: &RedQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        let points = if query.max_points == 0 { POINTS_DEFAULT } else { query.max_points };
        // Too many points are refused before anything runs.
        let wanted = Bins::cut(open.range, query.bin, points, WINDOW_S, &open.tz)?;
        let split = self.split(scope, &mut open, wanted.width_s % 60 != 0).await?;
        let window_s = if split.minutes.is_some() { 60 } else { WINDOW_S };
        let bins = Bins::cut(split.range, query.bin, points, window_s, &open.tz)?;
        warn_of_bins(&mut open, &bins);
        let subject = Subject { service: &query.service, namespace: query.namespace.as_deref() };
        let group: Vec<&str> = std::iter::once("class").chain(query.by.column()).collect();
        let windows =
            self.windows(scope, &mut open, &split, &group, Some(&bins), &query.filter, Some(subject)).await?;
        let lines = lines(&windows, &bins, query.by)?;
        let lines = largest(lines, &mut open);
        self.note_weights(scope, &mut open, split.range, Some(&query.service)).await?;
        let covered =
            TimeRange::new(split.range.from(), split.range.to().min(open.now)).unwrap_or(split.range);
        let body = body(&lines, &bins, query.by, covered, open.exactness);
        Ok(self.frame(open, body))
    }
}

/// Says so when bins are wider than asked for, or stick out of the range.
pub(crate) fn warn_of_bins(open: &mut Open<'_>, bins: &Bins) {
    if let Some(asked) = bins.raised_from_s {
        let text = format!(
            "bins of {} are finer than the data kept for this range; they are {} wide",
            bins::width_text(asked),
            bins::width_text(bins.width_s)
        );
        open.warnings.push(frame::warning("step_raised", text));
    }
    if bins.first_partial || bins.last_partial {
        let which = match (bins.first_partial, bins.last_partial) {
            (true, true) => "the first and the last bin reach",
            (true, false) => "the first bin reaches",
            _ => "the last bin reaches",
        };
        open.warnings.push(frame::warning(
            "partial_bins",
            format!("{which} out of the range; rates divide by what is inside"),
        ));
    }
}

/// Measures by bin.
struct Line {
    label: String,
    whole: f64,
    bins: Vec<Measure>,
}

/// Sums by label and bin, of the class that is the service's headline over the whole range.
fn lines(windows: &Windows, bins: &Bins, by: By) -> Result<Vec<Line>, Error> {
    let classes = rows::bytes(&windows.rows, "class")?;
    let counts = windows.measures.iter().map(|measure| measure.count);
    let mut sums: BTreeMap<u8, f64> = BTreeMap::new();
    classes.iter().zip(counts).for_each(|(class, n)| *sums.entry(*class).or_default() += n);
    let Some(headline) = measure::headline(sums) else { return Ok(Vec::new()) };
    let starts = rows::counts(&windows.rows, "bin")?;
    let labels = match by.column() {
        Some(column) => rows::texts(&windows.rows, column)?,
        None => vec![String::new(); windows.rows.len()],
    };
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for row in (0..windows.rows.len()).filter(|row| classes[*row] == headline) {
        let Some(bin) = bins.index_of(starts[row]) else { continue };
        let line = lines.entry(labels[row].as_str()).or_insert_with(|| Line {
            label: labels[row].clone(),
            whole: 0.0,
            bins: vec![Measure::default(); bins.len()],
        });
        line.whole += windows.measures[row].count;
        line.bins[bin].merge(&windows.measures[row]);
    }
    Ok(lines.into_values().collect())
}

fn largest(mut lines: Vec<Line>, open: &mut Open<'_>) -> Vec<Line> {
    lines.sort_by(|a, b| b.whole.total_cmp(&a.whole).then_with(|| a.label.cmp(&b.label)));
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

fn body(lines: &[Line], bins: &Bins, by: By, covered: TimeRange, exactness: Exactness) -> Body {
    let series = lines.iter().flat_map(|line| {
        let mut labels = Map::new();
        if let Some(column) = by.column() {
            labels.insert(column.to_owned(), Value::from(line.label.as_str()));
        }
        ASPECTS.iter().map(move |aspect| Series {
            labels: labels.clone(),
            column: aspect.name.to_owned(),
            values: line
                .bins
                .iter()
                .enumerate()
                .map(|(at, measure)| frame::number((aspect.value)(measure, bins.covered_s(at, covered))))
                .collect(),
        })
    });
    Body::Series {
        columns: measure::heads(exactness),
        keys: by.column().map(str::to_owned).into_iter().collect(),
        bin_ms: u64::try_from(bins::millis(bins.width_s)).unwrap_or(0),
        x: bins.starts_s.iter().copied().map(bins::millis).collect(),
        series: series.collect(),
    }
}
