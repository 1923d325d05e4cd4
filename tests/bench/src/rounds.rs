//! The run: start all subjects, warm them up, then measure each once per round in rotated order.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;

use crate::load::{Body, Sender, Shape, bodies};
use crate::report::{Conditions, Report};
use crate::subjects::{Row, Subject, Used, start_all};
use crate::{Error, noise};

/// Encoded requests of a run; they repeat after that.
const BODIES: usize = 64;
/// Part of a round's spans that each subject gets before the first round.
const WARM_UP: f64 = 0.1;

/// The programs that are not this one.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The server, optimised.
    pub sightline: PathBuf,
    /// The OpenTelemetry Collector; none: its row is left out.
    pub collector: Option<PathBuf>,
}

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The load.
    pub shape: Shape,
    /// How often each subject is measured.
    pub rounds: usize,
    /// Spans of a round, as a part of what gives two seconds of CPU time.
    pub scale: f64,
    /// Folder for logs and data; what is made in it is removed at the end.
    pub folder: PathBuf,
    /// Rows to measure by name; empty: all.
    pub only: Vec<String>,
}

/// What one subject did in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) row: Row,
    pub(crate) spans: u64,
    pub(crate) used: Used,
    pub(crate) wall: Duration,
    /// CPU time of the fixed work right before, in milliseconds.
    pub(crate) noise_ms: f64,
}

impl Sample {
    /// Returns CPU seconds per million spans without merges.
    pub(crate) fn cost(&self) -> f64 {
        self.per_million(self.used.server + self.used.engine - self.used.merges)
    }

    /// Scales seconds to a million spans.
    #[expect(clippy::cast_precision_loss, reason = "a few millions")]
    pub(crate) fn per_million(&self, seconds: f64) -> f64 {
        seconds * 1e6 / self.spans as f64
    }
}

