//! `sightline.resources`: attributes of resources by id, written before the rows that name them.

use std::collections::HashSet;

use sightline_model::Nanos;
use sightline_otlp::ResourceRow;

use super::{Named, Part};
use crate::block::{Block, count};
use crate::native::Encoder;
use crate::{Bucket, Table};

pub(crate) const COLUMNS: &str = "org, ret, day, resource_id, tenant, service, attrs, schema_url, seen";

/// More ids than this are not remembered: they are written again, which changes nothing.
const KNOWN_MAX: usize = 500_000;

/// The resources that this process has already written, by partition: memory only, a restart writes them again.
#[derive(Debug, Default)]
pub struct KnownResources {
    known: HashSet<(Bucket, u32, u64)>,
}

impl KnownResources {
    /// Makes an empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the resources that the rows of a part name and that were not yet [remembered](Self::remember).
    #[must_use]
    pub fn block<'a>(&self, batch: impl Into<Named<'a>>, part: &Part, now: Nanos) -> Option<Block> {
        let batch = batch.into();
        self.block_of(&used(batch, part), batch.resources, part, now)
    }

    /// Notes that the resources of a part are in the store: call it after the insert has succeeded.
    pub fn remember<'a>(&mut self, batch: impl Into<Named<'a>>, part: &Part) {
        self.remember_all(used(batch.into(), part), part);
    }

    /// Writes those of the resources that are used and were not yet remembered.
    pub(super) fn block_of(
        &self,
        used: &HashSet<(u32, u64)>,
        resources: &[ResourceRow],
        part: &Part,
        now: Nanos,
    ) -> Option<Block> {
        let is_new = |row: &&ResourceRow| {
            used.contains(&(row.org, row.resource_id))
                && !self.known.contains(&(part.bucket, row.org, row.resource_id))
        };
        let rows: Vec<&ResourceRow> = resources.iter().filter(is_new).collect();
        (!rows.is_empty()).then(|| block(&rows, part, now))
    }

    pub(super) fn remember_all(&mut self, used: HashSet<(u32, u64)>, part: &Part) {
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        self.known.extend(used.into_iter().map(|(org, id)| (part.bucket, org, id)));
    }
}

fn used(batch: Named<'_>, part: &Part) -> HashSet<(u32, u64)> {
    let mut used = HashSet::new();
    let mut last = None;
    part.rows.each(|row| {
        let key = (batch.org[row], batch.resource_id[row]);
        if last != Some(key) {
            used.insert(key);
            last = Some(key);
        }
    });
    used
}

fn block(rows: &[&ResourceRow], part: &Part, now: Nanos) -> Block {
    let seen = u32::try_from(now / 1_000_000_000).unwrap_or(0);
    let mut out = Encoder::new(rows.len(), rows.len() * 512 + 1024);
    out.values("org", "UInt32", rows.iter().map(|row| row.org));
    out.constant("ret", part.bucket.ret);
    out.values("day", "Date", std::iter::repeat_n(part.bucket.first_day, rows.len()));
    out.values("resource_id", "UInt64", rows.iter().map(|row| row.resource_id));
    out.repeated("tenant", rows.iter().map(|row| &*row.tenant));
    out.repeated("service", rows.iter().map(|row| &*row.service));
    out.pairs("attrs", rows.iter().map(|row| row.attrs.as_slice()));
    out.repeated("schema_url", rows.iter().map(|row| &*row.schema_url));
    out.values("seen", "DateTime('UTC')", std::iter::repeat_n(seen, rows.len()));
    Block {
        table: Table::Resources,
        partition: part.partition.clone(),
        batch: 0,
        first_key: Vec::new(),
        rows: count(rows.len()),
        body: out.finish(),
    }
}
