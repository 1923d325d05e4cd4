//! The database of a service: SQLite in a file, or PostgreSQL, by URL; the SQL is the same.

pub use sightline_sdk::db::Statement;
use sightline_sdk::db::TracedPool;
use sqlx::Any;
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;

/// A pool whose queries are traced.
pub type Database = TracedPool<Any>;
/// A connection of the pool.
pub type Connection = PoolConnection<Any>;

/// Connections that a service holds at most.
const CONNECTIONS_MAX: u32 = 8;

/// Opens the database and creates what is missing.
///
/// # Errors
/// Those of `sqlx`.
pub async fn open(url: &str, schema: &[&'static str]) -> sqlx::Result<Database> {
    sqlx::any::install_default_drivers();
    let is_sqlite = url.starts_with("sqlite");
    // One writer is all that SQLite has; in memory each connection would be a database of its own.
    let connections = if is_sqlite { 1 } else { CONNECTIONS_MAX };
    let pool = AnyPoolOptions::new().max_connections(connections).connect(url).await?;
    if is_sqlite {
        for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"] {
            sqlx::query(pragma).execute(&pool).await?;
        }
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
