//! What the composition root hands to the API.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sightline_meta::Meta;
use sightline_model::{Authenticator, IngestScope, Kind, RejectReason, TenantScope};
use sightline_query::QueryService;
use sightline_runtime::{Clock, Health};
use tokio::sync::Semaphore;

use crate::cursor::CursorKey;
use crate::idempotency::Answers;
use crate::rate::Rates;
use crate::running::Running;
use crate::status::Status;

/// The window of a caller's quota.
const RATE_WINDOW: Duration = Duration::from_secs(10);

/// Settings of the API.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Browsers reach the API over https (through a proxy that ends TLS): the session cookie is then `Secure`.
    pub https: bool,
    /// Longest body of a request, in bytes.
    pub body_bytes_max: usize,
    /// Longest path and query of a request, in bytes.
    pub uri_bytes_max: usize,
    /// Requests served at a time; more are answered 503 at once.
    pub requests_max: usize,
    /// Live tails open at a time; more are answered 503 at once. Each looks at the store once a second.
    pub tails_max: usize,
    /// Requests of one key or user in ten seconds; more are answered 429. 0 is no limit.
    pub caller_requests_max: u32,
    /// Longest time for one request, in milliseconds, reading its body included.
    pub request_timeout_ms: u64,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            https: false,
            body_bytes_max: 1 << 20,
            uri_bytes_max: 16 << 10,
            requests_max: 256,
            tails_max: 32,
            caller_requests_max: 1_000,
            request_timeout_ms: 30_000,
        }
    }
}

impl ApiConfig {
    pub(crate) const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

/// Where `GET /status` gets its numbers: asked at each request, so it should only read counters.
pub type StatusSource = Arc<dyn Fn(&TenantScope) -> Status + Send + Sync>;

/// What could not be taken: what the asker can do, why, and a text for them.
pub type NotTaken = (Kind, RejectReason, String);

/// The way into the log for what is posted: whose it is, a name under which it is taken once, and a request for logs in
/// OTLP's JSON. It returns when the record is durable.
pub type Posting = Arc<
    dyn Fn(IngestScope, String, Vec<u8>) -> Pin<Box<dyn Future<Output = Result<(), NotTaken>> + Send>>
        + Send
        + Sync,
>;

/// Everything that routes need. Clones share it.
#[derive(Clone)]
pub struct ApiState {
    /// Settings at rest.
    pub meta: Meta,
    /// Who asks.
    pub auth: Arc<dyn Authenticator>,
    /// Answers.
    pub query: QueryService,
    /// Which parts work.
    pub health: Health,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Signs cursors.
    pub cursors: CursorKey,
    /// Numbers of the platform.
    pub status: StatusSource,
    /// Takes what is posted.
    pub posting: Posting,
    /// Settings.
    pub config: Arc<ApiConfig>,
    pub(crate) running: Running,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) tails: Arc<Semaphore>,
    pub(crate) rates: Rates,
    pub(crate) answers: Answers,
}

/// The parts of [`ApiState`] that others make.
pub struct ApiParts {
    /// Settings at rest.
    pub meta: Meta,
    /// Who asks.
    pub auth: Arc<dyn Authenticator>,
    /// Answers.
    pub query: QueryService,
    /// Which parts work.
    pub health: Health,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Signs cursors.
    pub cursors: CursorKey,
    /// Numbers of the platform.
    pub status: StatusSource,
    /// Takes what is posted.
    pub posting: Posting,
    /// Settings.
    pub config: ApiConfig,
}

impl ApiState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        Self {
            meta: parts.meta,
            auth: parts.auth,
            query: parts.query,
            health: parts.health,
            clock: parts.clock,
            cursors: parts.cursors,
            status: parts.status,
            posting: parts.posting,
            running: Running::default(),
            permits: Arc::new(Semaphore::new(parts.config.requests_max)),
            tails: Arc::new(Semaphore::new(parts.config.tails_max)),
            rates: Rates::new(parts.config.caller_requests_max, RATE_WINDOW),
            answers: Answers::default(),
            config: Arc::new(parts.config),
        }
    }
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiState").field("config", &self.config).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ApiParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiParts").field("config", &self.config).finish_non_exhaustive()
    }
}
