//! Log records that somebody asked the server itself to write, through the door like all others: durable when it returns.

use std::sync::Arc;

use bytes::Bytes;
use sightline_model::{IngestScope, Kind, RejectReason, Signal};

use crate::door::{Door, Format, kind_of};

/// The way in for what the API takes. Clones share it.
#[derive(Clone)]
pub struct Posting {
    pub(crate) door: Arc<Door>,
}

impl std::fmt::Debug for Posting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Posting").finish_non_exhaustive()
    }
}

impl Posting {
    /// Takes a request for logs in OTLP's JSON and returns when it is in the log, fsynced. `id` names the request: taken
    /// twice it is written once.
    ///
    /// # Errors
    /// What the asker can do about it, why, and a text for them: nothing was taken then.
    pub async fn take(
        &self,
        scope: IngestScope,
        id: &str,
        json: Vec<u8>,
    ) -> Result<(), (Kind, RejectReason, String)> {
        let name = format!("posted {id}");
        let taken = self.door.take_once(scope, Signal::Logs, Format::Json, name, Bytes::from(json)).await;
        let receipt = taken.map_err(|refusal| (refusal.kind, refusal.reason, refusal.message))?;
        if receipt.rejected == 0 {
            return Ok(());
        }
        let reason = receipt.reason.unwrap_or(RejectReason::Internal);
        Err((
            kind_of(reason),
            reason,
            receipt.message.unwrap_or_else(|| "the record was rejected".to_owned()),
        ))
    }
}
