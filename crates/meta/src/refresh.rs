//! Keeps the memory of credentials at most five seconds behind the database, and writes last uses back.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sightline_model::Nanos;
use sightline_runtime::Stop;

use crate::{Error, Meta, snapshot};

/// How often the revision is asked for. A revocation elsewhere is seen after this and one reading: within 5 s.
const EVERY: Duration = Duration::from_secs(2);
/// Last uses are written at most once a minute for each key and session.
const WRITE_EVERY: Nanos = 60 * 1_000_000_000;

/// Runs until stopped. Reads on when the database is away: what is known stays valid, expiry is always checked.
pub(crate) async fn run(meta: Meta, stop: Stop) {
    let mut was_failing = false;
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        let outcome = meta.refresh().await;
        note(&outcome, was_failing);
        was_failing = outcome.is_err();
    }
}

/// Logs the first failure of a row of them, and its end.
fn note(outcome: &Result<(), Error>, was_failing: bool) {
    if outcome.is_err() == was_failing {
        return;
    }
    let text = if was_failing {
        "credentials are refreshed again"
    } else {
        "credentials are not refreshed; changes made elsewhere are not seen"
    };
    tracing::warn!(cause = ?outcome.as_ref().err(), "{text}");
}

impl Meta {
    /// Does now what is done every two seconds: writes last uses, and reads the credentials if they were changed.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn refresh(&self) -> Result<(), Error> {
        self.write_uses().await?;
        let mut connection = self.inner.pool.acquire().await?;
        let revision = snapshot::revision(&mut connection).await?;
        drop(connection);
        if revision != self.snapshot().revision {
            self.reload().await?;
        }
        Ok(())
    }

    /// Reads the credentials anew.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let _turn = self.inner.reload.lock().await;
        let before = self.snapshot();
        let mut connection = self.inner.pool.acquire().await?;
        let after = Arc::new(snapshot::load(&mut connection, &before).await?);
        *self.inner.snapshot.write().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(())
    }

    /// Writes the last uses that are due.
    pub(crate) async fn write_uses(&self) -> Result<(), Error> {
        let snapshot = self.snapshot();
        for (id, entry) in &snapshot.keys {
            if let Some(at) = entry.used.due(WRITE_EVERY) {
                let update = sqlx::query("UPDATE api_keys SET last_used_at = $1 WHERE id = $2");
                update.bind(at).bind(id.as_str()).execute(&self.inner.pool).await?;
                entry.used.set_written(at);
            }
        }
        let due: Vec<_> = snapshot
            .sessions
            .iter()
            .filter_map(|(digest, entry)| Some((digest, entry, entry.seen.due(WRITE_EVERY)?)))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        // As a change, so that other servers do not take a session for idle that is used here.
        let mut tx = self.begin().await?;
        for (digest, entry, at) in due {
            let update = sqlx::query("UPDATE sessions SET seen_at = $1 WHERE token_hash = $2");
            update.bind(at).bind(digest.to_hex()).execute(&mut *tx).await?;
            entry.seen.set_written(at);
        }
        tx.commit().await?;
        Ok(())
    }
}
