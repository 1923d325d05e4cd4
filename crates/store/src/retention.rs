//! Dropping what is past its retention: whole partitions, by our clock.
//!
//! The query adds the exact lower bound of a policy; the partition is only the broom. No TTL clause, so that simulated
//! time and back-filled data work.

use std::collections::BTreeMap;
use std::time::Duration;

use sightline_model::Nanos;
use sightline_runtime::metrics;

use crate::http::{Call, Connection};
use crate::{Bucket, Endpoint, Error, Table, names};

/// How long one step may take.
const STEP_DEADLINE: Duration = Duration::from_secs(60);

const DAY_NS: i64 = 86_400_000_000_000;

/// What a retention run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Table and partition.
    pub partitions: Vec<(Table, String)>,
}

/// Drops every partition whose bucket ended longer ago than its retention class. A reconciler: run it at any time,
/// as often as wanted.
///
/// # Errors
/// [`Error::Away`] while the engine restarts; what was not dropped is dropped by the next run.
pub async fn drop_expired(endpoint: &Endpoint, now: Nanos) -> Result<Dropped, Error> {
    let admin = Connection::new(endpoint, &endpoint.admin);
    let sql = "SELECT table, partition_id, count() AS parts FROM system.parts \
               WHERE database = 'sightline' AND active GROUP BY table, partition_id ORDER BY table, partition_id";
    let rows = admin.read(sql, &[], STEP_DEADLINE).await?;
    let mut dropped = Dropped::default();
    if rows.is_empty() {
        return Ok(dropped);
    }
    let (tables, partitions) = (rows.column("table")?.strings()?, rows.column("partition_id")?.strings()?);
    let counts = rows.column("parts")?.unsigned()?;
    let mut parts: BTreeMap<u8, u64> = BTreeMap::new();
    for (row, count) in counts.iter().enumerate() {
        let Some(table) = Table::from_name(&tables.text(row)) else { continue };
        let partition = partitions.text(row);
        if Bucket::parse(&partition).is_some_and(|bucket| is_expired(bucket, now)) {
            drop_partition(&admin, table, &partition).await?;
            tracing::info!(table = table.name(), %partition, "dropped a partition past its retention");
            dropped.partitions.push((table, partition.into_owned()));
        } else {
            *parts.entry(table.code()).or_default() += count;
        }
    }
    for table in Table::ALL {
        let count = i64::try_from(parts.get(&table.code()).copied().unwrap_or(0)).unwrap_or(i64::MAX);
        metrics::gauge(names::PARTS, &[("table", table.name())]).set(count);
    }
    Ok(dropped)
}

/// Tells whether all of a bucket is past its retention.
#[must_use]
pub fn is_expired(bucket: Bucket, now: Nanos) -> bool {
    bucket.to().saturating_add(i64::from(bucket.ret) * DAY_NS) <= now
}

async fn drop_partition(admin: &Connection, table: Table, partition: &str) -> Result<(), Error> {
    // The id was parsed: digits and a hyphen.
    let sql = format!("ALTER TABLE sightline.{} DROP PARTITION ID '{partition}'", table.name());
    admin.run(Call { sql: &sql, deadline: STEP_DEADLINE, ..Call::default() }).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_expires_when_its_end_is_older_than_its_class() {
        let bucket = Bucket::parse("7-20261113").unwrap();
        let end = Bucket::parse("7-20261121").unwrap().from();
        assert!(!is_expired(bucket, end - 1));
        assert!(is_expired(bucket, end));
    }
}
