//! Keeps the child running: starts it again when it ends, watches it, stops it.

use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::{Backoff, Clock, Scope, Stop, metrics};
use tokio::sync::{oneshot, watch};

use crate::process::{Process, Recipe, is_answering};
use crate::{Access, Error, names};

/// How often the child is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Attempts at the first start: the last engine of this folder may still be ending.
const FIRST_ATTEMPTS: u32 = 6;
/// Ticks of the CPU clock in `/proc`, a second.
const TICKS: u64 = 100;

/// What is known of the child.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether it answers.
    pub up: bool,
    /// How often it was started again.
    pub restarts: u64,
    /// What it says its version is.
    pub version: Option<String>,
    /// Its process id while it runs.
    pub pid: Option<u32>,
    /// Its resident memory.
    pub rss_bytes: u64,
    /// Whether it has answered since the server started.
    pub has_answered: bool,
}

pub(crate) struct Supervisor {
    pub(crate) recipe: Recipe,
    pub(crate) access: Access,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: Scope,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) client: reqwest::Client,
}

/// Why a life of the child ended.
enum End {
    Asked,
    Died(String),
}

impl Supervisor {
    /// Runs until asked to stop. `first` gets the outcome of the first start; when that failed, it ends.
    pub(crate) async fn run(self, stop: Stop, first: oneshot::Sender<Result<(), Error>>) {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let mut first = Some(first);
        loop {
            match self.live(&stop, &mut first, &mut backoff).await {
                Ok(End::Asked) => return,
                Ok(End::Died(how)) => tracing::warn!(how, "the engine ended and is started again"),
                Err(error) => match first.take_if(|_| is_final(&error, backoff.attempts())) {
                    Some(waiting) => {
                        let _gone = waiting.send(Err(error));
                        return;
                    }
                    None => tracing::warn!(%error, "the engine does not start"),
                },
            }
            self.note(|status| {
                let (restarts, has_answered) = (status.restarts, status.has_answered);
                *status = Status { restarts, has_answered, ..Status::default() };
            });
            let pause = tokio::time::sleep(backoff.next_pause());
            tokio::select! {
                () = stop.cancelled() => return,
                () = pause => {}
            }
            if first.is_none() {
                metrics::counter(names::RESTARTS, &[]).add(1);
                self.note(|status| status.restarts += 1);
            }
        }
    }

    /// One life of the child, from spawn to end.
    async fn live(
        &self,
        stop: &Stop,
        first: &mut Option<oneshot::Sender<Result<(), Error>>>,
        backoff: &mut Backoff,
    ) -> Result<End, Error> {
        let started = self.clock.monotonic();
        let mut process = Process::spawn(&self.recipe, &self.tasks)?;
        let version = tokio::select! {
            version = process.ready(&self.client, &self.access, &*self.clock) => Some(version),
            () = stop.cancelled() => None,
        };
        let version = match version {
            Some(Ok(version)) => version,
            Some(Err(error)) => {
                process.stop().await;
                return Err(error);
            }
            None => {
                process.stop().await;
                return Ok(End::Asked);
            }
        };
        let took = self.clock.monotonic().saturating_sub(started);
        metrics::histogram(names::START_DURATION, &[]).record(took);
        tracing::info!(version, pid = process.id(), took_ms = took.as_millis(), "the engine answers");
        let pid = process.id();
        self.note(|status| {
            status.up = true;
            status.has_answered = true;
            status.pid = pid;
            status.version = Some(version);
        });
        if let Some(waiting) = first.take() {
            let _gone = waiting.send(Ok(()));
        }
        let end = self.watch(&mut process, stop, backoff).await;
        if matches!(end, End::Asked) {
            process.stop().await;
        }
        self.note(|status| status.up = false);
        Ok(end)
    }

    async fn watch(&self, process: &mut Process, stop: &Stop, backoff: &mut Backoff) -> End {
        let mut cpu = Cpu::default();
        loop {
            tokio::select! {
                ended = process.wait() => {
                    return End::Died(ended.map_or_else(|e| e.to_string(), |status| status.to_string()));
                }
                () = stop.cancelled() => return End::Asked,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let up = tokio::select! {
                up = is_answering(&self.client, &self.access) => up,
                () = stop.cancelled() => return End::Asked,
            };
            if up {
                backoff.reset();
            }
            let rss_bytes = process.id().map_or(0, |pid| {
                cpu.count(pid);
                resident_bytes(pid)
            });
            self.note(|status| {
                status.up = up;
                status.rss_bytes = rss_bytes;
            });
        }
    }

    fn note(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            metrics::gauge(names::UP, &[]).set(i64::from(status.up));
            metrics::gauge(names::MEMORY_RSS, &[]).set(i64::try_from(status.rss_bytes).unwrap_or(i64::MAX));
            *status != before
        });
    }
}

/// A missing program or a version that is too old stays as it is.
const fn is_final(error: &Error, attempts: u32) -> bool {
    !matches!(error, Error::Failed { .. }) || attempts + 1 >= FIRST_ATTEMPTS
}

fn resident_bytes(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Counts whole seconds of CPU time into the metric.
#[derive(Default)]
struct Cpu {
    counted_s: u64,
}

impl Cpu {
    fn count(&mut self, pid: u32) {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The command may hold blanks and parentheses; fields are counted from its end (utime is 14, stime 15).
        let fields: Vec<&str> =
            text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        let seconds = (ticks(11) + ticks(12)) / TICKS;
        metrics::counter(names::CPU_TIME, &[]).add(seconds.saturating_sub(self.counted_s));
        self.counted_s = self.counted_s.max(seconds);
    }
}
