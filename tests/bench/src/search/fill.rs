//! Sends all lines as fast as they are taken, and waits until they are stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Plan;
use crate::load::{Connection, Export, Lines, framed, unix_nanos};
use crate::subjects::Platform;
use crate::{Error, cpu};

/// Lines of a request.
const PER_REQUEST: u64 = 2_000;
/// Requests in flight.
const IN_FLIGHT: usize = 6;
/// How long storing may take after the last request.
const STORED_WITHIN: Duration = Duration::from_mins(10);

/// What was filled in.
#[derive(Debug)]
pub(crate) struct Filled {
    /// The invoice of a line in the middle.
    pub(crate) invoice: String,
    /// The trace of a line in the middle, in hex.
    pub(crate) trace: String,
    /// From the first request to the last line stored.
    pub(crate) seconds: f64,
    /// CPU seconds of server and engine, without and of merges.
    pub(crate) cpu: [f64; 3],
}

pub(super) async fn fill(platform: &Platform, plan: &Plan) -> Result<Filled, Error> {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {per_sec}  {msg}");
    let bar = ProgressBar::new(plan.lines)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message("lines");
    let used = || {
        let engine = cpu::of(platform.engine(), Some(cpu::MERGING));
        [cpu::of(platform.server(), None).all, engine.all - engine.named, engine.named]
    };
    let (before, started) = (used(), Instant::now());
    let middle = send(platform, plan, &bar).await?;
    bar.set_message("stored");
    let stored = || platform.counter_of("sightline_pipeline_stored_total", Export::Logs.signal());
    let sent_at = Instant::now();
    while stored()? < plan.lines && sent_at.elapsed() < STORED_WITHIN {
        std::thread::sleep(Duration::from_millis(200));
    }
    let counted = stored()?;
    if counted != plan.lines {
        return Err(Error::Lost { name: "search", sent: plan.lines, counted, what: "stored" });
    }
    bar.finish_and_clear();
    let after = used();
    let (invoice, trace) = middle;
    let cpu = std::array::from_fn(|at| after[at] - before[at]);
    Ok(Filled { invoice, trace, seconds: started.elapsed().as_secs_f64(), cpu })
}

/// Sends the lines; returns invoice and trace of one in the middle.
async fn send(platform: &Platform, plan: &Plan, bar: &ProgressBar) -> Result<(String, String), Error> {
    let connection = Connection::open(platform.grpc, Export::Logs).await?;
    let mut lines = Lines::new(plan.seed, usize::try_from(PER_REQUEST).unwrap_or(1));
    let apart = u64::try_from(plan.over.as_nanos()).unwrap_or(u64::MAX) / plan.lines.max(1);
    let first = unix_nanos() - apart * plan.lines;
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let (mut requests, mut middle): (JoinSet<Result<(), Error>>, _) = (JoinSet::new(), None);
    for number in 0..plan.lines / PER_REQUEST {
        let request = lines.next(first + apart * number * PER_REQUEST, apart);
        if number >= plan.lines / PER_REQUEST / 2 && middle.is_none() {
            middle = names_of(&request);
        }
        let body = framed(&request);
        let permit = Arc::clone(&room).acquire_owned().await;
        let (mut connection, bar) = (connection.clone(), bar.clone());
        requests.spawn(async move {
            let answer = connection.export(body).await;
            drop(permit);
            bar.inc(PER_REQUEST);
            answer
        });
        while let Some(ended) = requests.try_join_next() {
            ended.map_err(|e| Error::Refused(format!("the client broke: {e}")))??;
        }
    }
    while let Some(ended) = requests.join_next().await {
        ended.map_err(|e| Error::Refused(format!("the client broke: {e}")))??;
    }
    middle.ok_or_else(|| Error::Refused("there are too few lines for a trace among them".to_owned()))
}

fn names_of(request: &ExportLogsServiceRequest) -> Option<(String, String)> {
    let scopes = request.resource_logs.iter().flat_map(|of| &of.scope_logs);
    let record = scopes.flat_map(|of| &of.log_records).find(|record| !record.trace_id.is_empty())?;
    let attribute = record.attributes.iter().find(|attribute| attribute.key == "invoice_id")?;
    let Some(Value::StringValue(invoice)) = attribute.value.as_ref()?.value.as_ref() else { return None };
    let trace: String = record.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    Some((invoice.clone(), trace))
}
