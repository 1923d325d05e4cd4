//! Points of metrics and their exemplars: one table for each kind of point, each row naming its series.

use sightline_otlp::{ExemplarRows, ExpHistogramRows, HistogramRows, MetricBatch, SampleRows, SummaryRows};

use super::part::{Part, parts_of};
use crate::Table;
use crate::block::{Block, FirstKey, count};
use crate::native::{Encoder, RowSet, milliseconds};

pub(super) const SAMPLES: &str = "org, ret, _batch, series_id, ts, value";
pub(super) const HISTOGRAMS: &str =
    "org, ret, _batch, series_id, ts, start_ts, count, sum, min, max, bounds, counts";
pub(super) const EXP_HISTOGRAMS: &str = "org, ret, _batch, series_id, ts, start_ts, count, sum, min, max, scale, \
    zero_threshold, zero_count, pos_offset, pos_counts, neg_offset, neg_counts";
pub(super) const SUMMARIES: &str =
    "org, ret, _batch, series_id, ts, start_ts, count, sum, quantiles, quantile_values";
pub(super) const EXEMPLARS: &str = "org, ret, _batch, series_id, ts, value, trace_id, span_id, attrs";

/// What the rows of every kind have.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) org: &'a [u32],
    pub(super) series_id: &'a [u128],
    pub(super) ts: &'a [i64],
}

/// Finds the rows of a table of points in a batch; those of another table are none.
pub(super) fn head(batch: &MetricBatch, table: Table) -> Head<'_> {
    macro_rules! head {
        ($rows:expr) => {
            Head { org: &$rows.org, series_id: &$rows.series_id, ts: &$rows.ts }
        };
    }
    match table {
        Table::Samples => head!(batch.samples),
        Table::Histograms => head!(batch.histograms),
        Table::ExpHistograms => head!(batch.exp_histograms),
        Table::Summaries => head!(batch.summaries),
        Table::Exemplars => head!(batch.exemplars),
        _ => Head { org: &[], series_id: &[], ts: &[] },
    }
}

/// Splits the rows of a batch by table and partition. `ret_days` is rounded up to a retention class.
#[must_use]
pub fn metric_parts(batch: &MetricBatch, ret_days: u16) -> Vec<Part> {
    let tables = Table::ALL.into_iter().filter(|table| table.is_of_series());
    tables.flat_map(|table| parts_of(table, head(batch, table).ts, ret_days)).collect()
}

/// Writes a part as an insert with that batch id.
///
/// # Panics
/// When the columns of the batch differ in length, or the part is not one of [`metric_parts`]: wrong data would be
/// stored.
#[must_use]
pub fn metric_block(batch: &MetricBatch, part: &Part, batch_id: u64) -> Block {
    assert!(batch.is_even(), "every column of a table has a value for every point");
    assert!(part.table.is_of_series(), "the part is one of points");
    let rows = &part.rows;
    let Head { org, series_id, ts } = head(batch, part.table);
    // A sample has 46 bytes; the others have lists, for which the buffer grows.
    let mut out = Encoder::new(rows.len(), rows.len() * 64 + 1024);
    out.numbers("org", org, rows);
    out.constant("ret", part.bucket.ret);
    out.constant("_batch", batch_id);
    out.numbers("series_id", series_id, rows);
    out.times_ms("ts", ts, rows);
    match part.table {
        Table::Histograms => histograms(&mut out, &batch.histograms, rows),
        Table::ExpHistograms => exp_histograms(&mut out, &batch.exp_histograms, rows),
        Table::Summaries => summaries(&mut out, &batch.summaries, rows),
        Table::Exemplars => exemplars(&mut out, &batch.exemplars, rows),
        _ => samples(&mut out, &batch.samples, rows),
    }
    let first = part.first();
    let id = series_id[first].to_le_bytes();
    Block {
        table: part.table,
        partition: part.partition.clone(),
        batch: batch_id,
        first_key: FirstKey::encode(org[first], milliseconds(ts[first]), &[&id]),
        rows: count(rows.len()),
        body: out.finish(),
    }
}

fn samples(out: &mut Encoder, own: &SampleRows, rows: &RowSet) {
    out.numbers("value", &own.value, rows);
}

fn histograms(out: &mut Encoder, own: &HistogramRows, rows: &RowSet) {
    out.times_ms("start_ts", &own.start_ts, rows);
    out.numbers("count", &own.count, rows);
    out.numbers("sum", &own.sum, rows);
    out.optional_floats("min", &own.min, rows);
    out.optional_floats("max", &own.max, rows);
    out.number_lists("bounds", &own.bounds, rows);
    out.number_lists("counts", &own.counts, rows);
}

fn exp_histograms(out: &mut Encoder, own: &ExpHistogramRows, rows: &RowSet) {
    out.times_ms("start_ts", &own.start_ts, rows);
    out.numbers("count", &own.count, rows);
    out.numbers("sum", &own.sum, rows);
    out.optional_floats("min", &own.min, rows);
    out.optional_floats("max", &own.max, rows);
    out.numbers("scale", &own.scale, rows);
    out.numbers("zero_threshold", &own.zero_threshold, rows);
    out.numbers("zero_count", &own.zero_count, rows);
    out.numbers("pos_offset", &own.pos_offset, rows);
    out.number_lists("pos_counts", &own.pos_counts, rows);
    out.numbers("neg_offset", &own.neg_offset, rows);
    out.number_lists("neg_counts", &own.neg_counts, rows);
}

fn summaries(out: &mut Encoder, own: &SummaryRows, rows: &RowSet) {
    out.times_ms("start_ts", &own.start_ts, rows);
    out.numbers("count", &own.count, rows);
    out.numbers("sum", &own.sum, rows);
    out.number_lists("quantiles", &own.quantiles, rows);
    out.number_lists("quantile_values", &own.quantile_values, rows);
}

fn exemplars(out: &mut Encoder, own: &ExemplarRows, rows: &RowSet) {
    out.numbers("value", &own.value, rows);
    out.fixed("trace_id", &own.trace_id, rows);
    out.fixed("span_id", &own.span_id, rows);
    out.map("attrs", &own.attrs, rows);
}
