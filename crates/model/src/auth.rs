//! Who asks: credentials, roles, permissions, and the seam behind which settings know them.

use std::sync::Arc;

use crate::{IngestScope, Kind, Signal, TenantScope};

/// A credential as it was presented. `Debug` never prints it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// None at all.
    Missing,
    /// An API key, from `authorization: Bearer`, `signoz-ingestion-key` or `signoz-access-token`.
    Key(String),
    /// The session cookie of a browser.
    Session(String),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Key(_) => "Key(***)",
            Self::Session(_) => "Session(***)",
        })
    }
}

/// What a user or key may do, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads telemetry.
    Viewer,
    /// Also writes dashboards and rules.
    Editor,
    /// Also manages tenants, keys and users of the org.
    Admin,
    /// Also manages the org itself.
    Owner,
}

impl Role {
    /// Returns the lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the lower-case name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor, Self::Admin, Self::Owner].into_iter().find(|role| role.as_str() == text)
    }
}

/// A thing that a route may require. The text is the scope of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `ingest:traces`
    IngestTraces,
    /// `ingest:logs`
    IngestLogs,
    /// `ingest:metrics`
    IngestMetrics,
    /// `query:read`
    QueryRead,
    /// `events:write`: what happened, through the API.
    EventsWrite,
    /// `admin:read`
    AdminRead,
    /// `admin:write`
    AdminWrite,
    /// `metrics:read`: the platform's own metrics with org and tenant labels.
    MetricsRead,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 8] = [
        Self::IngestTraces,
        Self::IngestLogs,
        Self::IngestMetrics,
        Self::QueryRead,
        Self::EventsWrite,
        Self::AdminRead,
        Self::AdminWrite,
        Self::MetricsRead,
    ];

    /// Returns what sending a signal needs.
    #[must_use]
    pub const fn ingest(signal: Signal) -> Self {
        match signal {
            Signal::Traces => Self::IngestTraces,
            Signal::Logs => Self::IngestLogs,
            Signal::Metrics => Self::IngestMetrics,
        }
    }

    /// Returns the name used as scope of an API key.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IngestTraces => "ingest:traces",
            Self::IngestLogs => "ingest:logs",
            Self::IngestMetrics => "ingest:metrics",
            Self::QueryRead => "query:read",
            Self::EventsWrite => "events:write",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
            Self::MetricsRead => "metrics:read",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// An authenticated reader: who it is, what it may do, what it may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// For people to read: user name, or `key <id>`.
    pub name: String,
    /// Slug of the org.
    pub org_slug: String,
    /// Org and tenants that may be seen.
    pub scope: TenantScope,
    /// What may be done.
    pub permissions: Arc<[Permission]>,
    /// The user's role; none for a key.
    pub role: Option<Role>,
}

impl Principal {
    /// Tells whether the permission was given.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// Why a credential opens nothing. Which of the reasons applies is for our log; outside it is one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No credential was sent where one is needed.
    #[error("no API key was sent; send it as `authorization: Bearer <key>`")]
    Missing,
    /// Unknown, malformed, expired or revoked.
    #[error("the API key or session is not valid; create one with `sightline keys create`")]
    Invalid,
    /// Valid, but not for this.
    #[error("the credential does not include the permission that this needs")]
    Denied,
}

impl AuthError {
    /// Returns the kind, hence the status codes.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Missing | Self::Invalid => Kind::Unauthenticated,
            Self::Denied => Kind::Denied,
        }
    }
}

/// Answers from memory what a credential opens; the implementation refreshes itself (a revocation is seen within 5 s).
pub trait Authenticator: Send + Sync + 'static {
    /// Returns what the credential may send.
    ///
    /// # Errors
    /// [`AuthError`] when it may send nothing.
    fn ingest(&self, credential: &Credential, signal: Signal) -> Result<IngestScope, AuthError>;

    /// Returns who the reader is.
    ///
    /// # Errors
    /// [`AuthError`] when the credential identifies nobody.
    fn reader(&self, credential: &Credential) -> Result<Principal, AuthError>;
}
