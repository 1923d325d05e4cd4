//! Facts at rest: how often each kind of message came for a tenant, and the sum of their amounts.

use std::collections::BTreeMap;

use serde::Serialize;
use service_kit::Clock;
use service_kit::database::{self, Connection, Database, arguments, statement};
use sqlx::Connection as _;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS facts (tenant TEXT NOT NULL, kind TEXT NOT NULL, count BIGINT NOT NULL, \
     amount BIGINT NOT NULL, PRIMARY KEY (tenant, kind))",
    "CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at_ms BIGINT NOT NULL)",
];
/// How long the id of a message is remembered; the bus gives none again after that, ms.
const REMEMBERED_MS: i64 = 3_600_000;

/// A fact: how often, and the sum of the amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Fact {
    pub(crate) count: i64,
    pub(crate) amount: i64,
}

/// All facts of a tenant, by kind of message.
pub(crate) type Report = BTreeMap<String, Fact>;

/// The facts of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    database: Database,
    clock: Clock,
}

impl Facts {
    pub(crate) async fn open(url: &str, clock: Clock) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await?, clock })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Counts a message; the same one again changes nothing, and is answered by false.
    #[tracing::instrument(name = "fact.record", skip_all, fields(dotmac.bus.kind = kind))]
    pub(crate) async fn record(&self, tenant: &str, id: &str, kind: &str, amount: i64) -> sqlx::Result<bool> {
        let text = "INSERT INTO facts VALUES ($1, $2, 1, $3) ON CONFLICT (tenant, kind) \
                    DO UPDATE SET count = facts.count + 1, amount = facts.amount + excluded.amount";
        let seen = [id.into(), self.clock.now_ms().into()];
        let values = [tenant.into(), kind.into(), amount.into()];
        let work = |mut connection: Connection| async move {
            let mut transaction = connection.begin().await?;
            let first = "INSERT INTO seen VALUES ($1, $2) ON CONFLICT DO NOTHING";
            let first = sqlx::query_with(first, arguments(seen)?).execute(&mut *transaction).await?;
            if first.rows_affected() > 0 {
                sqlx::query_with(text, arguments(values)?).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(first.rows_affected() > 0)
        };
        self.database.run(statement("INSERT", "facts", text), work).await
    }

    /// Returns what happened for a tenant.
    #[tracing::instrument(name = "report.compute", skip_all)]
    pub(crate) async fn report(&self, tenant: &str) -> sqlx::Result<Report> {
        let text = "SELECT kind, count, amount FROM facts WHERE tenant = $1";
        let found: Vec<(String, i64, i64)> =
            database::rows(&self.database, statement("SELECT", "facts", text), [tenant.into()]).await?;
        Ok(found.into_iter().map(|(kind, count, amount)| (kind, Fact { count, amount })).collect())
    }

    /// Forgets the ids of old messages.
    pub(crate) async fn forget(&self) -> sqlx::Result<()> {
        let before = self.clock.now_ms() - REMEMBERED_MS;
        let query = sqlx::query("DELETE FROM seen WHERE at_ms < $1").bind(before);
        query.execute(self.database.inner()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_message_counts_once_for_its_tenant() {
        let clock = Clock::manual(1_000_000);
        let facts = Facts::open("sqlite::memory:", clock.clone()).await.unwrap();
        for (tenant, id, amount) in [("a", "1", 100), ("a", "2", 50), ("a", "2", 50), ("b", "3", 7)] {
            facts.record(tenant, id, "invoice.paid", amount).await.unwrap();
        }
        let report = async |tenant: &str| facts.report(tenant).await.unwrap();
        let want = |count, amount| BTreeMap::from([("invoice.paid".to_owned(), Fact { count, amount })]);
        assert_eq!(report("a").await, want(2, 150));
        assert_eq!(report("b").await, want(1, 7));
        assert_eq!(report("c").await, BTreeMap::new());
        clock.advance(Duration::from_secs(3_601));
        facts.forget().await.unwrap();
        facts.record("a", "1", "invoice.paid", 100).await.unwrap();
        assert_eq!(report("a").await, want(3, 250), "an id is remembered for an hour only");
    }
}
