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

/// An engine that is being started.
#[derive(Debug)]
pub struct Starting(oneshot::Receiver<Result<(), Error>>);

impl Starting {
    /// Waits for its first answer.
    ///
    /// # Errors
    /// [`Error::Locked`] when the engine of a killed server does not end, [`Error::Version`], or [`Error::Failed`] with
    /// the child's last words: it is not tried again then.
    pub async fn answered(self) -> Result<(), Error> {
        let ended = || Error::Failed { reason: "it was asked to stop".to_owned(), last_words: String::new() };
        self.0.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Engine {
    /// Takes the folder and starts the engine in the background: how to reach it is known at once. Close its scope
    /// after those of its users.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has the folder, [`Error::NoLibrary`].
    pub fn open(
        config: EngineConfig,
        scope: &Scope,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Starting), Error> {
        if !config.library.is_file() {
            return Err(Error::NoLibrary(config.library));
        }
        let layout = Layout::of(&config.data_dir)?;
        layout.create()?;
        let lock = lock::take(&layout.data_dir)?;
        let (access, port) = Access::new()?;
        let volume = layout.store();
        let (sender, status) = watch::channel(Status::default());
        let stop = scope.stop().child_token();
        let (first, started) = oneshot::channel();
        let birth = Birth { config, layout, access: access.clone(), port, clock, tasks: scope.clone() };
        let asked = stop.clone();
        scope.spawn("engine.supervisor", move |_| async move {
            match asked.run_until_cancelled(birth.supervisor(sender)).await {
                Some(Ok(supervisor)) => supervisor.run(asked, first).await,
                Some(Err(error)) => drop(first.send(Err(error))),
                None => {}
            }
        });
        Ok((Self { access, volume, status, stop, _lock: lock }, Starting(started)))
    }

    /// As [`open`](Self::open), and waits for the first answer.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and of [`Starting::answered`].
    pub async fn start(config: EngineConfig, scope: &Scope, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let (engine, starting) = Self::open(config, scope, clock)?;
        starting.answered().await?;
        Ok(engine)
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

/// What the supervisor is made of, once the engine of an earlier server has left the folder.
struct Birth {
    config: EngineConfig,
    layout: Layout,
    access: Access,
    port: u16,
    clock: Arc<dyn Clock>,
    tasks: Scope,
}

impl Birth {
    async fn supervisor(self, status: watch::Sender<Status>) -> Result<Supervisor, Error> {
        let Self { config, layout, access, port, clock, tasks } = self;
        let child_lock = lock::take_for_child(&layout.data_dir, &*clock).await?;
        layout.write(&access, config.memory_bytes_max)?;
        // The engine is on this machine: no proxy may see its keys, and no TLS needs certificates, of which a slim
        // container has none.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
        let client = client.expect("a client without files or environment can be built");
        let recipe = Recipe { host: config.host, library: config.library, layout, port, child_lock };
        Ok(Supervisor { recipe, access, clock, tasks, status, client })
    }
}
