//! Empties one queue: takes a batch, and stays with it until it is settled or the process ends.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use prost::Message;

use super::Queue;
use super::attempt::Parcel;
use super::pool::{Pool, Round};
use super::record::Record;

/// What one signal needs to be sent.
pub(super) struct Sender<T> {
    pub(super) queue: Arc<Queue<T>>,
    /// None: printed on standard output.
    pub(super) pool: Option<Arc<Pool>>,
    pub(super) resource: Arc<ResourceAttributesWithSchema>,
    pub(super) batch_delay: Duration,
    /// Names the process and the signal in batch keys.
    pub(super) name: String,
}

impl<T: Record> Sender<T> {
    /// Sends until the queue is closed and empty.
    pub(super) async fn run(self) {
        let mut batches = 0_u64;
        while !self.queue.is_finished() {
            self.queue.ready(self.batch_delay).await;
            let batch = self.queue.take();
            if batch.is_empty() {
                continue;
            }
            let records = batch.iter().map(Record::count).sum();
            let request = T::request(batch, &self.resource);
            let Some(pool) = &self.pool else {
                print_line(&request);
                self.queue.settle(records, records);
                continue;
            };
            batches += 1;
            let key = format!("{}-{batches}", self.name);
            let parcel = Parcel { path: T::PATH, body: request.encode_to_vec().into(), records, key };
            let exported = self.deliver(pool, &parcel).await;
            self.queue.settle(records, exported);
        }
    }

    async fn deliver(&self, pool: &Pool, parcel: &Parcel) -> u64 {
        loop {
            if let Round::Settled { exported } = pool.round(parcel).await {
                return exported;
            }
            self.pause(pool.pause_max()).await;
        }
    }

    /// After a round in which all failed; somebody who waits may ask for the next try at once, but the end of the
    /// process is not a reason to try without any pause.
    async fn pause(&self, longest: Duration) {
        if self.queue.is_closed() {
            tokio::time::sleep(longest.min(Duration::from_millis(200))).await;
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = self.queue.hurried() => {}
        }
    }
}

/// The exporter `console`: a line of JSON per request.
#[expect(clippy::print_stdout, reason = "printing is what this exporter is for")]
fn print_line(request: &impl serde::Serialize) {
    if let Ok(line) = serde_json::to_string(request) {
        println!("{line}");
    }
}
