//! Memory of a batch of metric points that is used again, and what was learnt about series.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::homes::Homes;
use super::{Tenancy, Workbench};
use crate::columns::{Column, DictColumn};
use crate::{Limits, MetricBatch, SeriesRow};

/// Series that are remembered from batch to batch; then all are forgotten, and learnt again as they come.
const KNOWN_MAX: usize = 65_536;

/// Bytes of the rows of these series.
const KNOWN_BYTES_MAX: usize = 24 << 20;

/// The hasher of keys that are hashes with a seed that nobody outside knows: what is hashed already is not hashed again.
#[derive(Debug, Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = u64::try_from(key >> 64).unwrap_or(0);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Scratch of a batch.
#[derive(Debug, Default)]
pub(crate) struct MetricWork {
    pub(super) common: Workbench,
    /// Names that have no column here: rows name their series, and that has them as texts.
    tenant: DictColumn,
    service: DictColumn,
    environment: DictColumn,
    namespace: DictColumn,
    version: DictColumn,
    /// Place of each series in the batch, by org and id.
    placed: HashMap<(u32, u128), usize>,
    known: Known,
}

/// What was learnt about series: from the bytes that a point says them with to their row.
#[derive(Debug, Default)]
struct Known {
    series: HashMap<u128, Entry, BuildHasherDefault<Taken>>,
    bytes: usize,
    /// With which settings that was; others may give other rows.
    settings: Option<(Limits, Tenancy)>,
}

/// A series that is known by the bytes of its point.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) row: Arc<SeriesRow>,
    /// Where it stood in the batch the last time.
    at: usize,
    /// What is counted for each of its points.
    pub(super) notes: TenantNotes,
}

/// What was found out about the tenant of a point, to be counted for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TenantNotes {
    pub(super) invalid: u32,
    pub(super) overwritten: u32,
}

impl MetricWork {
    /// Forgets what belongs to the batch.
    pub(crate) fn clear(&mut self) {
        self.common.clear();
        self.placed.clear();
        for names in [
            &mut self.tenant,
            &mut self.service,
            &mut self.environment,
            &mut self.namespace,
            &mut self.version,
        ] {
            Column::clear(names);
        }
    }

    /// Forgets the series and resources from these rows on.
    pub(crate) fn forget(&mut self, series: usize, resources: usize) {
        self.placed.retain(|_, at| *at < series);
        self.common.forget_resources(resources);
    }

    /// Makes sure that what is known was learnt with these settings.
    pub(super) fn settle(&mut self, limits: &Limits, tenancy: &Tenancy) {
        let settings = self.known.settings.as_ref();
        if settings.is_none_or(|(known, other)| known != limits || other != tenancy) {
            self.known = Known { settings: Some((limits.clone(), tenancy.clone())), ..Known::default() };
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let names = [&self.tenant, &self.service, &self.environment, &self.namespace, &self.version];
        self.common.heap_bytes()
            + names.iter().map(|names| names.heap_bytes()).sum::<usize>()
            + self.placed.capacity() * size_of::<((u32, u128), usize)>()
            + self.known.series.capacity() * size_of::<(u128, Entry)>()
            + self.known.bytes
    }
}

impl MetricBatch {
    pub(super) fn homes(&mut self) -> Homes<'_> {
        Homes {
            tenant: &self.work.tenant,
            service: &mut self.work.service,
            environment: &mut self.work.environment,
            namespace: &mut self.work.namespace,
            version: &mut self.work.version,
            resources: &mut self.resources,
            known: &mut self.work.common.resources,
        }
    }

    /// Returns the number of a tenant.
    pub(super) fn tenant_number(&mut self, tenant: &[u8]) -> u32 {
        self.work.tenant.dict.intern(tenant)
    }

    /// Finds the series that these bytes say, and whether it stands in the batch.
    pub(super) fn known_series(&self, key: u128, org: u32, bound: Option<&str>) -> Option<(&Entry, bool)> {
        let entry = self.work.known.series.get(&key)?;
        // The key is a hash. Whatever it may be taken for, a point never leaves its org, nor the tenant of its key.
        if entry.row.org != org || bound.is_some_and(|tenant| *entry.row.tenant != *tenant) {
            return None;
        }
        let is_placed = self.series.get(entry.at).is_some_and(|row| Arc::ptr_eq(row, &entry.row));
        Some((entry, is_placed))
    }

    /// Puts a series into the batch, unless it is there, and remembers which bytes say it.
    pub(super) fn place_series(&mut self, key: u128, row: &Arc<SeriesRow>, notes: TenantNotes) {
        let series = &mut self.series;
        let at = *self.work.placed.entry((row.org, row.series_id)).or_insert_with(|| {
            series.push(Arc::clone(row));
            series.len() - 1
        });
        let known = &mut self.work.known;
        if let Some(entry) = known.series.get_mut(&key)
            && Arc::ptr_eq(&entry.row, row)
        {
            entry.at = at;
            return;
        }
        if known.series.len() >= KNOWN_MAX || known.bytes > KNOWN_BYTES_MAX {
            known.series.clear();
            known.bytes = 0;
        }
        known.bytes += row.bytes();
        let before = known.series.insert(key, Entry { row: Arc::clone(row), at, notes });
        known.bytes -= before.map_or(0, |entry| entry.row.bytes());
    }
}
