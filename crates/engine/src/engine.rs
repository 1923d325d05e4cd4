//! The engine as the rest of the process sees it: started, reachable, stopped.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use sightline_runtime::{Clock, Scope, Stop};
use tokio::sync::{oneshot, watch};

use crate::files::Layout;
use crate::process::Recipe;
use crate::supervisor::{Status, Supervisor};
use crate::{Access, Error, lock};

/// How the child is started: a program that calls [`crate::host::run`] with the arguments put behind these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCommand {
    /// The program.
    pub program: PathBuf,
    /// Its first arguments.
    pub arguments: Vec<String>,
}

impl HostCommand {
    /// This program with the subcommand `engine`.
    ///
    /// # Errors
    /// When the system does not tell the path of this program.
    pub fn this_program() -> Result<Self, Error> {
        let failed =
            |cause| Error::Io { what: "find the path of", path: PathBuf::from("this program"), cause };
        let program = std::env::current_exe().map_err(failed)?;
        Ok(Self { program, arguments: vec!["engine".to_owned()] })
    }
}

/// What an engine is started with.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The library, from [`crate::library::locate`].
    pub library: PathBuf,
    /// Holds `engine/`, `engine.xml`, `users.xml`, `backups/` and the lock.
    pub data_dir: PathBuf,
    /// Most memory that the child may use for data; its process needs about a fifth more.
    pub memory_bytes_max: u64,
    /// How the child is started.
    pub host: HostCommand,
}

/// A supervised engine. Dropping it does not stop it; closing the scope it was started in does.
#[derive(Debug)]
pub struct Engine {
    access: Access,
    volume: PathBuf,
    status: watch::Receiver<Status>,
    stop: Stop,
    _lock: File,
}

impl Engine {
    /// Starts the engine and waits for its first answer. Close its scope after those of its users.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has the folder, [`Error::NoLibrary`], [`Error::Version`], or
    /// [`Error::Failed`] with the child's last words.
    pub async fn start(config: EngineConfig, scope: &Scope, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        if !config.library.is_file() {
            return Err(Error::NoLibrary(config.library));
        }
        let layout = Layout { data_dir: config.data_dir };
        layout.create()?;
        let lock = lock::take(&layout.data_dir)?;
        let child_lock = lock::take_for_child(&layout.data_dir, &*clock).await?;
        let (access, port) = Access::new()?;
        layout.write(&access, config.memory_bytes_max)?;
        let volume = layout.store();
        let (sender, status) = watch::channel(Status::default());
        // The engine is on this machine: no proxy may see its keys.
        let client = reqwest::Client::builder().no_proxy().build();
        let supervisor = Supervisor {
            recipe: Recipe { host: config.host, library: config.library, layout, port, child_lock },
            access: access.clone(),
            clock,
            tasks: scope.clone(),
            status: sender,
            client: client.expect("a client without files or environment can be built"),
        };
        let stop = scope.stop().child_token();
        let asked = stop.clone();
        let (first, started) = oneshot::channel();
        scope.spawn("engine.supervisor", move |_| supervisor.run(asked, first));
        let ended = || Error::Failed { reason: "it was asked to stop".to_owned(), last_words: String::new() };
        started.await.unwrap_or_else(|_| Err(ended()))?;
        Ok(Self { access, volume, status, stop, _lock: lock })
    }

    /// Returns how to reach it; the same over restarts of the child.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access.clone()
    }

    /// Returns the folder of its data: what has to be synced.
    #[must_use]
    pub fn volume(&self) -> PathBuf {
        self.volume.clone()
    }

    /// Returns what is known of it, and changes as they happen.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Stops it and waits until it has ended: under two seconds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // The sender is dropped when the supervisor has ended.
        while self.status.changed().await.is_ok() {}
    }
}
