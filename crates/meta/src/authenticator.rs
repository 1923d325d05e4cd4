//! Answers from memory what a credential opens.

use std::sync::Arc;

use sightline_model::{
    AuthError, Authenticator, Credential, IngestScope, Nanos, OrgId, Permission, Principal, Role, Signal,
    TenantBinding,
};

use crate::key_text::KeyText;
use crate::secret::Digest;
use crate::sessions::SESSION_IDLE;
use crate::snapshot::{KeyEntry, Snapshot};
use crate::{KeyTextError, Meta};

/// What is allowed without a credential. Only the profile `dev` allows anything, and the receiver only asks for
/// connections from loopback that did not come out of a web page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DevAccess {
    /// Telemetry without a key goes to the org `default`, trusted.
    pub keyless_ingest: bool,
}

struct FromMemory {
    meta: Meta,
    dev: DevAccess,
}

impl Meta {
    /// Returns the authenticator over these settings.
    #[must_use]
    pub fn authenticator(&self, dev: DevAccess) -> Arc<dyn Authenticator> {
        Arc::new(FromMemory { meta: self.clone(), dev })
    }
}

/// Returns what a role permits. Labels of all orgs in the metrics are for the platform's own administrators.
#[must_use]
pub fn permissions_of(role: Role, org: OrgId) -> Arc<[Permission]> {
    use Permission::{AdminRead, AdminWrite, EventsWrite, MetricsRead, QueryRead};
    match (role, org) {
        (Role::Viewer, _) => Arc::new([QueryRead]),
        (Role::Editor, _) => Arc::new([QueryRead, EventsWrite]),
        (Role::Admin | Role::Owner, OrgId::PLATFORM) => {
            Arc::new([QueryRead, EventsWrite, AdminRead, AdminWrite, MetricsRead])
        }
        (Role::Admin | Role::Owner, _) => Arc::new([QueryRead, EventsWrite, AdminRead, AdminWrite]),
    }
}

/// Finds the live key with this text.
fn live_key<'a>(snapshot: &'a Snapshot, text: &str, now: Nanos) -> Result<&'a KeyEntry, AuthError> {
    let key = KeyText::parse(text).map_err(|error: KeyTextError| {
        tracing::debug!(%error, "a key was refused");
        AuthError::Invalid
    })?;
    let presented = key.digest();
    let entry = snapshot.keys.get(key.id());
    // Compared also for an unknown id, so that time does not tell which ids exist.
    let stored = entry.map_or_else(|| Digest::of(""), |entry| entry.digest);
    let is_same = stored.matches(&presented);
    match entry {
        Some(entry) if is_same && entry.key.is_live(now) => {
            entry.used.touch(now);
            Ok(entry)
        }
        _ => {
            tracing::debug!(key = key.id(), "a key was refused: unknown, expired or revoked");
            Err(AuthError::Invalid)
        }
    }
}

impl Authenticator for FromMemory {
    fn ingest(&self, credential: &Credential, signal: Signal) -> Result<IngestScope, AuthError> {
        match credential {
            Credential::Missing if self.dev.keyless_ingest => {
                Ok(IngestScope { org: OrgId::DEFAULT, binding: TenantBinding::Trusted })
            }
            Credential::Missing => Err(AuthError::Missing),
            Credential::Session(_) => Err(AuthError::Denied),
            Credential::Key(text) => {
                let snapshot = self.meta.snapshot();
                let entry = live_key(&snapshot, text, self.meta.now())?;
                if !entry.principal.may(Permission::ingest(signal)) {
                    return Err(AuthError::Denied);
                }
                Ok(IngestScope { org: entry.key.org, binding: entry.binding.clone() })
            }
        }
    }

    fn reader(&self, credential: &Credential) -> Result<Principal, AuthError> {
        let snapshot = self.meta.snapshot();
        let now = self.meta.now();
        match credential {
            Credential::Missing => Err(AuthError::Missing),
            Credential::Key(text) => live_key(&snapshot, text, now).map(|entry| entry.principal.clone()),
            Credential::Session(token) => {
                let entry = snapshot.sessions.get(&Digest::of(token)).ok_or(AuthError::Invalid)?;
                if now >= entry.expires_at || now - entry.seen.at() >= SESSION_IDLE {
                    return Err(AuthError::Invalid);
                }
                entry.seen.touch(now);
                Ok(entry.principal.clone())
            }
        }
    }
}
