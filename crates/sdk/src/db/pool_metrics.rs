//! The state of a pool: how many connections are used and idle, how many requests wait, and how long (semantic
//! conventions, database client connection metrics).

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use opentelemetry::{Context, KeyValue};
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};

use crate::metrics::{Counter, Histogram, Kind, observe};

static TIMEOUTS: Counter = Counter::new(
    "db.client.connection.timeouts",
    "{timeout}",
    "Requests for a connection that were given up because none became free",
);
static WAIT_TIME: Histogram =
    Histogram::new("db.client.connection.wait_time", "s", "How long requests waited for a connection");
static USE_TIME: Histogram =
    Histogram::new("db.client.connection.use_time", "s", "How long connections were in use");

/// A pool and what is counted beside it.
#[derive(Debug)]
pub(super) struct Watched<DB: Database> {
    pool: Pool<DB>,
    name: [KeyValue; 1],
    waiting: AtomicU32,
}

/// Counts down when the wait ends, also when it is given up.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<DB: Database> Watched<DB> {
    pub(super) fn new(pool: Pool<DB>, name: &str) -> Self {
        let name = [KeyValue::new("db.client.connection.pool.name", name.to_owned())];
        Self { pool, name, waiting: AtomicU32::new(0) }
    }

    pub(super) const fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    /// Takes a connection; the wait is measured.
    pub(super) async fn acquire(&self, context: &Context) -> sqlx::Result<PoolConnection<DB>> {
        let started = Instant::now();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        let acquired = self.pool.acquire().await;
        drop(waiting);
        WAIT_TIME.record_in(context, started.elapsed().as_secs_f64(), &self.name);
        if matches!(acquired, Err(sqlx::Error::PoolTimedOut)) {
            TIMEOUTS.add_in(context, 1, &self.name);
        }
        acquired
    }

    /// Notes how long a connection was in use.
    pub(super) fn used(&self, context: &Context, time: Duration) {
        USE_TIME.record_in(context, time.as_secs_f64(), &self.name);
    }

    fn by_state(&self) -> Vec<(f64, Vec<KeyValue>)> {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        let used = self.pool.size().saturating_sub(idle);
        let state = |state: &'static str, n: u32| {
            let mut attributes = self.name.to_vec();
            attributes.push(KeyValue::new("db.client.connection.state", state));
            (f64::from(n), attributes)
        };
        vec![state("used", used), state("idle", idle)]
    }

    fn single(&self, n: u32) -> Vec<(f64, Vec<KeyValue>)> {
        vec![(f64::from(n), self.name.to_vec())]
    }
}

/// Reports a pool at every export, as long as somebody has it and it is open.
pub(super) fn observe_pool<DB: Database>(watched: &Arc<Watched<DB>>) {
    fn read<DB: Database>(
        weak: &Weak<Watched<DB>>,
        values: impl Fn(&Watched<DB>) -> Vec<(f64, Vec<KeyValue>)>,
    ) -> Vec<(f64, Vec<KeyValue>)> {
        let open = weak.upgrade().filter(|watched| !watched.pool.is_closed());
        open.map(|watched| values(&watched)).unwrap_or_default()
    }
    let weak = Arc::downgrade(watched);
    observe(
        Kind::UpDownCounter,
        "db.client.connection.count",
        "{connection}",
        "Connections by state",
        move || read(&weak, Watched::by_state),
    );
    let weak = Arc::downgrade(watched);
    observe(
        Kind::UpDownCounter,
        "db.client.connection.max",
        "{connection}",
        "Connections that may be open",
        move || read(&weak, |w| w.single(w.pool.options().get_max_connections())),
    );
    let weak = Arc::downgrade(watched);
    observe(
        Kind::UpDownCounter,
        "db.client.connection.idle.min",
        "{connection}",
        "Connections that are kept open",
        move || read(&weak, |w| w.single(w.pool.options().get_min_connections())),
    );
    let weak = Arc::downgrade(watched);
    observe(
        Kind::UpDownCounter,
        "db.client.connection.pending_requests",
        "{request}",
        "Requests that wait for a connection",
        move || read(&weak, |w| w.single(w.waiting.load(Ordering::Relaxed))),
    );
}
