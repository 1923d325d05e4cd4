//! One metric point into its row, and its exemplars into theirs.

use sightline_model::Nanos;

use super::metrics::{Common, MetricRequest};
use super::nested::put;
use super::resource::Resource;
use crate::metrics::{Exemplar, Kind, Lists, Part, Point, STALE};
use crate::value::key_value;
use crate::{BadMessage, MetricBatch};

/// How long before its first point a counter may have started for its zero to be written (ADR 8).
const START_AGE_MAX: Nanos = 120_000_000_000;

/// How long before its point an exemplar may have been measured; an older one has been written before.
const EXEMPLAR_AGE_MAX: Nanos = 86_400_000_000_000;

/// The columns have milliseconds.
const MILLISECOND: Nanos = 1_000_000;

impl<'a> MetricRequest<'_, 'a> {
    /// Adds a point.
    pub(super) fn point(
        &mut self,
        message: &'a [u8],
        common: &Common<'a>,
        resource: &mut Resource<'a>,
    ) -> Result<(), BadMessage> {
        self.sent.clear();
        self.exemplars.clear();
        let (sent, exemplars) = (&mut self.sent, &mut self.exemplars);
        let point = Point::read(common.data.kind, message, &mut self.lists, |part| {
            match part {
                Part::Attribute(attribute) => sent.push(attribute),
                Part::Exemplar(exemplar) => exemplars.push(exemplar),
            }
            Ok(())
        })?;
        let id = self.series(common, resource)?;
        let ts = Nanos::try_from(point.time).unwrap_or(Nanos::MAX);
        match common.data.kind {
            Kind::Gauge | Kind::Sum => self.sample(common, &point, id, ts)?,
            _ if point.is_without_value => self.appended.points_without_value += 1,
            Kind::Histogram => self.histogram(&point, id, ts),
            Kind::ExpHistogram => self.exp_histogram(&point, id, ts)?,
            Kind::Summary => self.summary(&point, id, ts),
        }
        self.appended.records += 1;
        self.push_exemplars(id, ts)
    }

    fn sample(&mut self, common: &Common<'_>, point: &Point, id: u128, ts: Nanos) -> Result<(), BadMessage> {
        let org = self.cx.org.0;
        let value = if point.is_without_value {
            self.appended.stale_points += 1;
            STALE
        } else {
            point.value.ok_or_else(|| BadMessage::malformed("a data point has no value"))?
        };
        let is_counter = common.data.is_monotonic && common.data.temporality == 2;
        let samples = &mut self.batch.samples;
        if is_counter && !point.is_without_value && started_lately(point, ts) {
            samples.push_head(org, id, since(point, ts));
            samples.value.push(0.0);
            self.appended.starts_added += 1;
        }
        samples.push_head(org, id, ts);
        samples.value.push(value);
        Ok(())
    }

    fn histogram(&mut self, point: &Point, id: u128, ts: Nanos) {
        let Lists { bounds, counts, .. } = &mut self.lists;
        fold_infinite(bounds, counts);
        let rows = &mut self.batch.histograms;
        rows.push_head(self.cx.org.0, id, ts);
        rows.start_ts.push(since(point, ts));
        rows.count.push(point.count);
        rows.sum.push(point.sum.unwrap_or(f64::NAN));
        rows.min.push(point.min);
        rows.max.push(point.max);
        rows.bounds.push(bounds);
        rows.counts.push(counts);
    }

    fn exp_histogram(&mut self, point: &Point, id: u128, ts: Nanos) -> Result<(), BadMessage> {
        let scale = i8::try_from(point.scale)
            .map_err(|_| BadMessage::malformed(format!("a histogram has the scale `{}`", point.scale)))?;
        let rows = &mut self.batch.exp_histograms;
        rows.push_head(self.cx.org.0, id, ts);
        rows.start_ts.push(since(point, ts));
        rows.count.push(point.count);
        rows.sum.push(point.sum.unwrap_or(f64::NAN));
        rows.min.push(point.min);
        rows.max.push(point.max);
        rows.scale.push(scale);
        rows.zero_threshold.push(point.zero_threshold);
        rows.zero_count.push(point.zero_count);
        rows.pos_offset.push(point.pos_offset);
        rows.pos_counts.push(&self.lists.counts);
        rows.neg_offset.push(point.neg_offset);
        rows.neg_counts.push(&self.lists.negative);
        Ok(())
    }

    fn summary(&mut self, point: &Point, id: u128, ts: Nanos) {
        let Lists { bounds, values, .. } = &mut self.lists;
        sort_pairs(bounds, values);
        let rows = &mut self.batch.summaries;
        rows.push_head(self.cx.org.0, id, ts);
        rows.start_ts.push(since(point, ts));
        rows.count.push(point.count);
        rows.sum.push(point.sum.unwrap_or(0.0));
        rows.quantiles.push(bounds);
        rows.quantile_values.push(values);
    }

    fn push_exemplars(&mut self, series: u128, point_ts: Nanos) -> Result<(), BadMessage> {
        let exemplars = std::mem::take(&mut self.exemplars);
        for message in exemplars.iter().take(self.cx.limits.events_max as usize) {
            self.exemplar(message, series, point_ts)?;
        }
        self.exemplars = exemplars;
        Ok(())
    }

    fn exemplar(&mut self, message: &'a [u8], series: u128, point_ts: Nanos) -> Result<(), BadMessage> {
        self.sent.clear();
        let sent = &mut self.sent;
        let exemplar = Exemplar::read(message, |attribute| {
            sent.push(attribute);
            Ok(())
        })?;
        let time = Nanos::try_from(exemplar.time).unwrap_or(Nanos::MAX);
        // Without a time, or with one that cannot be, it was measured when its point was taken.
        let ts = if time == 0 { point_ts } else { time.min(point_ts) };
        let (Some(value), true) = (exemplar.value, ts >= point_ts.saturating_sub(EXEMPLAR_AGE_MAX)) else {
            self.appended.exemplars_dropped += 1;
            return Ok(());
        };
        let MetricBatch { exemplars: rows, .. } = &mut *self.batch;
        for attribute in self.sent.iter().take(self.cx.limits.attributes_max as usize) {
            let (key, value) = key_value(attribute)?;
            put(&mut rows.attrs, key, value, self.cx)?;
        }
        rows.attrs.close_row();
        rows.push_head(self.cx.org.0, series, ts);
        rows.value.push(value);
        rows.trace_id.push(exemplar.trace_id.try_into().unwrap_or_default());
        rows.span_id.push(exemplar.span_id.try_into().unwrap_or_default());
        Ok(())
    }
}

