//! Reading: the only way to the data, and it takes a scope.

use std::sync::Arc;
use std::time::Duration;

use sightline_model::TenantScope;
use sightline_runtime::{Clock, Scope, SystemClock};
use tokio::runtime::Handle;

use crate::http::{Call, Connection};
use crate::{Endpoint, Error, Parameter, Rows, Sql, native};

/// How long the engine gets beyond a query's own limit before the connection is given up.
const GRACE: Duration = Duration::from_secs(3);

/// How long a KILL may take.
const KILL_DEADLINE: Duration = Duration::from_secs(10);

/// What a query may use.
#[derive(Debug, Clone)]
pub struct QueryLimits {
    /// Time in the engine.
    pub time: Duration,
    /// Memory in the engine.
    pub memory_bytes_max: u64,
    /// Rows the engine may read.
    pub rows_read_max: u64,
    /// Rows of the answer.
    pub rows_max: u64,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            memory_bytes_max: 1 << 30,
            rows_read_max: 2_000_000_000,
            rows_max: 1_000_000,
        }
    }
}

/// Reads rows inside a scope. Clones share connections.
#[derive(Debug, Clone)]
pub struct Reader {
    query: Connection,
    killer: Killer,
}

impl Reader {
    /// Makes a reader; connects when it is used.
    #[must_use]
    pub fn new(endpoint: &Endpoint) -> Self {
        let admin = Connection::new(endpoint, &endpoint.admin);
        Self {
            query: Connection::new(endpoint, &endpoint.query),
            killer: Killer { admin, user: endpoint.query.name.clone(), tasks: Arc::new(Scope::new()) },
        }
    }

    /// Runs the statement for what the scope may see. When the future is dropped, the query is stopped in the engine.
    ///
    /// # Errors
    /// [`Error::Statement`] when a table would be read without the scope, [`Error::Timeout`] and [`Error::Budget`]
    /// when a limit is reached, [`Error::Away`] while the engine restarts.
    pub async fn select(&self, scope: &TenantScope, sql: Sql, limits: &QueryLimits) -> Result<Rows, Error> {
        let statement = sql.render(scope)?;
        let id = sql.name().map_or_else(|| format!("read-{:032x}", rand::random::<u128>()), str::to_owned);
        let mut running = Running { killer: &self.killer, id: Some(id) };
        let settings = limits.settings();
        let call = Call {
            sql: &statement.text,
            parameters: &statement.parameters,
            settings: &settings,
            query_id: running.id.as_deref(),
            deadline: limits.time + GRACE,
        };
        let started = SystemClock.monotonic();
        let answer = self.query.run(call).await;
        if !matches!(answer, Err(Error::Away { .. })) {
            running.id = None;
        }
        let answer = answer?;
        let mut rows = native::decode(&answer.body)?;
        rows.rows_read = answer.rows_read;
        rows.bytes_read = answer.bytes_read;
        rows.elapsed = SystemClock.monotonic().saturating_sub(started);
        Ok(rows)
    }

    /// Stops the queries with that name, and those whose name begins with it and `-`. Whoever may call this has made
    /// sure that the query is the caller's own.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts (then the query is gone as well).
    pub async fn kill(&self, query_id: &str) -> Result<(), Error> {
        self.killer.kill(query_id).await
    }
}

impl QueryLimits {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("max_execution_time", format!("{:.3}", self.time.as_secs_f64())),
            ("max_memory_usage", self.memory_bytes_max.to_string()),
            ("max_rows_to_read", self.rows_read_max.to_string()),
            ("max_result_rows", self.rows_max.to_string()),
            ("result_overflow_mode", "throw".to_owned()),
        ]
    }
}

#[derive(Debug, Clone)]
struct Killer {
    admin: Connection,
    /// Only queries of this user are stopped, whatever a caller names his query.
    user: String,
    /// Kills of dropped queries; each ends by its own deadline.
    tasks: Arc<Scope>,
}

impl Killer {
    async fn kill(&self, id: &str) -> Result<(), Error> {
        let text = |text: &str| Parameter::from(text).encode();
        let call = Call {
            sql: "KILL QUERY WHERE user = {user:String} AND (query_id = {id:String} \
                  OR startsWith(query_id, concat({id:String}, '-'))) ASYNC",
            parameters: &[("id".to_owned(), text(id)), ("user".to_owned(), text(&self.user))],
            deadline: KILL_DEADLINE,
            ..Call::default()
        };
        self.admin.run(call).await.map(|_| ())
    }
}

/// A query in the engine; dropping it while it has a name stops it there: the engine does not notice that a caller
/// has gone away.
struct Running<'a> {
    killer: &'a Killer,
    id: Option<String>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        if Handle::try_current().is_err() {
            return;
        }
        let killer = self.killer.clone();
        self.killer.tasks.spawn("store.kill", move |_| async move {
            if let Err(error) = killer.kill(&id).await {
                tracing::debug!(%error, detail = error.detail(), query_id = id, "query was not stopped");
            }
        });
    }
}
