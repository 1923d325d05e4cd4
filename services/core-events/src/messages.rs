//! Messages at rest: each topic is a sequence without gaps.

use serde_json::Value;
use service_kit::bus::{Message, NewMessage};
use service_kit::database::{Connection, Database, arguments, statement};
use service_kit::{ApiError, Clock, call};
use sightline_sdk::bus::Headers;
use sqlx::Connection as _;

/// Tables of the bus; `next` of a group is the first position it was never given.
pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, head BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS messages (topic TEXT NOT NULL, position BIGINT NOT NULL, id TEXT NOT NULL UNIQUE, \
     kind TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL, published_at BIGINT NOT NULL, \
     PRIMARY KEY (topic, position))",
    "CREATE TABLE IF NOT EXISTS groups_of_topics (topic TEXT NOT NULL, name TEXT NOT NULL, next BIGINT NOT NULL, \
     seen_at BIGINT NOT NULL, PRIMARY KEY (topic, name))",
    "CREATE TABLE IF NOT EXISTS deliveries (topic TEXT NOT NULL, name TEXT NOT NULL, position BIGINT NOT NULL, \
     due_at BIGINT NOT NULL, attempts BIGINT NOT NULL, PRIMARY KEY (topic, name, position))",
];

/// How long a message is kept that every group has acknowledged, ms.
const KEPT_MS: i64 = 3_600_000;

/// A row of `messages` with the number of deliveries.
pub(crate) type Row = (i64, i64, i64, String, String, String, String);

/// Reads a row of (position, delivery, published at, id, kind, headers, body).
pub(crate) fn read(row: Row) -> Message {
    let (position, delivery, published_at, id, kind, headers, body) = row;
    let headers: Headers = serde_json::from_str(&headers).unwrap_or_default();
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    Message { position, delivery, published_at, content: NewMessage { id, kind, headers, body } }
}

/// The messages of all topics.
#[derive(Debug, Clone)]
pub(crate) struct Messages {
    database: Database,
    clock: Clock,
}

impl Messages {
    pub(crate) const fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// Stores a message at the end of its topic. The same id again changes nothing, and is answered by false.
    #[tracing::instrument(name = "message.append", skip_all, fields(dotmac.bus.topic = topic, dotmac.bus.kind = message.kind))]
    pub(crate) async fn append(&self, topic: &str, message: NewMessage) -> Result<bool, ApiError> {
        // On behalf of a tenant: a message without one is refused, so that none is lost to a tenant's count.
        call::tenant()?;
        let text = "INSERT INTO messages SELECT $1, head, $2, $3, $4, $5, $6 FROM topics WHERE name = $1 \
                    ON CONFLICT (id) DO NOTHING";
        let (topic, now) = (topic.to_owned(), self.clock.now_ms());
        let headers = serde_json::to_string(&message.headers).unwrap_or_default();
        let values = [
            topic.as_str().into(),
            message.id.into(),
            message.kind.into(),
            headers.into(),
            message.body.to_string().into(),
            now.into(),
        ];
        let work = |mut connection: Connection| async move {
            let mut transaction = connection.begin().await?;
            // The first statement writes, so the appends of a topic follow one another, and so do their positions.
            for text in [
                "INSERT INTO topics VALUES ($1, 0) ON CONFLICT DO NOTHING",
                "UPDATE topics SET head = head + 1 WHERE name = $1",
            ] {
                sqlx::query(text).bind(topic.clone()).execute(&mut *transaction).await?;
            }
            let stored = sqlx::query_with(text, arguments(values)?).execute(&mut *transaction).await?;
            let is_new = stored.rows_affected() > 0;
            if is_new {
                transaction.commit().await?
            } else {
                transaction.rollback().await?
            }
            Ok(is_new)
        };
        Ok(self.database.run(statement("INSERT", "messages", text), work).await?)
    }

    /// Removes messages that every group has acknowledged and that are old.
    pub(crate) async fn prune(&self) -> sqlx::Result<u64> {
        let text = "DELETE FROM messages WHERE published_at < $1 \
            AND position < (SELECT MIN(g.next) FROM groups_of_topics g WHERE g.topic = messages.topic) \
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.topic = messages.topic AND d.position = messages.position)";
        let before = self.clock.now_ms() - KEPT_MS;
        let done = sqlx::query(text).bind(before).execute(self.database.inner()).await?;
        Ok(done.rows_affected())
    }

    /// Returns each topic and the position of its last message.
    pub(crate) async fn heads(&self) -> sqlx::Result<Vec<(String, i64)>> {
        let text = "SELECT name, head FROM topics ORDER BY name";
        sqlx::query_as(text).fetch_all(self.database.inner()).await
    }
}

/// Opens a bus in memory, for tests.
#[cfg(test)]
pub(crate) async fn in_memory() -> Database {
    service_kit::database::open("sqlite::memory:", SCHEMA).await.unwrap()
}
