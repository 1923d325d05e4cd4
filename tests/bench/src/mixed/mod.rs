//! All three signals at once at a fixed pace, one question a second beside them: nothing is lost, and how long
//! acknowledging, finding and asking take.

mod ask;
mod pace;
mod probe;
mod report;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use tokio::sync::watch as signal;

pub use report::Report;

use crate::load::Export;
use crate::subjects::Platform;
use crate::{Error, Programs, noise};
use pace::{Paced, Pacer};
use report::Loss;

/// How long after the last request everything may take to be stored.
const STORED_WITHIN: Duration = Duration::from_mins(3);

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of the load.
    pub seed: u64,
    /// How long.
    pub lasts: Duration,
    /// Spans per second.
    pub spans: u32,
    /// Log lines per second.
    pub lines: u32,
    /// Samples per second.
    pub points: u32,
    /// Folder for logs and data; what is made in it is removed at the end.
    pub folder: PathBuf,
}

/// Runs it.
///
/// # Errors
/// [`Error`] when the server does not start or stops answering. Refused requests and lost records are in the report.
pub fn run(programs: &Programs, plan: &Plan) -> Result<Report, Error> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let folder = tempfile::tempdir_in(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let runtime = Runtime::new().map_err(Error::io("runtime"))?;
    let platform = Platform::start(programs, folder.path())?;
    runtime.block_on(measure(&platform, plan))
}

async fn measure(platform: &Platform, plan: &Plan) -> Result<Report, Error> {
    let (over, ended) = signal::channel(false);
    let exports = [(Export::Traces, plan.spans), (Export::Logs, plan.lines), (Export::Metrics, plan.points)];
    let mut pacers = Vec::new();
    for (export, rate) in exports.into_iter().filter(|(_, rate)| *rate > 0) {
        let pacer = Pacer::connect(platform.grpc, export, rate, plan.seed).await?;
        pacers.push((export, tokio::task::spawn(pacer.run(plan.lasts))));
    }
    let asking = tokio::task::spawn(ask::run(platform.asker(), ended.clone()));
    let probing = tokio::task::spawn(probe::run(platform.grpc, platform.asker(), ended.clone()));
    let watching = tokio::task::spawn(watch::run(platform.server(), platform.engine(), ended));
    let progress = Progress::start(plan.lasts);
    let mut sent: Vec<(Export, Paced)> = Vec::new();
    for (export, task) in pacers {
        sent.push((export, task.await.map_err(|e| broken(&e))??));
    }
    progress.finish();
    over.send_replace(true);
    let (questions, probes) =
        (asking.await.map_err(|e| broken(&e))?, probing.await.map_err(|e| broken(&e))??);
    let watched = watching.await.map_err(|e| broken(&e))?;
    let losses = settle(platform, &sent, &probes.sent)?;
    let load_1m = noise::load_1m();
    Ok(Report { plan: plan.clone(), sent, questions, freshness: probes.freshness, watched, losses, load_1m })
}

fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Refused(format!("the client broke: {error}"))
}

/// Waits until the server counts as stored what was acknowledged, and tells both.
fn settle(
    platform: &Platform,
    sent: &[(Export, Paced)],
    probes: &[(Export, u64)],
) -> Result<Vec<Loss>, Error> {
    let started = Instant::now();
    let mut losses = Vec::new();
    for (export, paced) in sent {
        let probed: u64 = probes.iter().filter(|(of, _)| of == export).map(|(_, n)| n).sum();
        let acknowledged = paced.taken + probed;
        let stored = || platform.counter_of("sightline_pipeline_stored_total", export.signal());
        while stored()? < acknowledged && started.elapsed() < STORED_WITHIN {
            std::thread::sleep(Duration::from_millis(100));
        }
        losses.push(Loss { export: *export, acknowledged, stored: stored()? });
    }
    Ok(losses)
}

/// A bar over the time, or nothing where there is no terminal.
struct Progress {
    bar: ProgressBar,
    task: tokio::task::JoinHandle<()>,
}

impl Progress {
    fn start(lasts: Duration) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {elapsed_precise}  {msg}");
        let bar = ProgressBar::new(lasts.as_secs())
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message("three signals, one question a second");
        let shown = Arc::new(bar.clone());
        let task = tokio::task::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                shown.inc(1);
            }
        });
        Self { bar, task }
    }

    fn finish(self) {
        self.task.abort();
        self.bar.finish_and_clear();
    }
}
