//! Windows across batches, bounded in endpoints, peers and rows; totals stay exact whatever is folded.

use std::collections::HashMap;
use std::sync::Arc;

use sightline_model::{Nanos, Signal};
use sightline_otlp::SpanBatch;
use sightline_otlp::columns::DictColumn;
use sightline_store::RedRow;

use super::guard::{Group, Guard, OTHER};
use super::local::{Cell, LocalKey, count};
use crate::names;

/// The peer that stands for all that are too much.
const OTHER_PEER: &str = "external:(other)";
/// Peers of one service and class in 24 hours (vocabulary.md 3).
const PEERS_MAX: usize = 200;
/// Services, environments and classes that are told apart in 24 hours.
const GROUPS_MAX: usize = 20_000;

/// Bounds of what is told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// Endpoints of one service and class in 24 hours.
    pub(crate) endpoints_max: usize,
    /// Rows of one window and org.
    pub(crate) window_rows_max: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    org: u32,
    ts: u32,
    service: Arc<str>,
    tenant: Arc<str>,
    endpoint: Arc<str>,
    environment: Arc<str>,
    namespace: Arc<str>,
    version: Arc<str>,
    peer: Arc<str>,
    class: u8,
    status_class: u8,
}

/// What was counted since the last flush.
#[derive(Debug)]
pub(crate) struct Windows {
    caps: Caps,
    endpoints: Guard,
    peers: Guard,
    cells: HashMap<Key, Cell>,
    rows: HashMap<(u32, u32), usize>,
    other: Arc<str>,
    other_peer: Arc<str>,
}

/// Texts of one dictionary, made once per entry.
struct Texts<'a> {
    column: &'a DictColumn,
    made: HashMap<u32, Arc<str>>,
}

impl<'a> Texts<'a> {
    fn new(column: &'a DictColumn) -> Self {
        Self { column, made: HashMap::new() }
    }

    fn get(&mut self, number: u32) -> Arc<str> {
        let make = || String::from_utf8_lossy(self.column.dict.get(number)).into();
        Arc::clone(self.made.entry(number).or_insert_with(make))
    }
}

struct BatchTexts<'a> {
    tenant: Texts<'a>,
    service: Texts<'a>,
    environment: Texts<'a>,
    namespace: Texts<'a>,
    version: Texts<'a>,
    endpoint: Texts<'a>,
    peer: Texts<'a>,
}

impl<'a> BatchTexts<'a> {
    fn of(batch: &'a SpanBatch) -> Self {
        Self {
            tenant: Texts::new(&batch.tenant),
            service: Texts::new(&batch.service),
            environment: Texts::new(&batch.environment),
            namespace: Texts::new(&batch.service_namespace),
            version: Texts::new(&batch.service_version),
            endpoint: Texts::new(&batch.endpoint),
            peer: Texts::new(&batch.peer),
        }
    }

    fn key(&mut self, local: &LocalKey) -> Key {
        Key {
            org: local.org,
            ts: local.ts,
            service: self.service.get(local.service),
            tenant: self.tenant.get(local.tenant),
            endpoint: self.endpoint.get(local.endpoint),
            environment: self.environment.get(local.environment),
            namespace: self.namespace.get(local.namespace),
            version: self.version.get(local.version),
            peer: self.peer.get(local.peer),
            class: local.class,
            status_class: local.status_class,
        }
    }
}

impl Windows {
    /// Makes empty windows.
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            caps,
            endpoints: Guard::new(caps.endpoints_max, GROUPS_MAX),
            peers: Guard::new(PEERS_MAX, GROUPS_MAX),
            cells: HashMap::new(),
            rows: HashMap::new(),
            other: OTHER.into(),
            other_peer: OTHER_PEER.into(),
        }
    }

    /// Counts every span of a batch that arrived at that time.
    pub(crate) fn observe(&mut self, batch: &SpanBatch, arrived: Nanos) {
        self.endpoints.at(arrived);
        self.peers.at(arrived);
        let mut texts = BatchTexts::of(batch);
        let mut folded = 0.0;
        // In the order of keys, so that which names are folded does not depend on the hash of this process.
        let mut local: Vec<(Key, Cell)> =
            count(batch).iter().map(|(key, cell)| (texts.key(key), cell.clone())).collect();
        local.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (mut key, cell) in local {
            if self.fold(&mut key) {
                folded += cell.n;
            }
            self.cells.entry(key).or_default().merge(&cell);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of spans, not negative"
        )]
        names::noted("sightline.pipeline.endpoints_folded", Signal::Traces).add(folded as u64);
    }

    /// Replaces names that are too much; tells whether it did. A row of its own is made for what is left.
    fn fold(&mut self, key: &mut Key) -> bool {
        let group = Group {
            org: key.org,
            environment: Arc::clone(&key.environment),
            service: Arc::clone(&key.service),
            class: key.class,
        };
        let mut is_folded = false;
        if !key.endpoint.is_empty() && !self.endpoints.admits(&group, &key.endpoint) {
            key.endpoint = Arc::clone(&self.other);
            is_folded = true;
        }
        if !key.peer.is_empty() && !self.peers.admits(&group, &key.peer) {
            key.peer = Arc::clone(&self.other_peer);
            is_folded = true;
        }
        if self.cells.contains_key(key) {
            return is_folded;
        }
        let rows = self.rows.entry((key.org, key.ts)).or_default();
        if *rows >= self.caps.window_rows_max && *key.endpoint != *OTHER {
            key.endpoint = Arc::clone(&self.other);
            is_folded = true;
        } else {
            *rows += 1;
        }
        is_folded
    }

    /// Takes the rows out. Rows of the same window may follow later and add to these.
    pub(crate) fn take(&mut self) -> Vec<RedRow> {
        self.rows.clear();
        let mut cells: Vec<_> = std::mem::take(&mut self.cells).into_iter().collect();
        cells.sort_by(|(a, _), (b, _)| a.cmp(b));
        cells.into_iter().map(|(key, cell)| row_of(&key, cell)).collect()
    }
}

fn row_of(key: &Key, cell: Cell) -> RedRow {
    let (lat_idx, lat_n) = cell.sketch.into_arrays();
    RedRow {
        org: key.org,
        ts: key.ts,
        tenant: key.tenant.as_ref().to_owned(),
        service: key.service.as_ref().to_owned(),
        environment: key.environment.as_ref().to_owned(),
        service_namespace: key.namespace.as_ref().to_owned(),
        service_version: key.version.as_ref().to_owned(),
        class: key.class,
        endpoint: key.endpoint.as_ref().to_owned(),
        peer: key.peer.as_ref().to_owned(),
        status_class: key.status_class,
        n: cell.n,
        errors: cell.errors,
        sum_ns: cell.sum_ns,
        min_ns: cell.min_ns,
        max_ns: cell.max_ns,
        lat_idx,
        lat_n,
    }
}
