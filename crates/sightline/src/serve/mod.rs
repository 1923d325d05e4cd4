//! `sightline serve`: config, build, run, drain.

mod access;
mod jobs;
mod pages;
mod platform;
mod prepare;
mod status;
mod store;

use std::sync::Arc;

use sightline_runtime::config::ConfigError;
use sightline_runtime::{Clock, SystemClock, log, stop_signal};

use crate::settings::Flags;
pub(crate) use access::OWNER;
pub(crate) use platform::Platform;

/// How to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Why the server does not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("log: {0}")]
    Log(String),
    #[error("data folder `{path}`: {cause}")]
    Folder { path: String, cause: std::io::Error },
    #[error("write-ahead log: {0}")]
    Wal(#[from] sightline_wal::Error),
    #[error("settings database: {0}")]
    Meta(#[from] sightline_meta::Error),
    #[error("engine: {0}")]
    Engine(#[from] sightline_engine::Error),
    #[error("store: {0}")]
    Store(#[from] sightline_store::Error),
    #[error("pipeline: {0}")]
    Pipeline(#[from] sightline_pipeline::Error),
    #[error("`{address}` cannot be listened on: {cause}; choose another with `--listen`")]
    Listen { address: std::net::SocketAddr, cause: std::io::Error },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the server did not end cleanly: {0}")]
    Unfinished(#[from] sightline_runtime::Unfinished),
}

/// Runs until SIGTERM or ctrl-c.
pub(crate) fn run(args: &Args, environment: &[(String, String)]) -> Result<(), Error> {
    let settings = args.flags.load(environment)?.value;
    log::init(&settings.log.filter).map_err(Error::Log)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupted = Box::pin(stop_signal());
        let platform = Box::pin(Platform::start(settings, environment, clock));
        // A start that hangs (a log of many segments) must be stoppable too.
        let mut platform = tokio::select! {
            started = platform => started?,
            _ = &mut interrupted => return Ok(()),
        };
        let failure = tokio::select! {
            error = platform.failed() => Some(error),
            asked = interrupted => asked.map(|()| None)?,
        };
        platform.stop().await?;
        failure.map_or(Ok(()), Err)
    })
}
