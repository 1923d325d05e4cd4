//! The thread that empties the queue, with a runtime of its own.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::watch;

use super::Queue;
use super::attempt::{Destination, Outcome};
use crate::{Config, Error, Exporter};

/// First pause after a failed attempt; doubles up to [`PAUSE_CEILING`].
const PAUSE_FIRST: Duration = Duration::from_millis(200);
/// Longest pause between attempts.
const PAUSE_CEILING: Duration = Duration::from_secs(5);

/// The running exporter thread.
#[derive(Debug)]
pub(crate) struct Worker {
    thread: Option<JoinHandle<()>>,
    give_up: watch::Sender<bool>,
}

impl Worker {
    /// Starts the thread; returns once the destination is known to be well-formed.
    pub(crate) fn start(config: &Config, resource: &Resource, queue: Arc<Queue>) -> Result<Self, Error> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let destination = {
            let _inside = runtime.enter();
            (config.exporter == Exporter::Otlp).then(|| Destination::new(config)).transpose()?
        };
        let (give_up, stop) = watch::channel(false);
        let delay = config.batch_delay;
        let sender = Sender {
            destination,
            resource: resource.into(),
            queue,
            stop,
            batches: 0,
            instance: uuid::Uuid::new_v4(),
        };
        let thread = std::thread::Builder::new()
            .name("sightline-sdk".to_owned())
            .spawn(move || runtime.block_on(sender.run(delay)))
            .map_err(Error::Thread)?;
        Ok(Self { thread: Some(thread), give_up })
    }

    /// Ends the thread: whatever is being retried now is given up.
    pub(crate) fn stop(&mut self) {
        self.give_up.send_replace(true);
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::debug!("the exporter thread ended by a panic");
        }
    }
}

struct Sender {
    destination: Option<Destination>,
    resource: ResourceAttributesWithSchema,
    queue: Arc<Queue>,
    stop: watch::Receiver<bool>,
    batches: u64,
    instance: uuid::Uuid,
}

impl Sender {
    async fn run(mut self, delay: Duration) {
        while !*self.stop.borrow() && !self.queue.is_finished() {
            let mut stop = self.stop.clone();
            tokio::select! {
                () = self.queue.ready(delay) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            let batch = self.queue.take();
            if !batch.is_empty() {
                let spans = batch.len();
                let exported = self.deliver(batch).await;
                self.queue.settle(spans, exported);
            }
        }
        self.queue.abandon();
    }

    /// Returns how many spans were acknowledged.
    async fn deliver(&mut self, batch: Vec<SpanData>) -> usize {
        let spans = batch.len();
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let Some(mut destination) = self.destination.clone() else {
            print_lines(&request);
            return spans;
        };
        self.batches += 1;
        let key = format!("{}-{}", self.instance.simple(), self.batches);
        let mut stop = self.stop.clone();
        tokio::select! {
            exported = send_until_settled(&mut destination, &request, &key, spans) => exported,
            _ = stop.wait_for(|stop| *stop) => 0,
        }
    }
}

/// Sends a request until it is acknowledged or refused for good, and returns how many spans were acknowledged.
async fn send_until_settled(
    destination: &mut Destination,
    request: &ExportTraceServiceRequest,
    key: &str,
    spans: usize,
) -> usize {
    let mut step = PAUSE_FIRST;
    loop {
        let pause = match destination.send(request, key).await {
            Outcome::Accepted { rejected } => {
                return spans.saturating_sub(usize::try_from(rejected).unwrap_or(spans));
            }
            Outcome::Refused { why } => {
                tracing::warn!(target: "sightline_sdk", spans, why, "the receiver refused spans for good");
                return 0;
            }
            Outcome::Retry { pause, .. } => pause.unwrap_or_else(|| step.mul_f64(rand::random::<f64>())),
        };
        step = (step * 2).min(PAUSE_CEILING);
        tokio::time::sleep(pause).await;
    }
}

/// The exporter `console`: a line of JSON per request.
#[expect(clippy::print_stdout, reason = "printing is what this exporter is for")]
fn print_lines(request: &ExportTraceServiceRequest) {
    if let Ok(line) = serde_json::to_string(request) {
        println!("{line}");
    }
}
