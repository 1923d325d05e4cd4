//! All parts of the platform in one process, in the order in which they need each other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sightline_api::{ApiParts, ApiState, CursorKey, Doors, Endpoints, ServeLimits};
use sightline_meta::{DevAccess, Meta};
use sightline_pipeline::{Deps, Pipeline};
use sightline_query::QueryService;
use sightline_runtime::{Clock, Health, Scope, State};
use sightline_store::{Reader, Writer};
use sightline_wal::{DiskFs, Recovery, Wal};
use tokio::net::TcpListener;

use super::prepare::{self, Preparing};
use super::status::Source;
use super::store::Store;
use super::{Error, access, jobs, pages};
use crate::settings::{Profile, Settings};

/// How long each stage of ending may take.
const GRACE: Duration = Duration::from_secs(12);

/// The running platform.
pub(crate) struct Platform {
    /// Doors and jobs: end first.
    work: Scope,
    /// Engine and settings: end last.
    base: Scope,
    wal: Wal,
    meta: Meta,
    store: Store,
    preparing: Preparing,
}

impl Platform {
    /// Builds every part and opens the doors; the engine starts meanwhile, and what is accepted waits for it in the log.
    pub(crate) async fn start(
        settings: Settings,
        environment: &[(String, String)],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let folder = settings.data_folder(environment);
        make_folder(&folder)?;
        let (base, work, health) = (Scope::new(), Scope::new(), Health::new());
        let (store, starting) = Store::open(&settings, environment, &folder, &base, Arc::clone(&clock))?;
        store.watch_health(&base, health.clone());
        health.set_required("wal", State::Starting);
        let (wal, recovery) = open_wal(&settings, folder.join("wal"), Arc::clone(&clock)).await?;
        health.set_required("wal", State::Ready);
        let meta = open_meta(&settings, &folder, Arc::clone(&clock), &base).await?;
        let (endpoint, jobs) = (store.endpoint().clone(), work.clone());
        let query = &settings.query;
        let kept = jobs::Kept { red_1m_days: query.red_1m_days, samples_1h_days: query.samples_1h_days };
        let time = Arc::clone(&clock);
        let preparing = prepare::prepare(&work, starting, endpoint.clone(), health.clone(), move || {
            jobs::start(&jobs, &endpoint, kept, &time);
        });
        let building = Building { settings, folder, clock, health, meta, store, preparing, wal, base, work };
        building.finish(recovery).await
    }

    /// Completes when the store can never be used as it is.
    pub(crate) async fn failed(&mut self) -> Error {
        self.preparing.failed().await
    }

