//! `sightline.attr_catalog`: which attribute keys and values were seen, for completion and the list of fields.
//!
//! Counted in process under caps and flushed when changed. `hits` is the day's running count and its merge keeps the
//! maximum, so that flushing again changes nothing. A restart starts counting again, below what is stored.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use sightline_model::{Nanos, Signal};
use sightline_otlp::columns::DictColumn;
use sightline_otlp::{MetricBatch, ResourceRow};

use super::Observed;

use crate::block::{Block, count};
use crate::native::Encoder;
use crate::{Bucket, Table, retention_class};

pub(super) const COLUMNS: &str = "org, ret, day, signal, scope, key, type, value, tenant, hits, seen";

/// Keys of an org and signal beyond this are not listed.
const KEYS_MAX: usize = 1_000;
/// Values of a key and tenant beyond this are not listed.
const VALUES_MAX: usize = 50;
/// Longer values are not listed.
const VALUE_BYTES_MAX: usize = 128;
/// Rows of a batch that are counted.
const SAMPLE_ROWS: usize = 4_096;
/// Pairs of key and tenant in memory; more are not listed until the next day.
const ENTRIES_MAX: usize = 200_000;

/// Where an attribute stands: column `scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CatalogScope {
    /// On the record.
    Record = 1,
    /// On its resource.
    Resource = 2,
    /// On an event of a span.
    Event = 3,
}

/// Column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Type {
    Text = 1,
    Number = 2,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    org: u32,
    signal: Signal,
    scope: CatalogScope,
    kind: Type,
    key: Box<[u8]>,
    tenant: Box<[u8]>,
}

#[derive(Debug, Default)]
struct Entry {
    hits: u64,
    values: HashMap<Box<[u8]>, u64>,
    is_dirty: bool,
}

/// What was seen since the day began, or the process.
#[derive(Debug)]
pub struct Catalog {
    ret: u16,
    bucket: Bucket,
    places: HashMap<Key, usize>,
    entries: Vec<(Key, Entry)>,
    keys: HashSet<(u32, Signal, Box<[u8]>)>,
    keys_of_org: HashMap<(u32, Signal), usize>,
    has_new: bool,
    has_changed: bool,
}

/// The place of each org, tenant and key of a map, by their dictionary numbers, so that texts are hashed once a batch.
/// `None`: over a cap.
type Places = HashMap<(u32, u32, u32), Option<usize>>;

impl Catalog {
    /// Starts an empty catalogue of the day.
    #[must_use]
    pub fn new(ret_days: u16, now: Nanos) -> Self {
        let ret = retention_class(ret_days);
        Self {
            ret,
            bucket: Bucket::of(ret, now),
            places: HashMap::new(),
            entries: Vec::new(),
            keys: HashSet::new(),
            keys_of_org: HashMap::new(),
            has_new: false,
            has_changed: false,
        }
    }

