//! Queries with `sqlx`: a CLIENT span and a measurement per query with system, operation, collection and text, the wait
//! for the pool, and the state of the pool (`db.client.connection.*`).
//!
//! Query texts must hold placeholders, not values; the platform replaces literals as a second line.
//!
//! ```no_run
//! # async fn work() -> sqlx::Result<()> {
//! use sightline_sdk::db::{Statement, TracedPool};
//!
//! let url = "sqlite://billing.db";
//! let pool = TracedPool::new(sqlx::SqlitePool::connect(url).await?, url);
//! let text = "SELECT amount FROM invoices WHERE id = $1";
//! let statement = Statement { operation: "SELECT", collection: "invoices", text };
//! let amount: i64 = pool
//!     .run(statement, |mut connection| async move {
//!         sqlx::query_scalar(text).bind("inv-7").fetch_one(&mut *connection).await
//!     })
//!     .await?;
//! # drop(amount);
//! # Ok(())
//! # }
//! ```

mod pool;
mod pool_metrics;

pub use pool::{Statement, TracedPool};
