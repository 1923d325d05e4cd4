//! Queries with `sqlx`: a CLIENT span per query with system, operation, collection and text, and the wait for the pool.
//!
//! Query texts must hold placeholders, not values; the platform replaces literals as a second line.

use std::future::Future;
use std::time::Instant;

use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};

/// A pool with what its spans say of the database.
#[derive(Debug)]
pub struct TracedPool<DB: Database> {
    pool: Pool<DB>,
    about: Vec<KeyValue>,
}

impl<DB: Database> Clone for TracedPool<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), about: self.about.clone() }
    }
}

impl<DB: Database> TracedPool<DB> {
    /// Wraps a pool. The URL gives system, namespace and address; its password is not kept.
    #[must_use]
    pub fn new(pool: Pool<DB>, url: &str) -> Self {
        Self { pool, about: describe(url) }
    }

    /// Returns the pool, for work that needs no span (migrations).
    #[must_use]
    pub const fn inner(&self) -> &Pool<DB> {
        &self.pool
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
        let context = self.start(&statement);
        let waited_from = Instant::now();
        let acquired = self.pool.acquire().await;
        context
            .span()
            .set_attribute(KeyValue::new("dotmac.db.pool.wait", waited_from.elapsed().as_secs_f64()));
        let result = match acquired {
            Ok(connection) => query(connection).with_context(context.clone()).await,
            Err(error) => Err(error),
        };
        let span = context.span();
        if let Err(error) = &result {
            span.set_attribute(KeyValue::new("error.type", error_type(error)));
            span.set_status(Status::error(error.to_string()));
        }
        span.end();
        result
    }

    fn start(&self, statement: &Statement<'_>) -> Context {
        let mut attributes = self.about.clone();
        attributes.push(KeyValue::new("db.operation.name", statement.operation.to_owned()));
        attributes.push(KeyValue::new("db.collection.name", statement.collection.to_owned()));
        attributes.push(KeyValue::new("db.query.text", statement.text.to_owned()));
        let name = format!("{} {}", statement.operation, statement.collection);
        let tracer = global::tracer("sightline-sdk/db");
        let span =
            tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes(attributes).start(&tracer);
        Context::current_with_span(span)
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

/// `db.*` and `server.*` from a URL such as `postgres://user:secret@host:5432/billing` or `sqlite://billing.db`.
fn describe(url: &str) -> Vec<KeyValue> {
    let (scheme, rest) = url.split_once("://").or_else(|| url.split_once(':')).unwrap_or((url, ""));
    let system = if scheme.starts_with("postgres") { "postgresql" } else { scheme }.to_owned();
    let rest = rest.split('?').next().unwrap_or_default();
    let after_user = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
    let mut attributes = vec![KeyValue::new("db.system.name", system.clone())];
    if system == "sqlite" {
        let file = rest.rsplit('/').next().unwrap_or_default().to_owned();
        attributes.push(KeyValue::new("db.namespace", file));
        return attributes;
    }
    let (host, name) = after_user.split_once('/').unwrap_or((after_user, ""));
    let (address, port) = host.rsplit_once(':').unwrap_or((host, ""));
    attributes.push(KeyValue::new("db.namespace", name.to_owned()));
    attributes.push(KeyValue::new("server.address", address.to_owned()));
    attributes.extend(port.parse::<i64>().ok().map(|port| KeyValue::new("server.port", port)));
    attributes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_describes_the_database_without_its_password() {
        let check = |url: &str| {
            let texts: Vec<String> =
                describe(url).iter().map(|kv| format!("{}={}", kv.key, kv.value)).collect();
            texts.join(" ")
        };
        assert_eq!(
            check("sqlite://data/billing.db?mode=rwc"),
            "db.system.name=sqlite db.namespace=billing.db"
        );
        assert_eq!(
            check("postgres://u:s3cret@db.local:5433/billing"),
            "db.system.name=postgresql db.namespace=billing server.address=db.local server.port=5433"
        );
    }
}
