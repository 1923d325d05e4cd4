//! A pool whose queries are traced and measured.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};

use super::pool_metrics::{self, Watched};
use crate::database_operation::{describe, open};
use crate::exchange::Call;

/// A pool with what its spans say of the database.
#[derive(Debug)]
pub struct TracedPool<DB: Database> {
    watched: Arc<Watched<DB>>,
    about: Arc<[KeyValue]>,
}

impl<DB: Database> Clone for TracedPool<DB> {
    fn clone(&self) -> Self {
        Self { watched: Arc::clone(&self.watched), about: Arc::clone(&self.about) }
    }
}

impl<DB: Database> TracedPool<DB> {
    /// Wraps a pool. The URL gives system, namespace and address; its password is not kept. In metrics the pool has the
    /// name of its database.
    #[must_use]
    pub fn new(pool: Pool<DB>, url: &str) -> Self {
        let about = describe(url);
        let text = |key: &str| {
            about.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.as_str().into_owned())
        };
        let name = text("db.namespace").or_else(|| text("db.system.name")).unwrap_or_default();
        Self::named(pool, url, &name)
    }

    /// Wraps a pool and gives it a name of its own (`db.client.connection.pool.name`), for a service with several.
    #[must_use]
    pub fn named(pool: Pool<DB>, url: &str, name: &str) -> Self {
        let watched = Arc::new(Watched::new(pool, name));
        pool_metrics::observe_pool(&watched);
        Self { watched, about: describe(url).into() }
    }

    /// Returns the pool, for work that needs no span (migrations).
    #[must_use]
    pub fn inner(&self) -> &Pool<DB> {
        self.watched.pool()
    }

    /// Takes a connection and runs a query on it, inside a span named `{operation} {collection}`.
    ///
    /// # Errors
    /// Those of `sqlx`, also when no connection becomes free in time.
    pub async fn run<T, F, Fut>(&self, statement: Statement<'_>, query: F) -> sqlx::Result<T>
    where
        F: FnOnce(PoolConnection<DB>) -> Fut,
        Fut: Future<Output = sqlx::Result<T>>,
    {
        let mut call = self.open(&statement);
        let waited_from = Instant::now();
        let acquired = self.watched.acquire(call.context()).await;
        let waited = waited_from.elapsed().as_secs_f64();
        call.context().span().set_attribute(KeyValue::new("dotmac.db.pool.wait", waited));
        let result = match acquired {
            Ok(connection) => {
                let used_from = Instant::now();
                let result = query(connection).with_context(call.context().clone()).await;
                self.watched.used(call.context(), used_from.elapsed());
                result
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            call.fail(error_type(error), error.to_string());
        }
        result
    }

    fn open(&self, statement: &Statement<'_>) -> Call {
        let mut labels = self.about.to_vec();
        labels.push(KeyValue::new("db.operation.name", statement.operation.to_owned()));
        labels.push(KeyValue::new("db.collection.name", statement.collection.to_owned()));
        let text = vec![KeyValue::new("db.query.text", statement.text.to_owned())];
        open(format!("{} {}", statement.operation, statement.collection), labels, text)
    }
}

/// What a query does, for the span's name and attributes.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// `SELECT`, `INSERT`, ...
    pub operation: &'a str,
    /// The table.
    pub collection: &'a str,
    /// The text with placeholders.
    pub text: &'a str,
}

fn error_type(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => {
            database.code().map_or_else(|| "database".to_owned(), |c| c.into_owned())
        }
        sqlx::Error::PoolTimedOut => "pool_timeout".to_owned(),
        sqlx::Error::RowNotFound => "row_not_found".to_owned(),
        _ => "client".to_owned(),
    }
}
