//! `sightline.metric_series`: what the series of points are, written before the points that name them.

use std::collections::HashSet;

use sightline_model::Nanos;
use sightline_otlp::{MetricBatch, SeriesRow};

use super::metrics::{Head, head};
use super::{KnownResources, Part};
use crate::block::{Block, count};
use crate::native::Encoder;
use crate::{Bucket, Table};

pub(crate) const COLUMNS: &str = "org, ret, day, metric, series_id, tenant, service, kind, temporality, monotonic, \
    unit, description, labels, resource_id, scope, seen";

/// The type of column `kind`, as the schema has it.
const KIND: &str = "Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exp_histogram' = 4, 'summary' = 5)";

/// More series than this are not remembered: they are written again, which changes nothing.
const KNOWN_MAX: usize = 500_000;

/// The series that this process has already written, by partition: memory only, a restart writes them again.
#[derive(Debug, Default)]
pub struct KnownSeries {
    known: HashSet<(Bucket, u32, u128)>,
}

impl KnownSeries {
    /// Makes an empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the resources and the series that the points of a part name and that are not known yet. From now on they
    /// are: call it only where the blocks are inserted before anything that comes later.
    #[must_use]
    pub fn blocks(
        &mut self,
        batch: &MetricBatch,
        part: &Part,
        resources: &mut KnownResources,
        now: Nanos,
    ) -> Vec<Block> {
        let used = used(batch, part);
        let named = || batch.series.iter().filter(|row| used.contains(&(row.org, row.series_id)));
        let ids: HashSet<(u32, u64)> = named().map(|row| (row.org, row.resource_id)).collect();
        let homes = resources.block_of(&ids, &batch.resources, part, now);
        resources.remember_all(ids, part);
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        let is_new = |row: &&SeriesRow| self.known.insert((part.bucket, row.org, row.series_id));
        let rows: Vec<&SeriesRow> = named().map(|row| &**row).filter(is_new).collect();
        let series = (!rows.is_empty()).then(|| block(&rows, part, now));
        homes.into_iter().chain(series).collect()
    }
}

fn used(batch: &MetricBatch, part: &Part) -> HashSet<(u32, u128)> {
    let Head { org, series_id, .. } = head(batch, part.table);
    let mut used = HashSet::new();
    let mut last = None;
    part.rows.each(|row| {
        let key = (org[row], series_id[row]);
        if last != Some(key) {
            used.insert(key);
            last = Some(key);
        }
    });
    used
}

fn block(rows: &[&SeriesRow], part: &Part, now: Nanos) -> Block {
    let seen = u32::try_from(now / 1_000_000_000).unwrap_or(0);
    let mut out = Encoder::new(rows.len(), rows.len() * 384 + 1024);
    out.values("org", "UInt32", rows.iter().map(|row| row.org));
    out.constant("ret", part.bucket.ret);
    out.values("day", "Date", std::iter::repeat_n(part.bucket.first_day, rows.len()));
    out.repeated("metric", rows.iter().map(|row| &*row.metric));
    out.values("series_id", "UInt128", rows.iter().map(|row| row.series_id));
    out.repeated("tenant", rows.iter().map(|row| &*row.tenant));
    out.repeated("service", rows.iter().map(|row| &*row.service));
    out.values("kind", KIND, rows.iter().map(|row| row.kind));
    out.values("temporality", "UInt8", rows.iter().map(|row| row.temporality));
    out.values("monotonic", "Bool", rows.iter().map(|row| u8::from(row.monotonic)));
    out.repeated("unit", rows.iter().map(|row| &*row.unit));
    out.repeated("description", rows.iter().map(|row| &*row.description));
    out.pairs("labels", rows.iter().map(|row| row.labels.as_slice()));
    out.values("resource_id", "UInt64", rows.iter().map(|row| row.resource_id));
    out.repeated("scope", rows.iter().map(|row| &*row.scope));
    out.values("seen", "DateTime('UTC')", std::iter::repeat_n(seen, rows.len()));
    Block {
        table: Table::MetricSeries,
        partition: part.partition.clone(),
        batch: 0,
        first_key: Vec::new(),
        rows: count(rows.len()),
        body: out.finish(),
    }
}