/// Returns since when a point counts; 0 if it does not say, or says what cannot be.
fn since(point: &Point, ts: Nanos) -> Nanos {
    Nanos::try_from(point.start).ok().filter(|start| *start <= ts).unwrap_or(0)
}

/// Tells whether a counter started so shortly before its point that no other has told of it. A start in the same
/// millisecond would be taken for the point itself.
fn started_lately(point: &Point, ts: Nanos) -> bool {
    let start = since(point, ts);
    start > 0 && start / MILLISECOND < ts / MILLISECOND && ts - start <= START_AGE_MAX
}

/// Takes infinite bounds out: the bucket beyond `+Inf` holds nothing, so it belongs to the one before, and likewise below.
fn fold_infinite(bounds: &mut Vec<f64>, counts: &mut Vec<u64>) {
    if counts.len() != bounds.len() + 1 {
        return;
    }
    while bounds.last() == Some(&f64::INFINITY) {
        bounds.pop();
        let beyond = counts.pop().unwrap_or(0);
        if let Some(last) = counts.last_mut() {
            *last = last.saturating_add(beyond);
        }
    }
    while bounds.first() == Some(&f64::NEG_INFINITY) {
        bounds.remove(0);
        let below = counts.remove(0);
        if let Some(first) = counts.first_mut() {
            *first = first.saturating_add(below);
        }
    }
}

/// Sorts quantiles with their values.
fn sort_pairs(quantiles: &mut [f64], values: &mut [f64]) {
    if quantiles.is_sorted() {
        return;
    }
    let mut pairs: Vec<(f64, f64)> = quantiles.iter().copied().zip(values.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, (quantile, value)) in pairs.into_iter().enumerate() {
        (quantiles[at], values[at]) = (quantile, value);
    }
}
