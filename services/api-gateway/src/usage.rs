//! Each tenant's use of its daily quota at rest, so that a restart does not forget what was used today.

use std::time::Duration;

use service_kit::Stop;
use service_kit::database::{self, Database};

use crate::metrics;

const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS usage (tenant TEXT PRIMARY KEY, day BIGINT NOT NULL, \
                           requests BIGINT NOT NULL, quota BIGINT NOT NULL)"];

/// How often what changed is written.
const EVERY: Duration = Duration::from_secs(1);

/// A tenant's requests of a day, and its quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) tenant: String,
    /// Days since the epoch.
    pub(crate) day: i64,
    pub(crate) requests: i64,
    pub(crate) quota: i64,
}

/// The uses of all tenants. Reading and writing carries no span: it is no work of a request.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    database: Database,
}

impl Usage {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await? })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Returns what was used on the last day of each tenant.
    pub(crate) async fn all(&self) -> sqlx::Result<Vec<Use>> {
        let text = "SELECT tenant, day, requests, quota FROM usage ORDER BY tenant";
        let found: Vec<(String, i64, i64, i64)> =
            sqlx::query_as(text).fetch_all(self.database.inner()).await?;
        let read = |(tenant, day, requests, quota)| Use { tenant, day, requests, quota };
        Ok(found.into_iter().map(read).collect())
    }

    /// Writes what was used, all or nothing.
    pub(crate) async fn note(&self, uses: &[Use]) -> sqlx::Result<()> {
        let text = "INSERT INTO usage VALUES ($1, $2, $3, $4) ON CONFLICT (tenant) \
                    DO UPDATE SET day = excluded.day, requests = excluded.requests, quota = excluded.quota";
        let mut transaction = self.database.inner().begin().await?;
        for Use { tenant, day, requests, quota } in uses {
            let query = sqlx::query(text).bind(tenant.clone()).bind(*day).bind(*requests).bind(*quota);
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    /// Writes what changed, until the service stops and once more then.
    pub(crate) async fn keep(self, stop: Stop) {
        let mut goes_on = true;
        while goes_on {
            goes_on = stop.sleep(EVERY).await;
            let changed = metrics::changed();
            if changed.is_empty() {
                continue;
            }
            if let Err(error) = self.note(&changed).await {
                tracing::warn!(%error, "the use of quotas is not noted; it is with the next requests");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_noted_last_is_found_again() {
        let usage = Usage::open("sqlite::memory:").await.unwrap();
        let used = |tenant: &str, day, requests| Use { tenant: tenant.to_owned(), day, requests, quota: 9 };
        usage.note(&[used("a", 1, 5), used("b", 1, 7)]).await.unwrap();
        usage.note(&[used("a", 2, 1)]).await.unwrap();
        assert_eq!(usage.all().await.unwrap(), [used("a", 2, 1), used("b", 1, 7)]);
    }
}
