//! Everything that the authenticator needs, in memory, as of one revision of the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sightline_model::{Nanos, OrgId, Principal, TenantBinding, TenantScope};
use sqlx::AnyConnection;

use crate::authenticator::permissions_of;
use crate::keys::Key;
use crate::rows::{number, org, readable, text};
use crate::secret::Digest;
use crate::sessions::SessionRow;
use crate::users::User;
use crate::{Error, keys, sessions, users};

/// What credentials open.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) revision: i64,
    pub(crate) keys: HashMap<String, KeyEntry>,
    pub(crate) sessions: HashMap<Digest, SessionEntry>,
}

pub(crate) struct KeyEntry {
    pub(crate) key: Key,
    pub(crate) digest: Digest,
    pub(crate) principal: Principal,
    pub(crate) binding: TenantBinding,
    pub(crate) used: Arc<LastUse>,
}

pub(crate) struct SessionEntry {
    pub(crate) principal: Principal,
    pub(crate) expires_at: Nanos,
    pub(crate) seen: Arc<LastUse>,
}

/// When something was used last, and what of it the database knows. Kept over reloads.
#[derive(Debug, Default)]
pub(crate) struct LastUse {
    at: AtomicI64,
    written: AtomicI64,
}

impl LastUse {
    pub(crate) fn at(&self) -> Nanos {
        self.at.load(Ordering::Relaxed)
    }

    pub(crate) fn touch(&self, now: Nanos) {
        self.at.fetch_max(now, Ordering::Relaxed);
    }

    /// Takes over what another server or an earlier reload knows.
    fn learn(&self, written: Nanos) {
        self.at.fetch_max(written, Ordering::Relaxed);
        self.written.fetch_max(written, Ordering::Relaxed);
    }

    /// Returns the instant to write, at most once per `every`.
    pub(crate) fn due(&self, every: Nanos) -> Option<Nanos> {
        let (at, written) = (self.at(), self.written.load(Ordering::Relaxed));
        (at - written >= every).then_some(at)
    }

    pub(crate) fn set_written(&self, at: Nanos) {
        self.written.fetch_max(at, Ordering::Relaxed);
    }
}

/// Reads everything. A row that cannot be read is left out and opens nothing; it does not lock everybody out.
pub(crate) async fn load(connection: &mut AnyConnection, before: &Snapshot) -> Result<Snapshot, Error> {
    // First the revision: rows that come later are seen again with the next one.
    let revision = revision(connection).await?;
    let mut slugs = HashMap::new();
    for row in sqlx::query("SELECT id, slug FROM orgs").fetch_all(&mut *connection).await? {
        slugs.insert(org(&row, "id", "orgs")?, text(&row, "slug")?);
    }
    let rows = sqlx::query("SELECT * FROM users").fetch_all(&mut *connection).await?;
    let users: HashMap<String, User> = rows
        .iter()
        .filter_map(|row| readable_row(users::read(row)))
        .map(|user| (user.id.clone(), user))
        .collect();

    let rows = sqlx::query("SELECT * FROM api_keys WHERE revoked_at = 0").fetch_all(&mut *connection).await?;
    let rows = rows.iter().filter_map(|row| readable_row(keys::read(row)));
    let keys = rows.filter_map(|(key, digest)| key_entry(key, digest, &slugs, before)).collect();

    let rows = sqlx::query("SELECT * FROM sessions").fetch_all(&mut *connection).await?;
    let rows = rows.iter().filter_map(|row| readable_row(sessions::read(row)));
    let sessions = rows.filter_map(|row| session_entry(&row, &users, &slugs, before)).collect();
    Ok(Snapshot { revision, keys, sessions })
}

fn readable_row<T>(read: Result<T, Error>) -> Option<T> {
    read.inspect_err(|error| tracing::error!(%error, "a credential is locked out")).ok()
}

type Slugs = HashMap<OrgId, String>;

fn key_entry(key: Key, digest: Digest, slugs: &Slugs, before: &Snapshot) -> Option<(String, KeyEntry)> {
    let slug = slugs.get(&key.org)?;
    let used = before.keys.get(&key.id).map_or_else(Arc::default, |old| Arc::clone(&old.used));
    used.learn(key.last_used_at.unwrap_or(0));
    let principal = key_principal(&key, slug);
    let binding = key.binding.clone();
    Some((key.id.clone(), KeyEntry { key, digest, principal, binding, used }))
}

fn session_entry(
    row: &SessionRow,
    users: &HashMap<String, User>,
    slugs: &Slugs,
    before: &Snapshot,
) -> Option<(Digest, SessionEntry)> {
    let user = users.get(&row.user_id)?;
    let principal = user_principal(user, slugs.get(&user.org)?);
    let seen = before.sessions.get(&row.digest).map_or_else(Arc::default, |old| Arc::clone(&old.seen));
    seen.learn(row.seen_at);
    Some((row.digest, SessionEntry { principal, expires_at: row.expires_at, seen }))
}

/// Reads the number that every change counts up.
pub(crate) async fn revision(connection: &mut AnyConnection) -> Result<i64, Error> {
    let row = sqlx::query("SELECT n FROM revision WHERE id = 1").fetch_one(connection).await?;
    number(&row, "n")
}

fn key_principal(key: &Key, org_slug: &str) -> Principal {
    Principal {
        name: format!("key {}", key.id),
        org_slug: org_slug.to_owned(),
        scope: TenantScope::new(key.org, readable(key.readable_tenants())),
        permissions: key.scopes.clone().into(),
        role: None,
    }
}

fn user_principal(user: &User, org_slug: &str) -> Principal {
    Principal {
        name: user.name.clone(),
        org_slug: org_slug.to_owned(),
        scope: TenantScope::new(user.org, readable(user.tenants.clone())),
        permissions: permissions_of(user.role, user.org),
        role: Some(user.role),
    }
}