    /// Takes nothing more, stores what was acknowledged, ends the engine.
    pub(crate) async fn stop(self) -> Result<(), Error> {
        tracing::info!("stopping");
        let work = self.work.close(GRACE).await;
        self.wal.close().await;
        self.store.stop().await;
        let base = self.base.close(GRACE).await;
        // Last, because a task of the base gives back the number of the writer.
        self.meta.close().await;
        work?;
        base?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// The parts that are there when the doors are built.
struct Building {
    settings: Settings,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    health: Health,
    meta: Meta,
    store: Store,
    preparing: Preparing,
    wal: Wal,
    base: Scope,
    work: Scope,
}

impl Building {
    async fn finish(self, recovery: Recovery) -> Result<Platform, Error> {
        let is_dev = self.settings.profile == Profile::Dev;
        let auth = self.meta.authenticator(DevAccess { keyless_ingest: is_dev });
        let pipeline = self.pipeline(&auth, recovery).await?;
        let address = self.settings.api.listen;
        let listener = TcpListener::bind(address).await.map_err(|cause| Error::Listen { address, cause })?;
        let endpoints = Endpoints {
            otlp_grpc: pipeline.grpc_addr().to_string(),
            otlp_http: pipeline.http_addr().to_string(),
            api: format!("http://{}", listener.local_addr()?),
        };
        let state = self.api(auth, endpoints.clone(), pipeline.posting()).await?;
        let doors = Doors { receivers: pipeline.otlp_routes(), pages: pages::router() };
        sightline_api::serve(
            listener,
            sightline_api::router(state, doors),
            &self.work,
            ServeLimits::default(),
        );
        pipeline.start(&self.work);
        access::announce(&self.folder, &self.meta, &endpoints, is_dev).await?;
        tracing::info!(api = endpoints.api, grpc = endpoints.otlp_grpc, http = endpoints.otlp_http, "ready");
        let Self { meta, store, preparing, wal, base, work, .. } = self;
        Ok(Platform { work, base, wal, meta, store, preparing })
    }

    async fn pipeline(
        &self,
        auth: &Arc<dyn sightline_model::Authenticator>,
        recovery: Recovery,
    ) -> Result<Pipeline, Error> {
        let mut config = self.settings.pipeline.clone();
        config.dead_letter_dir = self.folder.join(&config.dead_letter_dir);
        config.files_checkpoint = self.folder.join(&config.files_checkpoint);
        let deps = Deps {
            auth: Arc::clone(auth),
            wal: self.wal.clone(),
            recovery,
            writer: self.preparing.patient(Writer::new(self.store.endpoint(), Arc::clone(&self.clock))),
            writer_number: self.meta.lease_writer().await?,
            clock: Arc::clone(&self.clock),
            health: self.health.clone(),
        };
        Ok(sightline_pipeline::build(config, deps).await?)
    }

    async fn api(
        &self,
        auth: Arc<dyn sightline_model::Authenticator>,
        endpoints: Endpoints,
        posting: sightline_pipeline::Posting,
    ) -> Result<ApiState, Error> {
        let reader = Reader::new(self.store.endpoint());
        let (wal, time) = (self.wal.clone(), Arc::clone(&self.clock));
        let watermark = move || {
            let waiting = i64::try_from(wal.stats().oldest_age.as_nanos()).unwrap_or(i64::MAX);
            Some(time.unix_nanos().saturating_sub(waiting))
        };
        let mut settings = self.settings.query.clone();
        let kept = &self.settings.pipeline.retention;
        settings.spans_days = kept.traces_days;
        settings.logs_days = kept.logs_days;
        settings.metrics_days = kept.metrics_days;
        settings.red_10s_days = kept.red_days;
        let query = QueryService::new(reader, Arc::clone(&self.clock), settings);
        let source =
            Source::new(&self.store, self.wal.clone(), &self.folder, endpoints, Arc::clone(&self.clock));
        Ok(ApiState::new(ApiParts {
            cursors: CursorKey::new(self.meta.signing_key().await?),
            meta: self.meta.clone(),
            auth,
            // What is older than the oldest record that waits in the log is stored and counted.
            query: query.with_watermark(Arc::new(watermark)),
            health: self.health.clone(),
            clock: Arc::clone(&self.clock),
            status: Arc::new(move |scope| source.status(scope)),
            posting: Arc::new(move |owner, id, request| {
                let posting = posting.clone();
                Box::pin(async move { posting.take(owner, &id, request).await })
            }),
            config: self.settings.api.limits.clone(),
        }))
    }
}

/// Makes the data folder, readable by its owner only.
fn make_folder(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| Error::Folder { path: folder.display().to_string(), cause })
}

async fn open_wal(
    settings: &Settings,
    dir: PathBuf,
    clock: Arc<dyn Clock>,
) -> Result<(Wal, Recovery), Error> {
    let config = sightline_wal::Config {
        disk_bytes_max: settings.wal.disk_bytes_max,
        segment_bytes: settings.wal.segment_bytes,
        ..sightline_wal::Config::new(dir)
    };
    let open = move || Wal::open(config, &sightline_pipeline::CONSUMERS, Arc::new(DiskFs), clock);
    let opened = tokio::task::spawn_blocking(open).await.map_err(std::io::Error::other)?;
    Ok(opened?)
}

async fn open_meta(
    settings: &Settings,
    folder: &Path,
    clock: Arc<dyn Clock>,
    base: &Scope,
) -> Result<Meta, Error> {
    Ok(Meta::open(&settings.meta_place(folder), clock, base).await?)
}
