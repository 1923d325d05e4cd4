//! Lets the log forget what the store keeps for good (promise.md 2.3.6).

use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::{Health, Stop};
use sightline_wal::Wal;

use super::gauges::Gauges;
use crate::exporters::Storage;

/// How often the amount of new records is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// When to seal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealRules {
    /// Time between two seals.
    pub(crate) every: Duration,
    /// Bytes of new records after which the time is not waited for.
    pub(crate) bytes: u64,
}

/// Seals until the stop, and once more then; shows the state of the log meanwhile.
pub(crate) async fn seal_regularly(
    wal: Wal,
    storage: Arc<dyn Storage>,
    rules: SealRules,
    health: Health,
    stop: Stop,
) {
    let gauges = Gauges::new(health);
    let mut sealed_to = wal.stats().sealed;
    let mut written = wal.stats().bytes_written;
    loop {
        let mut waited = Duration::ZERO;
        while waited < rules.every && wal.stats().bytes_written.saturating_sub(written) < rules.bytes {
            let look = LOOK.min(rules.every);
            if stop.run_until_cancelled(tokio::time::sleep(look)).await.is_none() {
                break;
            }
            waited += look;
            gauges.show(&wal.stats());
        }
        written = wal.stats().bytes_written;
        sealed_to = seal(&wal, storage.as_ref(), sealed_to).await;
        if stop.is_cancelled() {
            return;
        }
    }
}

/// Seals what can be sealed; returns up to where it is.
async fn seal(wal: &Wal, storage: &dyn Storage, sealed_to: u64) -> u64 {
    // Taken before the sync: what is done during it may not be durable in the store after it.
    let up_to = wal.sealable();
    if up_to <= sealed_to {
        return sealed_to;
    }
    let synced = storage.sync_volume().await.map_err(|error| error.to_string());
    let sealed = match synced {
        Ok(()) => wal.seal(up_to).await.map_err(|error| error.to_string()),
        Err(error) => Err(error),
    };
    if let Err(error) = sealed {
        tracing::warn!(error, "the log is kept longer because it cannot be sealed now");
        return sealed_to;
    }
    up_to
}