    /// Counts the attributes of the records, their events and their resources. Of a large batch a sample is counted,
    /// with its weight; a key that is not in the sample is looked for in all of it.
    pub fn observe<'a>(&mut self, batch: impl Into<Observed<'a>>) {
        let batch = &batch.into();
        let stride = batch.len().div_ceil(SAMPLE_ROWS).max(1);
        let texts = |entry| batch.attrs.values.get(entry);
        self.observe_map(batch, stride, Type::Text, &batch.attrs.keys, |row| batch.attrs.entries(row), texts);
        let none = |_| &b""[..];
        let entries = |row| batch.num_attrs.entries(row);
        self.observe_map(batch, stride, Type::Number, &batch.num_attrs.keys, entries, none);
        self.observe_columns(batch, stride);
        self.observe_events(batch, stride);
        self.observe_resources(batch.signal, batch.resources);
    }

    /// Counts the labels of the series of a batch, each series once, and their resources.
    pub fn observe_series(&mut self, batch: &MetricBatch) {
        let signal = Signal::Metrics;
        for row in &batch.series {
            for (key, value) in &row.labels {
                let (key, tenant) = (key.as_bytes(), row.tenant.as_bytes());
                let place = self.open(signal, row.org, CatalogScope::Record, Type::Text, key, tenant);
                self.hit(place, value.as_bytes(), 1);
            }
        }
        self.observe_resources(signal, &batch.resources);
    }

    fn observe_resources(&mut self, signal: Signal, resources: &[ResourceRow]) {
        for row in resources {
            for (key, value) in &row.attrs {
                let (key, tenant) = (key.as_bytes(), row.tenant.as_bytes());
                let place = self.open(signal, row.org, CatalogScope::Resource, Type::Text, key, tenant);
                self.hit(place, value.as_bytes(), 1);
            }
        }
    }

    fn observe_map<'a>(
        &mut self,
        batch: &Observed<'a>,
        stride: usize,
        kind: Type,
        keys: &DictColumn,
        entries: impl Fn(usize) -> Range<usize>,
        value: impl Fn(usize) -> &'a [u8],
    ) {
        let mut places = Places::new();
        let mut seen = vec![false; keys.dict.len()];
        for row in (0..batch.len()).step_by(stride) {
            for entry in entries(row) {
                let place = self.place(&mut places, kind, batch, row, keys, entry);
                self.hit(place, value(entry), stride as u64);
                seen[keys.index[entry] as usize] = true;
            }
        }
        if stride == 1 {
            return;
        }
        let rest = |row| entries(row).map(move |entry| (row, entry));
        for (row, entry) in (0..batch.len()).flat_map(rest).filter(|(_, e)| !seen[keys.index[*e] as usize]) {
            let place = self.place(&mut places, kind, batch, row, keys, entry);
            self.hit(place, value(entry), 1);
        }
    }

    /// Canonical keys whose text stands in a column and not in the map.
    fn observe_columns(&mut self, batch: &Observed<'_>, stride: usize) {
        for (key, column) in &batch.columns {
            self.observe_column(batch, stride, key, column);
        }
        for row in (0..batch.http_status.len()).step_by(stride).filter(|row| batch.http_status[*row] != 0) {
            let tenant = batch.tenant.get(row);
            let key = b"http.response.status_code";
            let place =
                self.open(batch.signal, batch.org[row], CatalogScope::Record, Type::Number, key, tenant);
            self.hit(place, batch.http_status[row].to_string().as_bytes(), stride as u64);
        }
    }

    fn observe_column(&mut self, batch: &Observed<'_>, stride: usize, key: &str, column: &DictColumn) {
        let mut places: HashMap<(u32, u32), Option<usize>> = HashMap::new();
        for row in (0..batch.len()).step_by(stride).filter(|row| column.index[*row] != 0) {
            let at = (batch.org[row], batch.tenant.index[row]);
            let tenant = batch.tenant.dict.get(at.1);
            let open =
                || self.open(batch.signal, at.0, CatalogScope::Record, Type::Text, key.as_bytes(), tenant);
            let place = *places.entry(at).or_insert_with(open);
            self.hit(place, column.get(row), stride as u64);
        }
    }

    fn observe_events(&mut self, batch: &Observed<'_>, stride: usize) {
        let (ends, Some(attrs)) = batch.events else { return };
        let end = |row: usize| usize::try_from(ends[row]).unwrap_or(usize::MAX);
        for row in (0..batch.len()).step_by(stride) {
            let from = row.checked_sub(1).map_or(0, end);
            for entry in (from..end(row)).flat_map(|event| attrs.entries(event)) {
                let (key, tenant) = (attrs.keys.get(entry), batch.tenant.get(row));
                let place =
                    self.open(batch.signal, batch.org[row], CatalogScope::Event, Type::Text, key, tenant);
                self.hit(place, attrs.values.get(entry), stride as u64);
            }
        }
    }

    fn place(
        &mut self,
        places: &mut Places,
        kind: Type,
        batch: &Observed<'_>,
        row: usize,
        keys: &DictColumn,
        entry: usize,
    ) -> Option<usize> {
        let (org, tenant, key) = (batch.org[row], batch.tenant.index[row], keys.index[entry]);
        *places.entry((org, tenant, key)).or_insert_with(|| {
            self.open(
                batch.signal,
                org,
                CatalogScope::Record,
                kind,
                keys.dict.get(key),
                batch.tenant.dict.get(tenant),
            )
        })
    }

    /// Finds the entry or makes it, unless a cap is reached.
    fn open(
        &mut self,
        signal: Signal,
        org: u32,
        scope: CatalogScope,
        kind: Type,
        key: &[u8],
        tenant: &[u8],
    ) -> Option<usize> {
        let own = Key { org, signal, scope, kind, key: key.into(), tenant: tenant.into() };
        if let Some(place) = self.places.get(&own) {
            return Some(*place);
        }
        let listed = (org, signal, own.key.clone());
        let is_known = self.keys.contains(&listed);
        let keys = self.keys_of_org.entry((org, signal)).or_default();
        if self.entries.len() >= ENTRIES_MAX || (!is_known && *keys >= KEYS_MAX) {
            return None;
        }
        if !is_known {
            *keys += 1;
            self.keys.insert(listed);
        }
        let place = self.entries.len();
        self.has_new = true;
        self.entries.push((own.clone(), Entry::default()));
        self.places.insert(own, place);
        Some(place)
    }

    fn hit(&mut self, place: Option<usize>, value: &[u8], weight: u64) {
        let Some((_, entry)) = place.and_then(|place| self.entries.get_mut(place)) else { return };
        self.has_changed = true;
        entry.hits += weight;
        entry.is_dirty = true;
        if value.is_empty() || value.len() > VALUE_BYTES_MAX {
            return;
        }
        if let Some(hits) = entry.values.get_mut(value) {
            *hits += weight;
        } else if entry.values.len() < VALUES_MAX {
            entry.values.insert(value.into(), weight);
            self.has_new = true;
        }
    }

    /// Tells whether a key or value was added since the last flush: worth a flush soon. Higher counts can wait.
    #[must_use]
    pub const fn has_new(&self) -> bool {
        self.has_new
    }

    /// Tells whether anything was counted since the last flush.
    #[must_use]
    pub const fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Writes what changed since the last flush, and starts over when the day has changed.
    #[must_use]
    pub fn flush(&mut self, now: Nanos) -> Option<Block> {
        let block = self.changed(now);
        self.entries.iter_mut().for_each(|(_, entry)| entry.is_dirty = false);
        (self.has_new, self.has_changed) = (false, false);
        if Bucket::of(self.ret, now) != self.bucket {
            *self = Self::new(self.ret, now);
        }
        block
    }

    fn changed(&self, now: Nanos) -> Option<Block> {
        let dirty: Vec<&(Key, Entry)> = self.entries.iter().filter(|(_, entry)| entry.is_dirty).collect();
        let rows: Vec<(&Key, &[u8], u64)> = dirty
            .iter()
            .flat_map(|(key, entry)| {
                let values = entry.values.iter().map(move |(value, hits)| (key, &**value, *hits));
                std::iter::once((key, &b""[..], entry.hits)).chain(values)
            })
            .collect();
        (!rows.is_empty()).then(|| self.block(&rows, now))
    }

    /// A row without a value counts the key itself.
    fn block(&self, rows: &[(&Key, &[u8], u64)], now: Nanos) -> Block {
        let seen = u32::try_from(now / 1_000_000_000).unwrap_or(0);
        let mut out = Encoder::new(rows.len(), rows.len() * 64 + 1024);
        let text = |bytes: &'_ [u8]| String::from_utf8_lossy(bytes).into_owned();
        let keys: Vec<String> = rows.iter().map(|(key, ..)| text(&key.key)).collect();
        let tenants: Vec<String> = rows.iter().map(|(key, ..)| text(&key.tenant)).collect();
        out.values("org", "UInt32", rows.iter().map(|(key, ..)| key.org));
        out.constant("ret", self.ret);
        out.values("day", "Date", std::iter::repeat_n(self.bucket.first_day, rows.len()));
        out.values("signal", "UInt8", rows.iter().map(|(key, ..)| key.signal.code()));
        out.values("scope", "UInt8", rows.iter().map(|(key, ..)| key.scope as u8));
        out.repeated("key", keys.iter().map(String::as_str));
        out.values("type", "UInt8", rows.iter().map(|(key, ..)| key.kind as u8));
        out.strings("value", rows.iter().map(|(_, value, _)| *value));
        out.repeated("tenant", tenants.iter().map(String::as_str));
        out.values("hits", "UInt64", rows.iter().map(|(_, _, hits)| *hits));
        out.values("seen", "DateTime('UTC')", std::iter::repeat_n(seen, rows.len()));
        Block {
            table: Table::AttrCatalog,
            partition: self.bucket.partition(),
            batch: 0,
            first_key: Vec::new(),
            rows: count(rows.len()),
            body: out.finish(),
        }
    }
}
