//! Schedules at rest, so that a run that was missed while the process was down is seen.

use service_kit::database::Database;

/// The table of schedules; times in ms since the epoch, 0 = never.
pub(crate) const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, \
     next_due BIGINT NOT NULL, last_success BIGINT NOT NULL)"];

/// The schedules of the process. Reading and noting carries no span: it is no work of a task.
#[derive(Debug, Clone)]
pub(crate) struct Schedules {
    database: Database,
}

impl Schedules {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Makes a schedule known; one that is known keeps its time.
    pub(crate) async fn register(&self, name: &str, first_ms: i64) -> sqlx::Result<()> {
        let text = "INSERT INTO schedules VALUES ($1, $2, 0) ON CONFLICT DO NOTHING";
        sqlx::query(text).bind(name.to_owned()).bind(first_ms).execute(self.database.inner()).await.map(drop)
    }

    /// Returns when a schedule is due next, and its last success.
    pub(crate) async fn get(&self, name: &str) -> sqlx::Result<(i64, i64)> {
        let text = "SELECT next_due, last_success FROM schedules WHERE name = $1";
        sqlx::query_as(text).bind(name.to_owned()).fetch_one(self.database.inner()).await
    }

    /// Notes when a schedule is due next, and its last success; 0 keeps the last one.
    pub(crate) async fn note(&self, name: &str, next_ms: i64, success_ms: i64) -> sqlx::Result<()> {
        let text = "UPDATE schedules SET next_due = $2, \
                    last_success = CASE WHEN $3 > 0 THEN $3 ELSE last_success END WHERE name = $1";
        let query = sqlx::query(text).bind(name.to_owned()).bind(next_ms).bind(success_ms);
        query.execute(self.database.inner()).await.map(drop)
    }
}
