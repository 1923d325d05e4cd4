//! Brings the settings database to the current version: numbered files, each applied once, in one transaction.

use sightline_runtime::Clock;
use sqlx::{AnyPool, Row as _};

use crate::Error;
use crate::secret::Digest;

/// Every migration in order. A released file is never edited; its digest is checked.
const MIGRATIONS: &[(i64, &str)] = &[(1, include_str!("../migrations/001_first.sql"))];

/// What must exist before anything can be locked: the row that every change updates first.
const BOOTSTRAP: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS revision (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)",
    "INSERT INTO revision (id, n) VALUES (1, 0) ON CONFLICT (id) DO NOTHING",
];

/// Applies what is missing.
pub(crate) async fn migrate(pool: &AnyPool, clock: &dyn Clock) -> Result<(), Error> {
    for statement in BOOTSTRAP {
        sqlx::query(statement).execute(pool).await?;
    }
    let mut tx = pool.begin().await?;
    // Takes the write lock, so that two servers that start at once do not both apply a file.
    sqlx::query("UPDATE revision SET n = n + 1 WHERE id = 1").execute(&mut *tx).await?;
    let rows =
        sqlx::query("SELECT version, digest FROM migrations ORDER BY version").fetch_all(&mut *tx).await?;
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    let mut applied = Vec::with_capacity(rows.len());
    for row in &rows {
        applied.push((row.try_get::<i64, _>(0)?, row.try_get::<String, _>(1)?));
    }
    if let Some((found, _)) = applied.iter().find(|(version, _)| *version > known) {
        return Err(Error::Newer { found: *found, known });
    }
    for (version, sql) in MIGRATIONS {
        let digest = Digest::of(sql).to_hex();
        match applied.iter().find(|(done, _)| done == version) {
            Some((_, was)) if *was == digest => {}
            Some(_) => return Err(Error::Changed { version: *version }),
            None => {
                sqlx::raw_sql(*sql).execute(&mut *tx).await?;
                sqlx::query("INSERT INTO migrations (version, digest, applied_at) VALUES ($1, $2, $3)")
                    .bind(*version)
                    .bind(digest)
                    .bind(clock.unix_nanos())
                    .execute(&mut *tx)
                    .await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}
