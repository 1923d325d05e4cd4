//! `sightline.attr_catalog`: which attribute keys and values were seen, for completion and the list of fields.
//!
//! Counted in process under caps and flushed when changed. `hits` is the day's running count and its merge keeps the
//! maximum, so that flushing again changes nothing. A restart starts counting again, below what is stored.

use std::collections::{HashMap, HashSet};

use sightline_model::{Nanos, Signal};
use sightline_otlp::SpanBatch;
use sightline_otlp::columns::DictColumn;

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
    keys: HashSet<(u32, Box<[u8]>)>,
    keys_of_org: HashMap<u32, usize>,
}

/// The place of each (org, scope, type, tenant, key) of a batch by its dictionary numbers, so that texts are hashed
/// once a batch. `None`: over a cap.
type Places = HashMap<(u32, Type, u32, u32), Option<usize>>;

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
        }
    }

    /// Counts the attributes of the spans, their events and their resources.
    pub fn observe(&mut self, batch: &SpanBatch) {
        let mut places = Places::new();
        for row in 0..batch.len() {
            let at = (batch.org[row], batch.tenant.index[row]);
            for entry in batch.attrs.entries(row) {
                let key = (at.0, Type::Text, at.1, batch.attrs.keys.index[entry]);
                let place = self.place(&mut places, key, batch, &batch.attrs.keys);
                self.hit(place, batch.attrs.values.get(entry));
            }
        }
        places.clear();
        for row in 0..batch.len() {
            let at = (batch.org[row], batch.tenant.index[row]);
            for entry in batch.num_attrs.entries(row) {
                let key = (at.0, Type::Number, at.1, batch.num_attrs.keys.index[entry]);
                let place = self.place(&mut places, key, batch, &batch.num_attrs.keys);
                self.hit(place, b"");
            }
        }
        self.observe_columns(batch);
        self.observe_events(batch);
        for row in &batch.resources {
            for (key, value) in &row.attrs {
                let place = self.open(
                    row.org,
                    CatalogScope::Resource,
                    Type::Text,
                    key.as_bytes(),
                    row.tenant.as_bytes(),
                );
                self.hit(place, value.as_bytes());
            }
        }
    }

    /// Canonical keys whose text stands in a column and not in the map.
    fn observe_columns(&mut self, batch: &SpanBatch) {
        let columns: [(&str, &DictColumn); 6] = [
            ("http.request.method", &batch.http_method),
            ("http.route", &batch.http_route),
            ("db.system.name", &batch.db_system),
            ("messaging.system", &batch.msg_system),
            ("rpc.system.name", &batch.rpc_system),
            ("service.peer.name", &batch.peer_service),
        ];
        for (key, column) in columns {
            self.observe_column(batch, key, column);
        }
        for row in (0..batch.len()).filter(|row| batch.http_status[*row] != 0) {
            let tenant = batch.tenant.get(row);
            let key = b"http.response.status_code";
            let place = self.open(batch.org[row], CatalogScope::Record, Type::Number, key, tenant);
            self.hit(place, batch.http_status[row].to_string().as_bytes());
        }
    }

    fn observe_column(&mut self, batch: &SpanBatch, key: &str, column: &DictColumn) {
        let mut places: HashMap<(u32, u32), Option<usize>> = HashMap::new();
        for row in (0..batch.len()).filter(|row| column.index[*row] != 0) {
            let at = (batch.org[row], batch.tenant.index[row]);
            let tenant = batch.tenant.dict.get(at.1);
            let open = || self.open(at.0, CatalogScope::Record, Type::Text, key.as_bytes(), tenant);
            let place = *places.entry(at).or_insert_with(open);
            self.hit(place, column.get(row));
        }
    }

    fn observe_events(&mut self, batch: &SpanBatch) {
        let mut from = 0;
        for (row, end) in batch.ev_ends.iter().enumerate() {
            let end = usize::try_from(*end).unwrap_or(from);
            for entry in (from..end).flat_map(|event| batch.ev_attrs.entries(event)) {
                let (key, tenant) = (batch.ev_attrs.keys.get(entry), batch.tenant.get(row));
                let place = self.open(batch.org[row], CatalogScope::Event, Type::Text, key, tenant);
                self.hit(place, batch.ev_attrs.values.get(entry));
            }
            from = end;
        }
    }

    fn place(
        &mut self,
        places: &mut Places,
        at: (u32, Type, u32, u32),
        batch: &SpanBatch,
        keys: &DictColumn,
    ) -> Option<usize> {
        *places.entry(at).or_insert_with(|| {
            let (org, kind, tenant, key) = at;
            self.open(org, CatalogScope::Record, kind, keys.dict.get(key), batch.tenant.dict.get(tenant))
        })
    }

    /// Finds the entry or makes it, unless a cap is reached.
    fn open(
        &mut self,
        org: u32,
        scope: CatalogScope,
        kind: Type,
        key: &[u8],
        tenant: &[u8],
    ) -> Option<usize> {
        let own = Key { org, scope, kind, key: key.into(), tenant: tenant.into() };
        if let Some(place) = self.places.get(&own) {
            return Some(*place);
        }
        let listed = (org, own.key.clone());
        let is_known = self.keys.contains(&listed);
        let keys = self.keys_of_org.entry(org).or_default();
        if self.entries.len() >= ENTRIES_MAX || (!is_known && *keys >= KEYS_MAX) {
            return None;
        }
        if !is_known {
            *keys += 1;
            self.keys.insert(listed);
        }
        let place = self.entries.len();
        self.entries.push((own.clone(), Entry::default()));
        self.places.insert(own, place);
        Some(place)
    }

    fn hit(&mut self, place: Option<usize>, value: &[u8]) {
        let Some((_, entry)) = place.and_then(|place| self.entries.get_mut(place)) else { return };
        entry.hits += 1;
        entry.is_dirty = true;
        if value.is_empty() || value.len() > VALUE_BYTES_MAX {
            return;
        }
        if let Some(hits) = entry.values.get_mut(value) {
            *hits += 1;
        } else if entry.values.len() < VALUES_MAX {
            entry.values.insert(value.into(), 1);
        }
    }

    /// Writes what changed since the last flush, and starts over when the day has changed.
    #[must_use]
    pub fn flush(&mut self, now: Nanos) -> Option<Block> {
        let block = self.changed(now);
        self.entries.iter_mut().for_each(|(_, entry)| entry.is_dirty = false);
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
        out.constant("signal", Signal::Traces.code());
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
