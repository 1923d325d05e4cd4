//! One run of a job.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};

use crate::bus::{Headers, link_to, short_type_name};
use crate::exchange::Call;
use crate::metrics::{Counter, Histogram, UpDownCounter};
use crate::propagation::{self, texts};

static RUNS: Counter = Counter::new("dotmac.job.runs", "{run}", "Runs of jobs by outcome");
static RETRIES: Counter = Counter::new("dotmac.job.retries", "{retry}", "Runs of jobs that failed before");
static ACTIVE: UpDownCounter = UpDownCounter::new("dotmac.job.active", "{run}", "Runs in progress");
static DURATION: Histogram = Histogram::new("dotmac.job.duration", "s", "Duration of runs");

/// A run of a background job.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What is done, as `device.configure`; the span's name.
    pub name: &'a str,
    /// Which job, if jobs have ids.
    pub id: Option<&'a str>,
    /// 1 at the first run, 2 at the first retry.
    pub attempt: u32,
    /// Where the job was ordered: what [`origin`] returned there.
    pub origin: &'a Headers,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// Why a run did not succeed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure<E: fmt::Display> {
    /// The work failed.
    #[error("{0}")]
    Work(E),
    /// The work took longer than it may.
    #[error("the run took longer than {0:?}")]
    Timeout(Duration),
}

/// Returns the present trace and tenant as text, to be kept beside a job that is queued.
#[must_use]
pub fn origin() -> Headers {
    let mut headers = Headers::new();
    propagation::inject(&Context::current(), &mut texts::Write(&mut headers), true);
    headers
}

/// Runs a background job in a span that is a child of where it was ordered, and linked to it, on behalf of its tenant.
///
/// # Errors
/// [`Failure`].
pub async fn run<T, E: fmt::Display>(
    run: Run<'_>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure<E>> {
    let ordered = propagation::extract(&texts::Read(run.origin), true);
    let mut attributes = vec![KeyValue::new("dotmac.job.attempt", i64::from(run.attempt))];
    attributes.extend(run.id.map(|id| KeyValue::new("dotmac.job.id", id.to_owned())));
    if run.attempt > 1 {
        RETRIES.add_in(&ordered, 1, &[KeyValue::new("dotmac.job.name", run.name.to_owned())]);
    }
    execute(run.name, &ordered, attributes, run.timeout, work).await
}

/// Runs work in a span of its own under a context.
pub(super) async fn execute<T, E: fmt::Display>(
    name: &str,
    parent: &Context,
    mut attributes: Vec<KeyValue>,
    timeout: Option<Duration>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure<E>> {
    let labels = vec![KeyValue::new("dotmac.job.name", name.to_owned())];
    attributes.extend(labels.clone());
    let tracer = global::tracer("sightline-sdk/job");
    let span = tracer
        .span_builder(name.to_owned())
        .with_kind(SpanKind::Internal)
        .with_attributes(attributes)
        .with_links(link_to(parent))
        .start_with_context(&tracer, parent);
    let call = Call::new(&parent.with_span(span), &DURATION, labels.clone());
    let mut call = call.counted_in(&ACTIVE, labels);
    let work = work.with_context(call.context().clone());
    let result = match timeout {
        None => work.await.map_err(Failure::Work),
        Some(limit) => match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(Failure::Work),
            Err(_) => Err(Failure::Timeout(limit)),
        },
    };
    settle(&mut call, &result);
    result
}

fn settle<T, E: fmt::Display>(call: &mut Call, result: &Result<T, Failure<E>>) {
    let (outcome, error) = match result {
        Ok(_) => ("ok", None),
        Err(Failure::Work(error)) => ("failed", Some((short_type_name::<E>(), error.to_string()))),
        Err(timeout @ Failure::Timeout(_)) => ("timeout", Some(("timeout".to_owned(), timeout.to_string()))),
    };
    call.note(KeyValue::new("dotmac.job.outcome", outcome));
    if let Some((error_type, message)) = error {
        let span = call.context().span();
        span.set_attribute(KeyValue::new("error.type", error_type));
        span.set_status(Status::error(message));
    }
    RUNS.add_in(&call.tenant_context(), 1, call.labels());
}

/// Counts scheduled runs that were missed.
pub(super) fn count_skipped(name: &'static str, n: u64) {
    if n > 0 {
        let labels = [KeyValue::new("dotmac.job.name", name), KeyValue::new("dotmac.job.outcome", "skipped")];
        RUNS.add_in(&Context::new(), n, &labels);
    }
}
