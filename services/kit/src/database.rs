//! The database of a service: SQLite in a file, or PostgreSQL, by URL; the SQL is the same.

use std::time::Duration;

pub use sightline_sdk::db::Statement;
use sightline_sdk::db::TracedPool;
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::{Any, Executor, FromRow};

/// A pool whose queries are traced.
pub type Database = TracedPool<Any>;
/// A connection of the pool.
pub type Connection = PoolConnection<Any>;

/// Connections that a service holds at most.
const CONNECTIONS_MAX: u32 = 8;
/// Connections to a SQLite file at most: readers beside one writer.
const CONNECTIONS_MAX_FILE: u32 = 4;
/// How long a query waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// A value of a statement.
#[derive(Debug, Clone)]
pub enum Value {
    /// `TEXT`
    Text(String),
    /// `BIGINT`
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Opens the database and creates what is missing.
///
/// # Errors
/// Those of `sqlx`.
pub async fn open(url: &str, schema: &[&'static str]) -> sqlx::Result<Database> {
    sqlx::any::install_default_drivers();
    let is_sqlite = url.starts_with("sqlite");
    let is_memory = url.contains(":memory:");
    let mut options = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
    options = match (is_sqlite, is_memory) {
        // In memory each connection would be a database of its own, which ends with it.
        (true, true) => options.max_connections(1).idle_timeout(None).max_lifetime(None),
        (true, false) => options.max_connections(CONNECTIONS_MAX_FILE),
        (false, _) => options.max_connections(CONNECTIONS_MAX),
    };
    if is_sqlite {
        options = options.after_connect(|connection, _| {
            Box::pin(async move {
                for pragma in ["PRAGMA busy_timeout = 5000", "PRAGMA synchronous = NORMAL"] {
                    connection.execute(pragma).await?;
                }
                Ok(())
            })
        });
    }
    let pool = options.connect(url).await?;
    if is_sqlite {
        sqlx::query("PRAGMA journal_mode = WAL").execute(&pool).await?;
    }
    for statement in schema {
        sqlx::query(*statement).execute(&pool).await?;
    }
    Ok(TracedPool::new(pool, url))
}

/// Describes a statement for its span.
#[must_use]
pub const fn statement(
    operation: &'static str,
    collection: &'static str,
    text: &'static str,
) -> Statement<'static> {
    Statement { operation, collection, text }
}

/// Runs a statement inside its span and returns how many rows it changed.
///
/// # Errors
/// Those of `sqlx`.
pub async fn execute<const N: usize>(
    database: &Database,
    statement: Statement<'static>,
    values: [Value; N],
) -> sqlx::Result<u64> {
    let run = |mut connection: Connection| async move {
        sqlx::query_with(statement.text, arguments(values)?).execute(&mut *connection).await
    };
    database.run(statement, run).await.map(|done| done.rows_affected())
}

/// Runs a question inside its span and returns its rows.
///
/// # Errors
/// Those of `sqlx`.
pub async fn rows<T, const N: usize>(
    database: &Database,
    statement: Statement<'static>,
    values: [Value; N],
) -> sqlx::Result<Vec<T>>
where
    T: for<'r> FromRow<'r, AnyRow> + Send + Unpin,
{
    let run = |mut connection: Connection| async move {
        sqlx::query_as_with(statement.text, arguments(values)?).fetch_all(&mut *connection).await
    };
    database.run(statement, run).await
}

/// Binds values to a statement, for work inside a transaction.
///
/// # Errors
/// When a value cannot be encoded.
pub fn arguments<const N: usize>(values: [Value; N]) -> sqlx::Result<AnyArguments> {
    use sqlx::Arguments;
    let mut arguments = AnyArguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text),
            Value::Number(number) => arguments.add(number),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
