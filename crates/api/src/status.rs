//! The state of the platform as `GET /status` shows it.

use serde::Serialize;
use utoipa::ToSchema;

/// State and counters. Counters are those of the caller's org; who is limited to some tenants does not see them.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Status {
    /// Version of the server.
    pub version: String,
    /// The database engine.
    pub engine: EngineStatus,
    /// What came in and where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingest: Option<IngestStatus>,
    /// Where to send and ask.
    pub endpoints: Endpoints,
    /// Space.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<DiskStatus>,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// The state with what the API knows itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    #[serde(flatten)]
    pub(crate) status: Status,
    /// For how long data is kept.
    pub(crate) retention: Vec<Retention>,
}

/// For how long one kind of data is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Retention {
    /// `traces`, `logs`, `metrics`, `events`, `red` for the counts of services, or `edges` for who calls whom.
    pub(crate) signal: &'static str,
    /// Width of a window of counts; empty for records.
    pub(crate) resolution: &'static str,
    /// Days.
    pub(crate) days: u16,
}

/// The database engine.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct EngineStatus {
    /// `up`, `starting` or `down`.
    pub state: String,
    /// Version of ClickHouse.
    pub version: String,
    /// Restarts since the start of the server.
    pub restarts: u64,
    /// Memory of the child process; none for an engine elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rss_bytes: Option<u64>,
}

/// Records since the start of the server: received = stored + rejected + deduplicated + in the log.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct IngestStatus {
    /// Records that arrived.
    pub received: u64,
    /// Records that are in the engine.
    pub stored: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records that had arrived before.
    pub deduplicated: u64,
    /// Records that are durable in the log and on their way into the engine.
    pub in_wal: u64,
}

/// Addresses for clients.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Endpoints {
    /// OTLP over gRPC.
    pub otlp_grpc: String,
    /// OTLP over HTTP.
    pub otlp_http: String,
    /// This API and the pages.
    pub api: String,
}

/// Space of the data directory.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DiskStatus {
    /// Bytes that can still be written.
    pub free_bytes: u64,
    /// Bytes of the volume.
    pub total_bytes: u64,
    /// Bytes of the write-ahead log.
    pub wal_bytes: u64,
}
