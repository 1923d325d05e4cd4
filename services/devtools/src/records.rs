//! Records of experiments at rest.

use service_kit::database::{self, Database, statement};

use crate::experiment::Record;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS experiments (id TEXT PRIMARY KEY, service TEXT NOT NULL, \
     kind TEXT NOT NULL, route TEXT NOT NULL, tenant TEXT NOT NULL, value TEXT NOT NULL, started_at BIGINT NOT NULL, \
     due_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, outcome TEXT NOT NULL)",
];

/// A row of `experiments`, in the order of its columns.
type Row = (String, String, String, String, String, String, i64, i64, i64, String);

fn read(row: Row) -> Record {
    let (id, service, kind, route, tenant, value, started_at, due_at, ended_at, outcome) = row;
    Record { id, service, kind, route, tenant, value, started_at, due_at, ended_at, outcome }
}

/// All experiments that ever ran.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    database: Database,
}

impl Records {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await? })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    pub(crate) async fn insert(&self, record: &Record) -> sqlx::Result<()> {
        let text = "INSERT INTO experiments VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')";
        let values = [
            record.id.as_str().into(),
            record.service.as_str().into(),
            record.kind.as_str().into(),
            record.route.as_str().into(),
            record.tenant.as_str().into(),
            record.value.as_str().into(),
            record.started_at.into(),
            record.due_at.into(),
        ];
        database::execute(&self.database, statement("INSERT", "experiments", text), values).await.map(drop)
    }

    /// Notes the end; an experiment that has ended keeps its end.
    pub(crate) async fn end(&self, id: &str, ended_at: i64, outcome: &str) -> sqlx::Result<()> {
        let text = "UPDATE experiments SET ended_at = $2, outcome = $3 WHERE id = $1 AND ended_at = 0";
        let values = [id.into(), ended_at.into(), outcome.into()];
        database::execute(&self.database, statement("UPDATE", "experiments", text), values).await.map(drop)
    }

    pub(crate) async fn get(&self, id: &str) -> sqlx::Result<Record> {
        let text = "SELECT * FROM experiments WHERE id = $1";
        let found: Vec<Row> =
            database::rows(&self.database, statement("SELECT", "experiments", text), [id.into()]).await?;
        found.into_iter().next().map(read).ok_or(sqlx::Error::RowNotFound)
    }

    /// The last hundred, the newest first.
    pub(crate) async fn list(&self) -> sqlx::Result<Vec<Record>> {
        let text = "SELECT * FROM experiments ORDER BY started_at DESC LIMIT 100";
        let found: Vec<Row> =
            database::rows(&self.database, statement("SELECT", "experiments", text), []).await?;
        Ok(found.into_iter().map(read).collect())
    }

    /// Those whose time is over and that still run. Looking carries no span: finding nothing is no work.
    pub(crate) async fn overdue(&self, now_ms: i64) -> sqlx::Result<Vec<Record>> {
        let text = "SELECT * FROM experiments WHERE ended_at = 0 AND due_at <= $1 ORDER BY due_at";
        let found: Vec<Row> = sqlx::query_as(text).bind(now_ms).fetch_all(self.database.inner()).await?;
        Ok(found.into_iter().map(read).collect())
    }
}
