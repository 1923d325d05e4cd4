//! The store: the engine inside, or a ClickHouse given by URL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sightline_engine::{Engine, EngineConfig, HostCommand, Starting, Status, library};
use sightline_runtime::{Clock, Health, Scope, State};
use sightline_store::{Endpoint, User};
use tokio::sync::watch;

use super::Error;
use crate::settings::Settings;

/// An opened store.
pub(super) struct Store {
    endpoint: Endpoint,
    engine: Option<Engine>,
}

impl Store {
    /// Lets the engine start, or takes the URL as it is.
    pub(super) fn open(
        settings: &Settings,
        environment: &[(String, String)],
        folder: &Path,
        base: &Scope,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Option<Starting>), Error> {
        if let Some(url) = &settings.store.url {
            return Ok((Self { endpoint: external(url, settings), engine: None }, None));
        }
        let given = environment
            .iter()
            .find(|(name, _)| name == "SIGHTLINE_ENGINE_LIB")
            .map(|(_, v)| PathBuf::from(v));
        let config = EngineConfig {
            library: library::locate(settings.store.library.as_deref().or(given.as_deref()))?,
            data_dir: folder.to_path_buf(),
            memory_bytes_max: settings.store.memory_bytes_max,
            host: HostCommand::this_program()?,
        };
        let (engine, starting) = Engine::open(config, base, clock)?;
        Ok((Self { endpoint: embedded(&engine), engine: Some(engine) }, Some(starting)))
    }

    /// Returns where the store is.
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns what is known of the engine; none for an external ClickHouse.
    pub(super) fn status(&self) -> Option<watch::Receiver<Status>> {
        self.engine.as_ref().map(Engine::status)
    }

    /// Shows in the health list whether the engine answers. It is optional: telemetry is accepted without it.
    pub(super) fn watch_health(&self, base: &Scope, health: Health) {
        let Some(mut status) = self.status() else {
            health.set_optional("engine", State::Ready);
            return;
        };
        base.spawn("engine-health", move |stop| async move {
            loop {
                let state = match &*status.borrow_and_update() {
                    now if now.up => State::Ready,
                    now if !now.has_answered => State::Starting,
                    _ => State::Degraded("restarting".to_owned()),
                };
                health.set_optional("engine", state);
                tokio::select! {
                    changed = status.changed() => if changed.is_err() { return },
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    /// Ends the engine.
    pub(super) async fn stop(self) {
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

fn embedded(engine: &Engine) -> Endpoint {
    let access = engine.access();
    let user = |user: sightline_engine::User| User { name: user.name, password: user.password };
    Endpoint {
        url: access.url,
        headers: vec![access.door_header],
        admin: user(access.admin),
        ingest: user(access.ingest),
        query: user(access.query),
        volume: Some(engine.volume()),
    }
}

fn external(url: &str, settings: &Settings) -> Endpoint {
    let user = User { name: settings.store.user.clone(), password: settings.store.password.clone() };
    let (admin, ingest, query) = (user.clone(), user.clone(), user);
    Endpoint { url: url.to_owned(), headers: Vec::new(), admin, ingest, query, volume: None }
}
