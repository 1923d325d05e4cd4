//! The real engine, and stores around it that stop or refuse at a chosen step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use sightline_model::{OrgId, TenantScope, Tenants};
use sightline_pipeline::{Pending, Storage};
use sightline_runtime::SystemClock;
use sightline_store::{Block, Endpoint, Error, QueryLimits, Reader, Rows, Sql, Table, User, Writer, migrate};
use tokio::sync::{Notify, OnceCell};

/// Returns the engine of this test binary, with its tables.
pub(crate) async fn endpoint() -> Endpoint {
    static MIGRATED: OnceCell<()> = OnceCell::const_new();
    let shared = tokio::task::spawn_blocking(sightline_engine::testing::shared).await.unwrap();
    let user =
        |user: &sightline_engine::User| User { name: user.name.clone(), password: user.password.clone() };
    let access = &shared.access;
    let endpoint = Endpoint {
        url: access.url.clone(),
        headers: vec![access.door_header.clone()],
        admin: user(&access.admin),
        ingest: user(&access.ingest),
        query: user(&access.query),
        volume: Some(shared.volume.clone()),
    };
    MIGRATED
        .get_or_init(async || {
            migrate(&endpoint).await.unwrap();
        })
        .await;
    endpoint
}

/// Returns a writer to it.
pub(crate) async fn writer() -> Arc<Writer> {
    Arc::new(Writer::new(&endpoint().await, Arc::new(SystemClock)))
}

/// Reads rows of an org. The statement has its marks.
pub(crate) async fn select(org: u32, sql: &str) -> Rows {
    let scope = TenantScope::new(OrgId(org), Tenants::All);
    let reader = Reader::new(&endpoint().await);
    // A busy machine may need longer than people are made to wait.
    let limits = QueryLimits { time: Duration::from_mins(2), ..QueryLimits::default() };
    reader.select(&scope, Sql::new(sql), &limits).await.unwrap()
}

/// Counts the spans of an org, and the different ones among them.
pub(crate) async fn spans_of(org: u32) -> (u64, u64) {
    let sql =
        "SELECT count() AS n, uniqExact(trace_id, span_id) AS u FROM sightline.spans WHERE {scope:spans}";
    let rows = select(org, sql).await;
    (number(&rows, "n"), number(&rows, "u"))
}

/// The first number of a column.
pub(crate) fn number(rows: &Rows, column: &str) -> u64 {
    rows.column(column).unwrap().unsigned().unwrap()[0]
}

/// Where a store stops for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// When it is asked to insert.
    BeforeInsert,
    /// When it has inserted, before it says so.
    AfterInsert,
    /// It says that the connection broke, once, when it has inserted.
    LoseAnswer,
    /// It says that the connection broke, once, and has not inserted.
    LoseRequest,
    /// It refuses every block that has these bytes in it.
    Refuse(&'static [u8]),
    /// The same, and stops when it has inserted so many others, before it says so.
    RefuseAndStop(&'static [u8], u32),
}

/// A store that stops at a step of one table.
pub(crate) struct Stopping {
    pub(crate) writer: Arc<Writer>,
    pub(crate) table: Table,
    pub(crate) step: Step,
    /// Told when the step is reached.
    pub(crate) reached: Arc<Notify>,
    pub(crate) is_over: AtomicBool,
    pub(crate) inserted: AtomicU32,
}

impl Stopping {
    pub(crate) fn new(writer: Arc<Writer>, table: Table, step: Step) -> Self {
        Self {
            writer,
            table,
            step,
            reached: Arc::default(),
            is_over: AtomicBool::new(false),
            inserted: AtomicU32::new(0),
        }
    }

    async fn insert_or_stop(&self, block: &Block) -> Result<(), Error> {
        let lost = || Err(Error::Away { detail: "lost by the test".to_owned() });
        if block.table != self.table || self.is_over.load(Ordering::SeqCst) {
            return self.writer.insert(block).await;
        }
        match self.step {
            Step::BeforeInsert => {
                self.reached.notify_one();
                std::future::pending().await
            }
            Step::AfterInsert => {
                self.writer.insert(block).await?;
                self.reached.notify_one();
                std::future::pending().await
            }
            Step::LoseAnswer => {
                self.writer.insert(block).await?;
                self.is_over.store(true, Ordering::SeqCst);
                lost()
            }
            Step::LoseRequest => {
                self.is_over.store(true, Ordering::SeqCst);
                lost()
            }
            Step::Refuse(bytes) if block.body.windows(bytes.len()).any(|window| window == bytes) => {
                Err(Error::Refused { code: 33, detail: "refused by the test".to_owned() })
            }
            Step::Refuse(_) => self.writer.insert(block).await,
            Step::RefuseAndStop(bytes, _)
                if block.body.windows(bytes.len()).any(|window| window == bytes) =>
            {
                Err(Error::Refused { code: 33, detail: "refused by the test".to_owned() })
            }
            Step::RefuseAndStop(_, stop_at) => {
                self.writer.insert(block).await?;
                if self.inserted.fetch_add(1, Ordering::SeqCst) + 1 == stop_at {
                    self.reached.notify_one();
                    std::future::pending().await
                }
                Ok(())
            }
        }
    }
}

impl Storage for Stopping {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        Box::pin(self.insert_or_stop(block))
    }

    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()> {
        Box::pin(self.writer.settle(table, batch))
    }

    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool> {
        Box::pin(self.writer.is_present(table, partition, first_key, batch))
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        Box::pin(self.writer.sync_volume())
    }
}
