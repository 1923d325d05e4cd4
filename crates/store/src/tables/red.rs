//! `sightline.red_10s`: requests, errors and durations of ten seconds. Rows are additive: late spans add rows.

use std::collections::BTreeMap;

use crate::block::{Block, FirstKey, count};
use crate::native::Encoder;
use crate::{Bucket, Table, retention_class};

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, tenant, service, environment, service_namespace, \
    service_version, class, endpoint, peer, status_class, n, errors, sum_ns, min_ns, max_ns, lat_idx, lat_n";

/// What happened in a window of ten seconds, for one combination of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct RedRow {
    /// Owner.
    pub org: u32,
    /// Start of the window, seconds since the epoch.
    pub ts: u32,
    /// Tenant; empty if none.
    pub tenant: String,
    /// Service.
    pub service: String,
    /// Deployment environment.
    pub environment: String,
    /// Namespace of the service.
    pub service_namespace: String,
    /// Version of the service.
    pub service_version: String,
    /// Request class: serve 1, consume 2, job 3, dependency 5.
    pub class: u8,
    /// What was asked for.
    pub endpoint: String,
    /// Node that a dependency calls; else empty.
    pub peer: String,
    /// HTTP status / 100; 0 if none.
    pub status_class: u8,
    /// How many (adjusted counts).
    pub n: f64,
    /// How many of them failed.
    pub errors: f64,
    /// Sum of their durations.
    pub sum_ns: f64,
    /// Shortest.
    pub min_ns: u64,
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
pub fn red_blocks(rows: &[RedRow], ret_days: u16, mut batch_id: impl FnMut() -> u64) -> Vec<Block> {
    assert!(rows.iter().all(|row| row.lat_idx.len() == row.lat_n.len()), "every bucket has its count");
    let ret = retention_class(ret_days);
    let mut parts: BTreeMap<Bucket, Vec<&RedRow>> = BTreeMap::new();
    for row in rows {
        parts.entry(Bucket::of(ret, i64::from(row.ts) * 1_000_000_000)).or_default().push(row);
    }
    parts.iter().map(|(bucket, rows)| block(*bucket, rows, batch_id())).collect()
}

fn block(bucket: Bucket, rows: &[&RedRow], batch: u64) -> Block {
    let mut out = Encoder::new(rows.len(), rows.len() * 192 + 1024);
    let each = || rows.iter().copied();
    out.values("org", "UInt32", each().map(|row| row.org));
    out.constant("ret", bucket.ret);
    out.constant("_batch", batch);
    out.values("ts", "DateTime('UTC')", each().map(|row| row.ts));
    out.repeated("tenant", each().map(|row| row.tenant.as_str()));
    out.repeated("service", each().map(|row| row.service.as_str()));
    out.repeated("environment", each().map(|row| row.environment.as_str()));
    out.repeated("service_namespace", each().map(|row| row.service_namespace.as_str()));
    out.repeated("service_version", each().map(|row| row.service_version.as_str()));
    out.values("class", "UInt8", each().map(|row| row.class));
    out.repeated("endpoint", each().map(|row| row.endpoint.as_str()));
    out.repeated("peer", each().map(|row| row.peer.as_str()));
    out.values("status_class", "UInt8", each().map(|row| row.status_class));
    out.values("n", "Float64", each().map(|row| row.n));
    out.values("errors", "Float64", each().map(|row| row.errors));
    out.values("sum_ns", "Float64", each().map(|row| row.sum_ns));
    out.values("min_ns", "UInt64", each().map(|row| row.min_ns));
    out.values("max_ns", "UInt64", each().map(|row| row.max_ns));
    out.lists("lat_idx", "Array(Int16)", each().map(|row| row.lat_idx.as_slice()));
    out.lists("lat_n", "Array(Float32)", each().map(|row| row.lat_n.as_slice()));
    let first = rows[0];
    let texts = [first.service.as_bytes(), first.tenant.as_bytes(), first.endpoint.as_bytes()];
    Block {
        table: Table::Red10s,
        partition: bucket.partition(),
        batch,
        first_key: FirstKey::encode(first.org, first.ts.into(), &texts),
        rows: count(rows.len()),
        body: out.finish(),
    }
}
