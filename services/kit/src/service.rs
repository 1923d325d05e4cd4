//! How a demo service starts, serves and stops.

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use sightline_sdk::server::ServerLayer;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::fault::Faults;

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

/// A service that is ready to be served.
#[derive(Debug)]
pub struct Service {
    /// `service.name` unless `OTEL_SERVICE_NAME` says otherwise.
    pub name: &'static str,
    /// The doors of the service.
    pub routes: Router,
    /// Whether callers' tenants are believed.
    pub layer: ServerLayer,
    /// Its injected faults.
    pub faults: Faults,
}

impl Service {
    /// Runs a service from settings to the end of the process: telemetry first, then what `build` opens, then serving
    /// until SIGTERM, then the last spans.
    #[expect(clippy::print_stderr, reason = "the log may have ended; a process must say why it ends")]
    pub fn run<F, Fut>(name: &'static str, listen: SocketAddr, build: F) -> ExitCode
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Self, Box<dyn std::error::Error>>>,
    {
        let mut config = sightline_sdk::Config::from_env();
        config.service_name.get_or_insert_with(|| name.to_owned());
        let telemetry = sightline_sdk::init_with(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let served = runtime.map_err(Into::into).and_then(|runtime| {
            runtime.block_on(async move { build().await?.serve(listen).await.map_err(Into::into) })
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
    async fn serve(self, listen: SocketAddr) -> std::io::Result<()> {
        let app = self
            .routes
            .route("/health", get(|| async { "ok" }))
            .layer(self.layer)
            .merge(self.faults.routes());
        let listener = TcpListener::bind(listen).await?;
        println!("listening on {}", listener.local_addr()?);
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        axum::serve(listener, app).with_graceful_shutdown(stop).await
    }
}
