//! The store gets ready behind open doors: what is accepted meanwhile waits in the log.

use std::sync::Arc;
use std::time::Duration;

use sightline_engine::Starting;
use sightline_pipeline::{Pending, Storage};
use sightline_runtime::{Backoff, Health, Scope, State};
use sightline_store::{Block, Endpoint, Table, Writer};
use tokio::sync::{oneshot, watch};

use super::Error;

/// First and longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A store that is being prepared.
pub(super) struct Preparing {
    ready: watch::Receiver<bool>,
    failure: oneshot::Receiver<Error>,
}

/// Waits for the engine, brings the schema up to date, then does `next`; as a task of `scope`.
pub(super) fn prepare(
    scope: &Scope,
    starting: Option<Starting>,
    endpoint: Endpoint,
    health: Health,
    next: impl FnOnce() + Send + 'static,
) -> Preparing {
    health.set_optional("schema", State::Starting);
    let (is_ready, ready) = watch::channel(false);
    let (fail, failure) = oneshot::channel();
    scope.spawn("prepare the store", move |stop| async move {
        match stop.run_until_cancelled(until_current(starting, &endpoint, &health)).await {
            Some(Ok(())) => {
                health.set_optional("schema", State::Ready);
                let _nobody_waits = is_ready.send(true);
                next();
            }
            Some(Err(error)) => drop(fail.send(error)),
            None => {}
        }
    });
    Preparing { ready, failure }
}

async fn until_current(
    starting: Option<Starting>,
    endpoint: &Endpoint,
    health: &Health,
) -> Result<(), Error> {
    if let Some(starting) = starting {
        starting.answered().await?;
    }
    let mut backoff = Backoff::new(PAUSE.0, PAUSE.1);
    loop {
        match sightline_store::migrate(endpoint).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind().retry() => {
                tracing::warn!(%error, detail = error.detail(), "the schema cannot be brought up to date now");
                health.set_optional("schema", State::Degraded(error.to_string()));
                tokio::time::sleep(backoff.next_pause()).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

impl Preparing {
    /// Lets a writer wait until the tables are there.
    pub(super) fn patient(&self, writer: Writer) -> Arc<dyn Storage> {
        Arc::new(Patient { writer, ready: self.ready.clone() })
    }

    /// Completes when the store can never be used as it is; never when it is ready.
    pub(super) async fn failed(&mut self) -> Error {
        match (&mut self.failure).await {
            Ok(error) => error,
            Err(_) => std::future::pending().await,
        }
    }
}

/// A writer that waits until the tables are there.
struct Patient {
    writer: Writer,
    ready: watch::Receiver<bool>,
}

impl Patient {
    /// Waits for ever when they never will be: the process ends then, and with it whoever waits here.
    async fn writer(&self) -> &Writer {
        if self.ready.clone().wait_for(|is_ready| *is_ready).await.is_err() {
            std::future::pending::<()>().await;
        }
        &self.writer
    }
}

impl Storage for Patient {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        Box::pin(async move { self.writer().await.insert(block).await })
    }

    fn settle(&self, table: Table, batch: u64) -> Pending<'_, ()> {
        Box::pin(async move { self.writer().await.settle(table, batch).await })
    }

    fn is_present<'a>(
        &'a self,
        table: Table,
        partition: &'a str,
        first_key: &'a [u8],
        batch: u64,
    ) -> Pending<'a, bool> {
        Box::pin(async move { self.writer().await.is_present(table, partition, first_key, batch).await })
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        // Files can be synced without tables.
        Box::pin(self.writer.sync_volume())
    }
}
