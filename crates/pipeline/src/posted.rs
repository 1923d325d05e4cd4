//! Log records that somebody asked the server itself to write, through the door like all others: durable when it returns.

use std::sync::Arc;

use bytes::Bytes;
use sightline_model::{IngestScope, Kind, Signal};

use crate::door::{Door, Encoding, Format, Parts, Refusal};
use crate::signals::Spec;

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
    /// What the asker can do about it, and a text for them: nothing was taken then.
    pub async fn take(&self, scope: IngestScope, id: &str, json: Vec<u8>) -> Result<(), (Kind, String)> {
        let told = |refusal: Refusal| (refusal.kind, refusal.message);
        let Some(spec) = Spec::of(Signal::Logs) else {
            return Err((Kind::Internal, "logs are not received".to_owned()));
        };
        let body = Bytes::from(json);
        let visit = self.door.enter_own(scope, spec, body.len()).map_err(told)?;
        let batch_id = Some(Bytes::from(format!("posted {id}")));
        let parts = Parts { encoding: Encoding::Identity, format: Format::Json, batch_id, body };
        let receipt = self.door.take(visit, parts).await.map_err(told)?;
        if receipt.rejected == 0 {
            return Ok(());
        }
        Err((Kind::Invalid, receipt.message.unwrap_or_else(|| "the record was rejected".to_owned())))
    }
}
