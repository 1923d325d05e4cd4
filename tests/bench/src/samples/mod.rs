//! Samples of 20,000 series: what taking them costs, what they weigh, and a range query over a fifth of the series; beside
//! VictoriaMetrics and Prometheus, which get the same samples by remote write.

mod peer;
mod question;
mod remote_write;
mod report;
mod subject;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

pub use report::Report;

use crate::load::{Points, SERIES, SERVICES, unix_nanos};
use crate::{Error, Programs, noise};
use report::Round;
use subject::Subject;

/// Between two samples of a series.
pub(crate) const STEP: Duration = Duration::from_secs(15);

/// Programs to compare with.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    /// VictoriaMetrics, single node.
    pub victoria: Option<PathBuf>,
    /// Prometheus 2.
    pub prometheus: Option<PathBuf>,
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of the load.
    pub seed: u64,
    /// Steps of each round; a step is one sample of each series.
    pub steps: u32,
    /// How often each subject is measured.
    pub rounds: u32,
    /// How often the query is asked.
    pub repeats: usize,
    /// Folder for logs and data; what is made in it is removed at the end.
    pub folder: PathBuf,
}

/// Runs it.
///
/// # Errors
/// [`Error`] when a subject does not start, refuses samples, loses one, or does not answer.
pub fn run(programs: &Programs, peers: &Peers, plan: &Plan) -> Result<Report, Error> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let folder = tempfile::tempdir_in(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let mut subjects = subject::start_all(programs, peers, folder.path())?;
    let steps = plan.steps * plan.rounds;
    let first = unix_nanos() - nanos(STEP) * u64::from(steps);
    let mut sources: Vec<Points> =
        subjects.iter().map(|_| Points::new(plan.seed, first - nanos(STEP))).collect();
    let progress = bar(u64::from(plan.rounds) * subjects.len() as u64);
    let mut rounds = Vec::new();
    for round in 0..plan.rounds {
        for turn in 0..subjects.len() {
            let at = (turn + round as usize) % subjects.len();
            progress.set_message(format!("round {} of {}: {}", round + 1, plan.rounds, subjects[at].name()));
            let from = first + nanos(STEP) * u64::from(round * plan.steps);
            rounds.push(measure(&mut subjects[at], &mut sources[at], from, plan.steps)?);
            progress.inc(1);
        }
    }
    progress.set_message("queries");
    let end = first + nanos(STEP) * u64::from(steps);
    let queries =
        subjects.iter().map(|subject| question::ask(subject, plan, end)).collect::<Result<_, _>>()?;
    progress.set_message("weighing");
    let mut weights = Vec::new();
    for subject in subjects {
        weights.push((subject.name(), subject.weigh(u64::from(steps) * SERIES as u64)?));
    }
    progress.finish_and_clear();
    Ok(Report { plan: plan.clone(), rounds, queries, weights, load_1m: noise::load_1m() })
}

/// Sends so many steps to a subject and waits until it has them.
fn measure(subject: &mut Subject, points: &mut Points, from: u64, steps: u32) -> Result<Round, Error> {
    subject.begin()?;
    let (before, started) = (subject.used(), Instant::now());
    for step in 0..steps {
        for _ in 0..SERVICES.len() {
            subject.send(points, from + nanos(STEP) * u64::from(step))?;
        }
    }
    subject.settle(u64::from(steps) * SERIES as u64)?;
    let used = subject.used() - before;
    let samples = u64::from(steps) * SERIES as u64;
    let memory_mib = subject.memory_mib();
    Ok(Round { subject: subject.name(), samples, used, seconds: started.elapsed().as_secs_f64(), memory_mib })
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {elapsed_precise}  {msg}");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
