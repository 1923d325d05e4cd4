//! How a demo service starts, serves and stops.

use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::{Map, Value, json};
use sightline_sdk::server::{self, ServerLayer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::fault::{self, Faults};
use crate::stop::{Stop, Stopper};

/// How long background work may take to end.
const GRACE: Duration = Duration::from_secs(5);

/// Settings that every service has.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// Address to listen on; port 0 takes a free one. The address in use is printed as the first line.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Database: `sqlite://file.db?mode=rwc` or `postgres://user:password@host/name`.
    #[arg(long, default_value = "sqlite::memory:")]
    pub database: String,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A service that is ready to be served.
pub struct Service {
    name: &'static str,
    routes: Router,
    unobserved: Router,
    layer: ServerLayer,
    faults: Faults,
    background: Vec<Work>,
    details: Map<String, Value>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Service {
    /// A service inside the platform: the caller's tenant is believed, and injected faults strike at every route.
    /// `name` is `service.name` unless `OTEL_SERVICE_NAME` says otherwise.
    #[must_use]
    pub fn new(name: &'static str, routes: Router, faults: Faults) -> Self {
        let routes = routes.layer(middleware::from_fn_with_state(faults.clone(), fault::strike_at_the_door));
        Self::with(name, routes, server::layer(), faults)
    }

    /// A service at the edge: the caller's tenant is not believed, and the routes let faults strike themselves, once
    /// they know for whom they work.
    #[must_use]
    pub fn edge(name: &'static str, routes: Router, faults: Faults) -> Self {
        Self::with(name, routes, server::edge_layer(), faults)
    }

    fn with(name: &'static str, routes: Router, layer: ServerLayer, faults: Faults) -> Self {
        let (unobserved, background, details) = (Router::new(), Vec::new(), Map::new());
        Self { name, routes, unobserved, layer, faults, background, details }
    }

    /// Adds doors without spans: for polling, and for tools that look in without being counted.
    #[must_use]
    pub fn unobserved(mut self, routes: Router) -> Self {
        self.unobserved = self.unobserved.merge(routes);
        self
    }

    /// Adds work beside the doors. It ends by itself when the service stops; after five seconds it is ended.
    #[must_use]
    pub fn background(mut self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.background.push(Box::pin(work));
        self
    }

    /// Adds a line to the answer of `/health`.
    #[must_use]
    pub fn detail(mut self, key: &str, text: String) -> Self {
        self.details.insert(key.to_owned(), Value::String(text));
        self
    }

    /// Runs a service from settings to the end of the process: telemetry first, then what `build` opens, then serving
    /// until SIGTERM, then the last spans.
    #[expect(clippy::print_stderr, reason = "the log may have ended; a process must say why it ends")]
    pub fn run<F, Fut>(name: &'static str, listen: SocketAddr, build: F) -> ExitCode
    where
        F: FnOnce(Stop) -> Fut,
        Fut: Future<Output = Result<Self, Box<dyn std::error::Error>>>,
    {
        let mut config = sightline_sdk::Config::from_env();
        config.service_name.get_or_insert_with(|| name.to_owned());
        let telemetry = sightline_sdk::init_with(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let (stopper, stop) = Stop::pair();
        let served = runtime.map_err(Into::into).and_then(|runtime| {
            runtime
                .block_on(async move { build(stop).await?.serve(listen, stopper).await.map_err(Into::into) })
        });
        telemetry.shutdown();
        match served {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let error: Box<dyn std::error::Error> = error;
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            }
        }
    }

    #[expect(
        clippy::print_stdout,
        reason = "the first line tells whoever started the service where it listens"
    )]
    async fn serve(self, listen: SocketAddr, stopper: Stopper) -> std::io::Result<()> {
        let health = json!({ "status": "ok", "service": self.name, "details": self.details });
        let app = self
            .routes
            .route("/health", get(|| async move { Json(health) }))
            .layer(self.layer)
            .merge(self.unobserved)
            .merge(self.faults.routes());
        let listener = TcpListener::bind(listen).await?;
        println!("listening on {}", listener.local_addr()?);
        let mut work = JoinSet::new();
        for part in self.background {
            work.spawn(part);
        }
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            stopper.stop();
        };
        axum::serve(listener, app).with_graceful_shutdown(stop).await?;
        if tokio::time::timeout(GRACE, ended(&mut work)).await.is_err() {
            tracing::warn!("background work did not end within {GRACE:?} and is cut off");
        }
        Ok(())
    }
}

async fn ended(work: &mut JoinSet<()>) {
    while let Some(result) = work.join_next().await {
        if let Err(error) = result {
            tracing::error!(%error, "background work failed");
        }
    }
}
