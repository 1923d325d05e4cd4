//! `sightline.edges_10s` and its rollup: who calls whom, in windows of ten seconds and of a minute. Rows of ten seconds
//! are additive: late spans add rows.

use std::collections::BTreeMap;

use crate::block::{Block, FirstKey, count};
use crate::native::Encoder;
use crate::{Bucket, Table, retention_class};

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, tenant, environment, client, server, edge_kind, system, n, \
    errors, sum_ns, max_ns, lat_idx, lat_n";

pub(super) const COLUMNS_1M: &str = "org, ret, level, window, row_version, tenant, environment, client, server, \
    edge_kind, system, n, errors, sum_ns, max_ns, lat_idx, lat_n";

/// What happened between two nodes in a window of ten seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeRow {
    /// Owner.
    pub org: u32,
    /// Start of the window, seconds since the epoch.
    pub ts: u32,
    /// Tenant; empty if none.
    pub tenant: String,
    /// Deployment environment of the span that was counted.
    pub environment: String,
    /// Node that calls (vocabulary.md 3, node ids).
    pub client: String,
    /// Node that is called.
    pub server: String,
    /// Call 1, the same as its caller saw it 2, virtual 3, entry 4, send 5, receive 6, queue time 7.
    pub edge_kind: u8,
    /// System of the database, queue or rpc, or `http`; empty if none is told.
    pub system: String,
    /// How many (adjusted counts).
    pub n: f64,
    /// How many of them failed.
    pub errors: f64,
    /// Sum of their durations.
    pub sum_ns: f64,
    /// Longest.
    pub max_ns: u64,
    /// Buckets of the latency sketch (exponential histogram, scale 4, seconds, upper-inclusive), ascending.
    pub lat_idx: Vec<i16>,
    /// Count in each bucket.
    pub lat_n: Vec<f32>,
}

/// Writes the rows as one insert for each partition. `batch_id` gives a new id for each.
///
/// # Panics
/// When a row has another number of buckets than counts: wrong data would be stored.
#[must_use]
pub fn edge_blocks(rows: &[EdgeRow], ret_days: u16, mut batch_id: impl FnMut() -> u64) -> Vec<Block> {
    assert!(rows.iter().all(|row| row.lat_idx.len() == row.lat_n.len()), "every bucket has its count");
    let ret = retention_class(ret_days);
    let mut parts: BTreeMap<Bucket, Vec<&EdgeRow>> = BTreeMap::new();
    for row in rows {
        parts.entry(Bucket::of(ret, i64::from(row.ts) * 1_000_000_000)).or_default().push(row);
    }
    parts.iter().map(|(bucket, rows)| block(*bucket, rows, batch_id())).collect()
}

fn block(bucket: Bucket, rows: &[&EdgeRow], batch: u64) -> Block {
    let mut out = Encoder::new(rows.len(), rows.len() * 160 + 1024);
    let each = || rows.iter().copied();
    out.values("org", "UInt32", each().map(|row| row.org));
    out.constant("ret", bucket.ret);
    out.constant("_batch", batch);
    out.values("ts", "DateTime('UTC')", each().map(|row| row.ts));
    out.repeated("tenant", each().map(|row| row.tenant.as_str()));
    out.repeated("environment", each().map(|row| row.environment.as_str()));
    out.repeated("client", each().map(|row| row.client.as_str()));
    out.repeated("server", each().map(|row| row.server.as_str()));
    out.values("edge_kind", "UInt8", each().map(|row| row.edge_kind));
    out.repeated("system", each().map(|row| row.system.as_str()));
    out.values("n", "Float64", each().map(|row| row.n));
    out.values("errors", "Float64", each().map(|row| row.errors));
    out.values("sum_ns", "Float64", each().map(|row| row.sum_ns));
    out.values("max_ns", "UInt64", each().map(|row| row.max_ns));
    out.lists("lat_idx", "Array(Int16)", each().map(|row| row.lat_idx.as_slice()));
    out.lists("lat_n", "Array(Float32)", each().map(|row| row.lat_n.as_slice()));
    let first = rows[0];
    let texts = [first.client.as_bytes(), first.server.as_bytes(), first.tenant.as_bytes()];
    Block {
        table: Table::Edges10s,
        partition: bucket.partition(),
        batch,
        first_key: FirstKey::encode(first.org, first.ts.into(), &texts),
        rows: count(rows.len()),
        body: out.finish(),
    }
}
