//! Sessions: at rest in the database, and in the cache for as long as they are likely to be used.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use service_kit::database::{self, Database, statement};

use crate::cache::Cache;

/// The table of sessions.
pub(crate) const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, \
                                      tenant TEXT NOT NULL, name TEXT NOT NULL)"];
/// How long a session stays in the cache.
const CACHED: Duration = Duration::from_secs(3_600);

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Starts with the tenant.
    pub(crate) token: String,
    pub(crate) tenant: String,
    pub(crate) user: String,
    pub(crate) plan: String,
}

/// The sessions of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    database: Database,
    cache: Cache,
}

impl Sessions {
    pub(crate) const fn new(database: Database, cache: Cache) -> Self {
        Self { database, cache }
    }

    /// Opens a session.
    #[tracing::instrument(name = "session.open", skip_all)]
    pub(crate) async fn open(&self, tenant: &str, user: &str, plan: &str) -> sqlx::Result<Session> {
        let token = format!("{tenant}:{}", uuid::Uuid::new_v4().simple());
        let text = "INSERT INTO sessions VALUES ($1, $2, $3)";
        let values = [token.as_str().into(), tenant.into(), user.into()];
        database::execute(&self.database, statement("INSERT", "sessions", text), values).await?;
        let (tenant, user, plan) = (tenant.to_owned(), user.to_owned(), plan.to_owned());
        let session = Session { token, tenant, user, plan };
        self.keep(&session).await;
        Ok(session)
    }

    /// Returns a session: from the cache, else from the database.
    #[tracing::instrument(name = "session.resolve", skip_all)]
    pub(crate) async fn resolve(&self, token: &str) -> sqlx::Result<Session> {
        let cached = self.cache.get(&key(token)).await;
        if let Some(session) = cached.and_then(|text| serde_json::from_str(&text).ok()) {
            return Ok(session);
        }
        let text = "SELECT s.token, s.tenant, s.name, u.plan FROM sessions s \
                    JOIN users u ON u.tenant = s.tenant AND u.name = s.name WHERE s.token = $1";
        let found: Vec<(String, String, String, String)> =
            database::rows(&self.database, statement("SELECT", "sessions", text), [token.into()]).await?;
        let (token, tenant, user, plan) = found.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
        let session = Session { token, tenant, user, plan };
        self.keep(&session).await;
        Ok(session)
    }

    async fn keep(&self, session: &Session) {
        let text = serde_json::to_string(session).unwrap_or_default();
        self.cache.set(&key(&session.token), &text, CACHED).await;
    }
}

fn key(token: &str) -> String {
    format!("session:{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_session_is_found_in_the_cache_and_in_the_database() {
        let schema = [crate::accounts::SCHEMA, SCHEMA].concat();
        let database = database::open("sqlite::memory:", &schema).await.unwrap();
        crate::accounts::Accounts::open(database.clone()).await.unwrap();
        let sessions = Sessions::new(database.clone(), Cache::open(None).await.unwrap());
        let opened = sessions.open("tenant-001", "user-1", "standard").await.unwrap();
        sqlx::query("DELETE FROM sessions").execute(database.inner()).await.unwrap();
        assert_eq!(sessions.resolve(&opened.token).await.unwrap(), opened, "from the cache");
        let opened = sessions.open("tenant-002", "user-1", "standard").await.unwrap();
        let forgetful = Sessions::new(database, Cache::open(None).await.unwrap());
        assert_eq!(forgetful.resolve(&opened.token).await.unwrap(), opened, "from the database");
        assert!(forgetful.resolve("tenant-002:unknown").await.is_err());
    }
}
