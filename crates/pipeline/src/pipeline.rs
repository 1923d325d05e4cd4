//! The pipeline as a whole: config, build, run, drain.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use sightline_model::Authenticator;
use sightline_runtime::{Clock, Health, Scope, State, Stop};
use sightline_wal::{Recovery, Wal};

use crate::Error;
use crate::config::{Config, ms};
use crate::consumers::{Disks, Feeder, FeederParts, SealRules, seal_regularly};
use crate::door::{Backlog, Door, DoorParts, Pressure};
use crate::exporters::Storage;
use crate::posted::Posting;
use crate::receivers::{
    Listening, RECEIVERS, Readiness, otlp_http_routes, serve, start_host, start_redis, start_scraping,
    start_tailing,
};

/// How long tasks may take that were told to give up.
const LAST: Duration = Duration::from_secs(1);

/// What the pipeline works with.
pub struct Deps {
    /// Knows what a credential opens.
    pub auth: Arc<dyn Authenticator>,
    /// The log, opened with [`crate::CONSUMERS`].
    pub wal: Wal,
    /// What was found when the log was opened.
    pub recovery: Recovery,
    /// The store; an `Arc` of [`sightline_store::Writer`] is one.
    pub writer: Arc<dyn Storage>,
    /// Number of this writer in batch ids, leased from the settings database.
    pub writer_number: u16,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where the pipeline shows its state.
    pub health: Health,
}

/// A pipeline whose ports are bound; it takes nothing until it is started.
pub struct Pipeline {
    config: Config,
    wal: Wal,
    writer: Arc<dyn Storage>,
    health: Health,
    door: Arc<Door>,
    pressure: Arc<Pressure>,
    readiness: Readiness,
    listening: Vec<Listening>,
    feeder: Feeder,
    tasks: Tasks,
}

/// The tasks by what they wait for when the pipeline ends.
#[derive(Clone, Default)]
struct Tasks {
    /// Connections and requests: end when what was accepted is acknowledged.
    doors: Scope,
    /// Feeder and committers: end when what was acknowledged is stored.
    consumers: Scope,
    /// Seals: ends last.
    sealer: Scope,
    /// Ends consumers that wait for a store which does not come back.
    abandon: Stop,
}

/// Checks the settings, binds the ports and prepares everything; nothing is served yet.
///
/// # Errors
/// [`Error`] when a setting cannot work or a port is taken.
pub async fn build(config: Config, deps: Deps) -> Result<Pipeline, Error> {
    config.check()?;
    let Deps { auth, wal, recovery, writer, writer_number, clock, health } = deps;
    health.set_required("pipeline", State::Starting);
    let mut listening = Vec::with_capacity(RECEIVERS.len());
    for receiver in &RECEIVERS {
        listening.push(Listening::bind(receiver, (receiver.addr)(&config)).await?);
    }
    let tasks = Tasks::default();
    let backlog = Arc::new(Backlog::default());
    let pressure = Arc::new(Pressure::default());
    let door = Door::new(DoorParts {
        config: &config,
        auth,
        wal: wal.clone(),
        clock: Arc::clone(&clock),
        backlog: Arc::clone(&backlog),
        pressure: Arc::clone(&pressure),
        scope: tasks.doors.clone(),
    });
    let feeder = Feeder::new(FeederParts {
        config: &config,
        wal: wal.clone(),
        recovery,
        storage: Arc::clone(&writer),
        writer_number,
        clock,
        health: health.clone(),
        backlog,
        scope: tasks.consumers.clone(),
        abandon: tasks.abandon.clone(),
    });
    Ok(Pipeline {
        config,
        wal,
        writer,
        health,
        door: Arc::new(door),
        pressure,
        readiness: Readiness::new(),
        listening,
        feeder,
        tasks,
    })
}

impl Pipeline {
    /// Returns where OTLP over gRPC is received.
    #[must_use]
    pub fn grpc_addr(&self) -> SocketAddr {
        self.listening[0].addr
    }

    /// Returns where OTLP over HTTP is received.
    #[must_use]
    pub fn http_addr(&self) -> SocketAddr {
        self.listening[1].addr
    }

    /// Returns the way in for what the API takes.
    #[must_use]
    pub fn posting(&self) -> Posting {
        Posting { door: Arc::clone(&self.door) }
    }

    /// Returns the paths `/v1/...` for another port. Without `ConnectInfo<SocketAddr>` in its requests, every sender
    /// there needs a key.
    pub fn otlp_routes(&self) -> Router {
        otlp_http_routes(&self.door, &self.config.cors)
    }

    /// Starts serving and storing as a task of `scope`. When the scope closes the pipeline drains: it takes nothing
    /// more, acknowledges what it has taken, stores what is acknowledged as far as `flush.drain_ms` allows (the log
    /// keeps the rest), and ends.
    pub fn start(self, scope: &Scope) {
        let Self { config, wal, writer, health, door, pressure, readiness, listening, feeder, tasks } = self;
        let disks = Disks {
            wal: wal.clone(),
            storage: Arc::clone(&writer),
            marks: config.disk.clone(),
            pressure,
            health: health.clone(),
            scope: tasks.sealer.clone(),
        };
        tasks.sealer.spawn("disks", |stop| disks.watch(stop));
        for (listening, receiver) in listening.into_iter().zip(&RECEIVERS) {
            let app = (receiver.routes)(&config, &door, &readiness);
            let serving = serve(listening, config.connections.clone(), app, tasks.doors.clone());
            tasks.doors.spawn(receiver.name, |_stop| serving);
        }
        start_scraping(&config.scrape, &door, &tasks.doors);
        start_host(&config.host, &door, &tasks.doors);
        start_redis(&config.redis, &door, &tasks.doors);
        start_tailing(&config, &door, &tasks.doors);
        tasks.consumers.spawn("feeder", |stop| feeder.run(stop));
        let rules =
            SealRules { every: ms(config.flush.seal_ms.max(1)), bytes: config.flush.seal_bytes.max(1) };
        let shown = health.clone();
        tasks.sealer.spawn("sealer", move |stop| seal_regularly(wal, writer, rules, shown, stop));
        scope.spawn("pipeline", move |stop| async move {
            readiness.set(true).await;
            health.set_required("pipeline", State::Ready);
            stop.cancelled().await;
            health.set_required("pipeline", State::Draining);
            readiness.set(false).await;
            tasks.drain(&config).await;
        });
    }
}

impl Tasks {
    async fn drain(&self, config: &Config) {
        let grace = ms(config.flush.drain_ms);
        let doors = self.doors.close(grace / 2).await;
        let consumers = self.consumers.close(grace).await;
        if consumers.is_err() {
            // What is not stored now is stored after the next start: the log has it.
            self.abandon.cancel();
        }
        let given_up = self.consumers.close(LAST).await;
        let sealer = self.sealer.close(LAST).await;
        for unfinished in [doors.err(), given_up.err(), sealer.err()].into_iter().flatten() {
            tracing::warn!(%unfinished, "the pipeline ended with tasks still running");
        }
    }
}
