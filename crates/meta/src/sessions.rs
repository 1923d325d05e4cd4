//! One-time login tokens and the sessions of browsers.
//!
//! A session is an opaque 256-bit token: 30 minutes idle, 12 hours at most, a new one at every login.

use sightline_model::Nanos;
use sightline_runtime::Secret;

use crate::rows::text;
use crate::secret::{Digest, fresh_secret};
use crate::users::{self, User};
use crate::{Error, Meta};

const MINUTE: Nanos = 60 * 1_000_000_000;
/// How long a login token can be used.
pub(crate) const LOGIN_LIFE: Nanos = 15 * MINUTE;
/// How long a session lives, however much it is used.
pub(crate) const SESSION_LIFE: Nanos = 12 * 60 * MINUTE;
/// How long a session lives without being used.
pub(crate) const SESSION_IDLE: Nanos = 30 * MINUTE;

/// The result of a login.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// Who it is.
    pub user: User,
    /// The value of the session cookie.
    pub token: Secret<String>,
    /// When the session ends at the latest.
    pub expires_at: Nanos,
}

/// Begins and ends sessions.
#[derive(Debug)]
pub struct Sessions<'a>(&'a Meta);

impl Meta {
    /// Returns the repository of sessions.
    #[must_use]
    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// Makes a token with which the user can log in once, within 15 minutes.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn one_time_login(&self, user: &User) -> Result<Secret<String>, Error> {
        let token = fresh_secret();
        let now = self.now();
        sqlx::query("DELETE FROM logins WHERE expires_at < $1").bind(now).execute(&self.inner.pool).await?;
        sqlx::query("INSERT INTO logins (token_hash, user_id, expires_at, used_at) VALUES ($1, $2, $3, 0)")
            .bind(Digest::of(&token).to_hex())
            .bind(&user.id)
            .bind(now + LOGIN_LIFE)
            .execute(&self.inner.pool)
            .await?;
        Ok(Secret::new(token))
    }
}

impl Sessions<'_> {
    /// Uses up a login token and begins a session. A session that the browser still had is ended, so that a planted
    /// one gains nothing.
    ///
    /// # Errors
    /// [`Error::LoginRefused`] when the token is unknown, used or too old.
    pub async fn log_in(&self, token: &str, previous: Option<&str>) -> Result<LoggedIn, Error> {
        let now = self.0.now();
        let hash = Digest::of(token).to_hex();
        let mut tx = self.0.begin().await?;
        // The condition is part of the update: of two requests with one token, one finds it used.
        let used = sqlx::query(
            "UPDATE logins SET used_at = $1 WHERE token_hash = $2 AND used_at = 0 AND expires_at > $3",
        );
        let used = used.bind(now).bind(&hash).bind(now).execute(&mut *tx).await?;
        if used.rows_affected() == 0 {
            return Err(Error::LoginRefused);
        }
        let row = sqlx::query(
            "SELECT u.id, u.org, u.name, u.role, u.tenants, u.created_at FROM users u \
             JOIN logins l ON l.user_id = u.id WHERE l.token_hash = $1",
        );
        let user = users::read(&row.bind(&hash).fetch_one(&mut *tx).await?)?;
        let purge = sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR token_hash = $2");
        purge.bind(now).bind(previous.map_or_else(String::new, hash_of)).execute(&mut *tx).await?;
        let session = fresh_secret();
        let expires_at = now + SESSION_LIFE;
        sqlx::query(
            "INSERT INTO sessions (token_hash, user_id, created_at, expires_at, seen_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(hash_of(&session))
        .bind(&user.id)
        .bind(now)
        .bind(expires_at)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        self.0.commit(tx).await?;
        Ok(LoggedIn { user, token: Secret::new(session), expires_at })
    }

    /// Ends the session; a stolen cookie is worth nothing afterwards. No error when there is none.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn end(&self, token: &str) -> Result<(), Error> {
        let mut tx = self.0.begin().await?;
        let delete = sqlx::query("DELETE FROM sessions WHERE token_hash = $1");
        delete.bind(hash_of(token)).execute(&mut *tx).await?;
        self.0.commit(tx).await
    }
}

fn hash_of(token: &str) -> String {
    Digest::of(token).to_hex()
}

/// A session as a row.
pub(crate) struct SessionRow {
    pub(crate) digest: Digest,
    pub(crate) user_id: String,
    pub(crate) expires_at: Nanos,
    pub(crate) seen_at: Nanos,
}

pub(crate) fn read(row: &sqlx::any::AnyRow) -> Result<SessionRow, Error> {
    Ok(SessionRow {
        digest: Digest::from_hex(&text(row, "token_hash")?).ok_or(Error::Damaged { table: "sessions" })?,
        user_id: text(row, "user_id")?,
        expires_at: crate::rows::number(row, "expires_at")?,
        seen_at: crate::rows::number(row, "seen_at")?,
    })
}
