//! The pipeline of the product, whole: door, log on disk, columns, RED, catalogue, blocks ready for the wire. Only the
//! store behind it counts the rows and drops them.

use std::future::ready;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sightline_model::{
    AuthError, Authenticator, Credential, IngestScope, OrgId, Principal, Signal, TenantBinding,
};
use sightline_pipeline::{CONSUMERS, Config, Deps, Pending, Storage};
use sightline_runtime::{Clock, Health, Scope, SystemClock};
use sightline_store::{Block, Table};
use sightline_wal::{DiskFs, Wal};

use super::{tell, tell_address, until_closed};
use crate::Error;

/// How long the end may take.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until standard input closes.
pub(super) async fn serve(folder: &Path) -> Result<(), Error> {
    let other = |what: &str| {
        let what = what.to_owned();
        move |e: &dyn std::fmt::Display| Error::Io { what, cause: std::io::Error::other(e.to_string()) }
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let opened = Wal::open(
        sightline_wal::Config::new(folder.join("wal")),
        &CONSUMERS,
        Arc::new(DiskFs),
        Arc::clone(&clock),
    );
    let (wal, recovery) = opened.map_err(|e| other("log")(&e))?;
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let config = Config {
        otlp_grpc: any,
        otlp_http: any,
        dead_letter_dir: folder.join("dead-letter"),
        ..Config::default()
    };
    let deps = Deps {
        auth: Arc::new(Everybody),
        wal: wal.clone(),
        recovery,
        writer: Arc::new(Dropping::default()),
        writer_number: 1,
        clock,
        health: Health::new(),
    };
    let built = sightline_pipeline::build(config, deps).await;
    let pipeline = built.map_err(|e| other("pipeline")(&e))?;
    let scope = Scope::new();
    tell_address(pipeline.grpc_addr());
    pipeline.start(&scope);
    until_closed().await;
    scope.close(GRACE).await.map_err(|e| other("pipeline")(&e))?;
    wal.close().await;
    Ok(())
}

/// Counts the rows of spans, tells the sum, and drops the block.
#[derive(Debug, Default)]
struct Dropping {
    spans: AtomicU64,
}

impl Storage for Dropping {
    fn insert<'a>(&'a self, block: &'a Block) -> Pending<'a, ()> {
        if block.table == Table::Spans {
            let before = self.spans.fetch_add(block.rows.into(), Ordering::Relaxed);
            tell(&format!("stored {}", before + u64::from(block.rows)));
        }
        Box::pin(ready(Ok(())))
    }

    fn settle(&self, _table: Table, _batch: u64) -> Pending<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    fn is_present<'a>(
        &'a self,
        _table: Table,
        _partition: &'a str,
        _first_key: &'a [u8],
        _batch: u64,
    ) -> Pending<'a, bool> {
        Box::pin(ready(Ok(false)))
    }

    fn sync_volume(&self) -> Pending<'_, ()> {
        Box::pin(ready(Ok(())))
    }
}

/// Lets everybody send, as the profile `dev` does on loopback.
struct Everybody;

impl Authenticator for Everybody {
    fn ingest(&self, _credential: &Credential, _signal: Signal) -> Result<IngestScope, AuthError> {
        Ok(IngestScope { org: OrgId::DEFAULT, binding: TenantBinding::Trusted })
    }

    fn reader(&self, _credential: &Credential) -> Result<Principal, AuthError> {
        Err(AuthError::Denied)
    }
}
