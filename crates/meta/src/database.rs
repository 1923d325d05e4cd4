//! The connection to the settings database, and how it is read and changed.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sightline_model::{Nanos, OrgId};
use sightline_runtime::{Clock, Scope};
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Executor as _, Row as _, Transaction};

use crate::secret::{hex, unhex};
use crate::snapshot::Snapshot;
use crate::{Error, migrate, refresh};

/// Connections kept; settings are read rarely, because credentials are answered from memory.
const CONNECTIONS_MAX: u32 = 4;
/// Longest wait for a connection or, in SQLite, for another writer.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The settings of a platform. Clones share everything.
#[derive(Clone)]
pub struct Meta {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: AnyPool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) scope: Scope,
    pub(crate) snapshot: RwLock<Arc<Snapshot>>,
    /// One reload at a time, so that an older one never replaces a newer one.
    pub(crate) reload: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meta").finish_non_exhaustive()
    }
}

impl Meta {
    /// Opens the database at a file path (SQLite, created when missing) or a `postgres://` URL, brings it to the current
    /// version, and keeps the memory of credentials fresh with a task in `scope`.
    ///
    /// One data directory belongs to one server: whoever opens the write-ahead log beside it holds the lock.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Newer`], [`Error::Changed`], or [`Error::Database`].
    pub async fn open(url_or_path: &str, clock: Arc<dyn Clock>, scope: &Scope) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let url = address(url_or_path)?;
        let is_sqlite = url.starts_with("sqlite:");
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .after_connect(move |connection, _| Box::pin(prepare(connection, is_sqlite)))
            .connect(&url)
            .await?;
        migrate::migrate(&pool, &*clock).await?;
        let inner = Inner {
            pool,
            clock,
            scope: scope.clone(),
            snapshot: RwLock::new(Arc::new(Snapshot::default())),
            reload: tokio::sync::Mutex::new(()),
        };
        let meta = Self { inner: Arc::new(inner) };
        meta.orgs().ensure(OrgId::PLATFORM, "platform", "Platform").await?;
        meta.orgs().ensure(OrgId::DEFAULT, "default", "Default").await?;
        meta.reload().await?;
        let own = meta.clone();
        scope.spawn("meta-refresh", |stop| refresh::run(own, stop));
        Ok(meta)
    }

    /// Writes what is only in memory (last uses) and closes the connections.
    pub async fn close(&self) {
        if let Err(error) = self.write_uses().await {
            tracing::warn!(%error, "last uses of keys were not written");
        }
        self.inner.pool.close().await;
    }

    /// Returns the key that signs cursors; made on first use and the same for every server of the platform.
    ///
    /// # Errors
    /// [`Error::Database`], or [`Error::Damaged`].
    pub async fn signing_key(&self) -> Result<[u8; 32], Error> {
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ('signing_key', $1) ON CONFLICT (name) DO NOTHING",
        )
        .bind(hex(&rand::random::<[u8; 32]>()))
        .execute(&self.inner.pool)
        .await?;
        let row = sqlx::query("SELECT value FROM settings WHERE name = 'signing_key'");
        let text: String = row.fetch_one(&self.inner.pool).await?.try_get(0)?;
        unhex(&text).ok_or(Error::Damaged { table: "settings" })
    }

    pub(crate) fn now(&self) -> Nanos {
        self.inner.clock.unix_nanos()
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.inner.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a change. Its first statement takes the write lock of either database, so changes never interleave, and
    /// tells other servers that there is something new.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        let mut tx = self.inner.pool.begin().await?;
        sqlx::query("UPDATE revision SET n = n + 1 WHERE id = 1").execute(&mut *tx).await?;
        Ok(tx)
    }

    /// Ends a change and makes it known to the authenticator before returning.
    pub(crate) async fn commit(&self, tx: Transaction<'static, Any>) -> Result<(), Error> {
        tx.commit().await?;
        self.reload().await
    }
}

/// Journal in WAL form with full sync (a created key must survive a power cut), and waiting instead of `busy` errors.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000";

async fn prepare(connection: &mut AnyConnection, is_sqlite: bool) -> Result<(), sqlx::Error> {
    if is_sqlite {
        connection.execute(SQLITE_SETTINGS).await?;
    }
    Ok(())
}

fn address(url_or_path: &str) -> Result<String, Error> {
    if url_or_path.starts_with("postgres://") || url_or_path.starts_with("postgresql://") {
        return Ok(url_or_path.to_owned());
    }
    if url_or_path.is_empty() || url_or_path.contains("://") {
        // A URL may hold a password: only its scheme is repeated.
        let scheme = url_or_path.split("://").next().unwrap_or_default();
        return Err(Error::Address(scheme.to_owned()));
    }
    let path = Path::new(url_or_path);
    create_private(path).map_err(sqlx::Error::Io)?;
    let escaped = url_or_path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Ok(format!("sqlite://{escaped}?mode=rw"))
}

/// Creates the file readable by its owner only; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(|_| ())
}
