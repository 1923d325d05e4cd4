//! Writer numbers: the upper 16 bits of every batch id.
//!
//! A number is given out once per start, round robin, so that a log that was lost and begun anew cannot make ids that
//! were used before; and never while another server holds it.

use std::time::Duration;

use sightline_model::Nanos;
use sightline_runtime::Stop;
use sqlx::Row as _;

use crate::{Error, Meta};

/// How long a number is kept for a server that does not answer any more.
const LEASE: Nanos = 60 * 60 * 1_000_000_000;
/// How often a running server prolongs its lease.
const RENEW_EVERY: Duration = Duration::from_secs(10 * 60);
/// The largest number; 0 is not used, because batch id 0 means "none".
const NUMBER_MAX: i64 = u16::MAX as i64;

impl Meta {
    /// Leases a number that no other running server has and that was not used for the last 65,534 starts. A task of the
    /// scope given to [`Meta::open`] prolongs the lease and gives the number back at the end.
    ///
    /// # Errors
    /// [`Error::NoWriterNumber`] when all are leased, [`Error::Database`].
    pub async fn lease_writer(&self) -> Result<u16, Error> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let last = sqlx::query("SELECT value FROM settings WHERE name = 'last_writer'");
        let last: i64 = match last.fetch_optional(&mut *tx).await? {
            Some(row) => {
                row.try_get::<String, _>(0)?.parse().map_err(|_| Error::Damaged { table: "settings" })?
            }
            None => 0,
        };
        let held = sqlx::query("SELECT number FROM writers WHERE leased_until > $1").bind(now);
        let mut taken = std::collections::HashSet::new();
        for row in held.fetch_all(&mut *tx).await? {
            taken.insert(row.try_get::<i64, _>(0)?);
        }
        let following = (1..=NUMBER_MAX).map(|step| (last + step - 1) % NUMBER_MAX + 1);
        let number = following.into_iter().find(|n| !taken.contains(n)).ok_or(Error::NoWriterNumber)?;
        sqlx::query(
            "INSERT INTO writers (number, leased_until) VALUES ($1, $2) \
             ON CONFLICT (number) DO UPDATE SET leased_until = excluded.leased_until",
        )
        .bind(number)
        .bind(now + LEASE)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ('last_writer', $1) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(number.to_string())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let meta = self.clone();
        self.inner.scope.spawn("meta-writer-lease", move |stop| keep(meta, number, stop));
        u16::try_from(number).map_err(|_| Error::Damaged { table: "writers" })
    }
}

/// Prolongs the lease until stopped, then gives the number back. A failure is not fatal: the lease outlives six of them.
async fn keep(meta: Meta, number: i64, stop: Stop) {
    while stop.run_until_cancelled(tokio::time::sleep(RENEW_EVERY)).await.is_some() {
        prolong(&meta, number, meta.now() + LEASE).await;
    }
    prolong(&meta, number, 0).await;
}

async fn prolong(meta: &Meta, number: i64, until: Nanos) {
    let update = sqlx::query("UPDATE writers SET leased_until = $1 WHERE number = $2");
    let outcome = update.bind(until).bind(number).execute(&meta.inner.pool).await;
    if let Err(error) = outcome {
        tracing::warn!(%error, number, "the lease of the writer number was not changed");
    }
}
