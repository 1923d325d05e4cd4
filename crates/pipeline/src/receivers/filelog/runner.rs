//! Puts what files say through the door like any other request, and notes how far it came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sightline_model::{Kind, Signal};
use sightline_runtime::{Scope, Stop};

use super::settings::FileSource;
use super::tailer::Tailer;
use super::tracked::Batch;
use crate::config::Config;
use crate::door::{Door, Format, Refusal};
use crate::names;
use crate::offload;
use crate::receivers::host_name::host_name;

/// Time between two looks at the files.
const POLL: Duration = Duration::from_millis(250);
/// Longest wait when the door does not take anything now; it may tell others, who come over the network, longer ones.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Starts the task that tails files, if there are any.
pub(crate) fn start(config: &Config, door: &Arc<Door>, scope: &Scope) {
    if config.files.is_empty() {
        return;
    }
    let (door, scope_of_reads) = (Arc::clone(door), scope.clone());
    let has_said = AtomicBool::new(false);
    let runner = Runner { sources: config.files.as_slice().into(), door, scope: scope_of_reads, has_said };
    let limits = sightline_otlp::Limits::from(&config.limits);
    let (checkpoint, proc_dir) = (config.files_checkpoint.clone(), config.host.proc_dir.clone());
    scope.spawn("files", |stop| async move {
        let sources = Arc::clone(&runner.sources);
        let open = move || Tailer::open(&sources, checkpoint, host_name(&proc_dir), &limits);
        let opened = offload(&runner.scope, "files", open).await;
        match opened {
            Some(Ok(tailer)) => runner.run(tailer, stop).await,
            Some(Err(error)) => {
                tracing::error!(%error, "no file is tailed: the checkpoint cannot be read");
            }
            None => tracing::error!("no file is tailed because of a defect"),
        }
    });
}

struct Runner {
    sources: Arc<[FileSource]>,
    door: Arc<Door>,
    scope: Scope,
    /// Whether it was said that lines are rejected: old files may be full of them.
    has_said: AtomicBool,
}

impl Runner {
    async fn run(self, mut tailer: Tailer, stop: Stop) {
        while !stop.is_cancelled() {
            let (now, time) = (self.door.clock().monotonic(), self.door.clock().unix_nanos());
            let read = offload(&self.scope, "files", move || {
                let batches = tailer.round(now, time);
                (tailer, batches)
            });
            let Some((back, batches)) = read.await else {
                tracing::error!("files are tailed no more because of a defect");
                return;
            };
            tailer = back;
            if batches.is_empty() {
                stop.run_until_cancelled(tokio::time::sleep(POLL)).await.unwrap_or_default();
                continue;
            }
            let sent = join_all(batches.iter().map(|batch| self.send(batch, &stop))).await;
            for (batch, is_done) in batches.into_iter().zip(sent) {
                if is_done {
                    tailer.sent(batch.file, batch.after);
                }
            }
        }
        // What was begun is in the log; what is noted as pending is sent again after the next start.
        offload(&self.scope, "files", move || tailer.save()).await.unwrap_or_default();
    }

    /// Sends a batch until it is taken, or refused for good; tells whether that happened.
    async fn send(&self, batch: &Batch, stop: &Stop) -> bool {
        while !stop.is_cancelled() {
            let refusal = match self.try_send(batch).await {
                Ok(()) => return true,
                Err(refusal) => refusal,
            };
            let Some(delay) = refusal.retry_after.filter(|_| refusal.kind == Kind::Unavailable) else {
                let owner = self.sources[batch.source].owner();
                tracing::error!(
                    message = refusal.message,
                    records = batch.records,
                    "lines of a file were refused"
                );
                self.door.count_refusal(Signal::Logs, Some(owner.org), &refusal.of_records(batch.records));
                return true;
            };
            names::files("waits").add(1);
            stop.run_until_cancelled(tokio::time::sleep(delay.min(WAIT_MAX))).await.unwrap_or_default();
        }
        false
    }

    async fn try_send(&self, batch: &Batch) -> Result<(), Refusal> {
        let (owner, format) = (self.sources[batch.source].owner(), Format::Protobuf);
        let (name, body) = (batch.id.clone(), batch.body.clone());
        let receipt = self.door.take_own(owner, Signal::Logs, format, name, body).await?;
        for (outcome, n) in
            [("lines", batch.records), ("lines_cut", batch.cut), ("invalid_utf8", batch.invalid)]
        {
            if n > 0 {
                names::files(outcome).add(n);
            }
        }
        if let Some(message) = receipt.message
            && !self.has_said.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                message,
                rejected = receipt.rejected,
                "lines of a file were rejected; from now on only counted"
            );
        }
        Ok(())
    }
}