/// Runs it; the table comes out.
///
/// # Errors
/// [`Error`] when a subject does not start, refuses a request, or loses a span.
pub fn run(programs: &Programs, plan: &Plan) -> Result<Report, Error> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let folder = tempfile::tempdir_in(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let runtime = Runtime::new().map_err(Error::io("runtime"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let bodies = Arc::new(bodies(plan.shape, BODIES, u64::try_from(now).unwrap_or_default()));
    let is_wanted = |row: Row| plan.only.is_empty() || plan.only.iter().any(|name| name == row.name());
    let outcome = start_all(programs, folder.path(), is_wanted).and_then(|subjects| {
        let mut bench = Bench::connect(plan, &runtime, subjects, bodies)?;
        bench.warm_up()?;
        for round in 0..plan.rounds {
            bench.round(round)?;
        }
        Ok(bench.report())
    });
    if outcome.is_err() {
        // The logs tell why; they stay for the reader.
        let kept = folder.keep();
        return outcome.map_err(|e| Error::Kept { cause: Box::new(e), folder: kept.display().to_string() });
    }
    outcome
}

struct Bench<'a> {
    plan: &'a Plan,
    runtime: &'a Runtime,
    subjects: Vec<(Subject, Sender)>,
    bodies: Arc<Vec<Body>>,
    noise: Vec<u8>,
    progress: ProgressBar,
    rounds: Vec<Vec<Sample>>,
    loads: Vec<f64>,
}

impl<'a> Bench<'a> {
    fn connect(
        plan: &'a Plan,
        runtime: &'a Runtime,
        subjects: Vec<Subject>,
        bodies: Arc<Vec<Body>>,
    ) -> Result<Self, Error> {
        let mut with_senders = Vec::new();
        for subject in subjects {
            let sender = Sender::connect(subject.address, Arc::clone(&bodies), subject.row.freshness());
            with_senders.push((runtime.block_on(sender)?, subject));
        }
        let subjects: Vec<_> = with_senders.into_iter().map(|(sender, subject)| (subject, sender)).collect();
        let per_round: u64 = subjects.iter().map(|(subject, _)| scaled(subject.row, plan.scale)).sum();
        let warm: u64 = subjects.iter().map(|(subject, _)| scaled(subject.row, plan.scale * WARM_UP)).sum();
        let total = per_round * u64::try_from(plan.rounds).unwrap_or(1) + warm;
        let progress = ProgressBar::new(total).with_style(
            ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed_precise}  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let (noise, rounds, loads) = (noise::bytes(), Vec::new(), Vec::new());
        Ok(Self { plan, runtime, subjects, bodies, noise, progress, rounds, loads })
    }

    fn warm_up(&self) -> Result<(), Error> {
        for (subject, sender) in &self.subjects {
            self.tell(&format!("warm-up: {}", subject.row.title()));
            if subject.row == Row::Door {
                // Puts every request into the log once: from now on each is a repetition.
                let once = self.bodies.iter().map(|body| body.spans).sum();
                self.runtime.block_on(sender.send(once, &ProgressBar::hidden()))?;
            }
            let mark = subject.mark()?;
            let spans = scaled(subject.row, self.plan.scale * WARM_UP);
            let sent = self.runtime.block_on(sender.send(spans, &self.progress))?;
            subject.finish(mark, sent)?;
        }
        Ok(())
    }

    fn round(&mut self, round: usize) -> Result<(), Error> {
        let mut samples = Vec::with_capacity(self.subjects.len());
        for at in 0..self.subjects.len() {
            let (subject, sender) = &self.subjects[(at + round) % self.subjects.len()];
            self.tell(&format!("round {} of {}: {}", round + 1, self.plan.rounds, subject.row.title()));
            let noise_ms = noise::work_ms(&self.noise);
            let (mark, repeated) = (subject.mark()?, subject.repeated()?);
            let (before, started) = (subject.used(), Instant::now());
            let spans = scaled(subject.row, self.plan.scale);
            let sent = self.runtime.block_on(sender.send(spans, &self.progress))?;
            let wall = started.elapsed();
            subject.finish(mark, sent)?;
            let used = subject.used() - before;
            check_repeated(subject, repeated, sent)?;
            samples.push(Sample { row: subject.row, spans: sent, used, wall, noise_ms });
        }
        samples.sort_by_key(|sample| sample.row);
        self.rounds.push(samples);
        self.loads.push(noise::load_1m());
        Ok(())
    }

    /// Shows what is being done: beside the bar, or as a line where there is no terminal.
    fn tell(&self, what: &str) {
        self.progress.set_message(what.to_owned());
        if self.progress.is_hidden() {
            // Nobody may be listening, which is no reason to stop.
            drop(writeln!(std::io::stderr(), "    {what}"));
        }
    }

    fn report(self) -> Report {
        self.progress.finish_and_clear();
        let spans: u64 = self.bodies.iter().map(|body| body.spans).sum();
        let bytes: usize = self.bodies.iter().map(Body::len).sum();
        let peaks = self.subjects.iter().map(|(s, _)| (s.row, s.memory_peaks_mib())).collect();
        let conditions = Conditions {
            shape: self.plan.shape,
            bytes_per_span: bytes / usize::try_from(spans.max(1)).unwrap_or(1),
            loads: self.loads,
            peaks,
        };
        Report::new(self.rounds, conditions)
    }
}

/// Of the door only repetitions may be measured. The log forgets a request after a quarter of an hour, so that a few
/// may be stored once more in a long run.
fn check_repeated(subject: &Subject, before: u64, sent: u64) -> Result<(), Error> {
    let counted = subject.repeated()? - before;
    if subject.row == Row::Door && counted < sent / 10 * 9 {
        return Err(Error::Lost { name: subject.row.name(), sent, counted, what: "repeated" });
    }
    Ok(())
}

/// Returns a part of a row's spans.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a few millions"
)]
fn scaled(row: Row, scale: f64) -> u64 {
    ((row.spans() as f64 * scale) as u64).max(1)
}
