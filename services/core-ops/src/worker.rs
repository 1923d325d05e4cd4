//! Does jobs: each attempt is a span in the trace of the request that enqueued it, with a link to that request.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use service_kit::bus::Bus;
use service_kit::{ApiError, Faults, Stop, call};
use sightline_sdk::job::{self, Run};
use sightline_sdk::opentelemetry::trace::TraceContextExt;
use sightline_sdk::opentelemetry::{Context, KeyValue};
use tokio::sync::Notify;

use crate::leases::Leases;
use crate::queue::{Job, Queue};

/// Jobs that the worker knows.
pub(crate) const PROVISION: &str = "device.provision";
pub(crate) const RETIRE: &str = "device.retire";
/// The topic on which done jobs are told.
const TOPIC: &str = "devices";
/// Longest pause between two looks into the queue.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Takes jobs from the queue and does them; clones work side by side.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    queue: Queue,
    leases: Leases,
    bus: Bus,
    faults: Faults,
    news: Arc<Notify>,
}

impl Worker {
    pub(crate) const fn new(
        queue: Queue,
        leases: Leases,
        bus: Bus,
        faults: Faults,
        news: Arc<Notify>,
    ) -> Self {
        Self { queue, leases, bus, faults, news }
    }

    /// Works until the service stops; a job under way is finished first.
    pub(crate) async fn run(self, stop: Stop) {
        while !stop.is_stopping() {
            match self.queue.claim().await {
                Ok(Some(job)) => self.attempt(&job).await,
                Ok(None) => self.wait(&stop).await,
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be read; trying again in a second");
                    stop.sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    async fn wait(&self, stop: &Stop) {
        let due = self.queue.next_due_in().await.ok().flatten().unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
        tokio::select! {
            () = self.news.notified() => {}
            () = stop.stopped() => {}
            // Another worker may have taken what is due already; the least pause keeps this from spinning.
            () = tokio::time::sleep(due.max(Duration::from_millis(5))) => {}
        }
    }

    /// Makes an attempt at a job, and notes its outcome inside its span.
    async fn attempt(&self, job: &Job) {
        let attempt = u32::try_from(job.attempt).unwrap_or(u32::MAX);
        let run = Run { name: &job.name, id: Some(&job.id), attempt, origin: &job.headers, timeout: None };
        let work = async {
            describe(job);
            let result = self.perform(job).await;
            let noted = match &result {
                Ok(()) => self.queue.finish(job).await,
                Err(error) => self.note_failure(job, error).await,
            };
            if let Err(error) = noted {
                tracing::error!(%error, job = job.name, "a job's outcome is not noted; it runs again after a restart");
            }
            result
        };
        job::run(run, work).await.unwrap_or_default();
    }

    async fn note_failure(&self, job: &Job, error: &ApiError) -> sqlx::Result<()> {
        let again = self.queue.fail(job, &error.to_string()).await?;
        tracing::warn!(%error, job = job.name, attempt = job.attempt, ?again, "an attempt failed");
        Ok(())
    }

    async fn perform(&self, job: &Job) -> Result<(), ApiError> {
        let attempt = u32::try_from(job.attempt - 1).unwrap_or(0);
        self.faults.strike_attempt(&format!("job {}", job.name), attempt).await?;
        let device = job.payload["device"].as_str().unwrap_or_default();
        match job.name.as_str() {
            PROVISION => {
                let address = self.leases.allocate(&call::tenant()?, device).await?.to_string();
                self.tell("device.provisioned", json!({ "device": device, "address": address })).await
            }
            _ => {
                self.leases.release(device).await?;
                self.tell("device.retired", json!({ "device": device })).await
            }
        }
    }

    async fn tell(&self, kind: &'static str, body: Value) -> Result<(), ApiError> {
        self.bus.publish(TOPIC, kind, body).await
    }
}

/// Says on the job's span how long it waited.
fn describe(job: &Job) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of waiting are far below 2^52")]
    let waited = job.waited_ms as f64 / 1_000.0;
    Context::current().span().set_attribute(KeyValue::new("dotmac.job.queue_time", waited));
}
