//! Runs the scheduled tasks: each run is a root span with its lateness and outcome; missed runs are counted.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use service_kit::database::{self, Database, statement};
use service_kit::{ApiError, Clock, Faults, Stop};
use sightline_sdk::job::Schedule;
use sightline_sdk::opentelemetry::trace::TraceContextExt;
use sightline_sdk::opentelemetry::{Context, KeyValue};

use crate::schedule::Schedules;

/// The tasks by the clock.
const TASKS: &[&str] = &[AUDIT, PRUNE];
const AUDIT: &str = "leases.audit";
const PRUNE: &str = "jobs.prune";
const PRUNE_EVERY: Duration = Duration::from_secs(60);
/// How long a finished job is kept, ms.
const KEPT_MS: i64 = 3_600_000;
/// How long a run may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest sleep, so that a clock that is set forward is noticed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How a schedule stands. Times in ms since the epoch, 0 = never.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    name: &'static str,
    next_due: i64,
    last_success: i64,
}

/// What the tasks do.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    database: Database,
    schedules: Schedules,
    clock: Clock,
    faults: Faults,
}

/// The scheduler of the process.
#[derive(Debug)]
pub(crate) struct Scheduler {
    tasks: Tasks,
    schedules: Vec<(&'static str, Schedule)>,
}

impl Scheduler {
    /// Makes the tasks known. The first run of a new one is a period from now, that of a known one when it was due.
    pub(crate) async fn open(tasks: Tasks, audit_every: Duration) -> sqlx::Result<Self> {
        let mut schedules = Vec::new();
        for (name, period) in [(AUDIT, audit_every), (PRUNE, PRUNE_EVERY)] {
            tasks.schedules.register(name, tasks.clock.now_ms() + ms(period)).await?;
            let (next, _) = tasks.schedules.get(name).await?;
            schedules.push((name, Schedule::new(name, period, at(next))));
        }
        Ok(Self { tasks, schedules })
    }

    /// Runs what is due until the service stops.
    pub(crate) async fn run(mut self, stop: Stop) {
        loop {
            let now = at(self.tasks.clock.now_ms());
            let until = |(_, schedule): &(_, Schedule)| schedule.next_due().duration_since(now);
            let pause = self.schedules.iter().map(until).map(Result::unwrap_or_default).min();
            let pause = pause.unwrap_or(LOOK_AGAIN).clamp(Duration::from_millis(1), LOOK_AGAIN);
            if !stop.sleep(pause).await {
                return;
            }
            if let Err(error) = self.tick().await {
                tracing::error!(%error, "the times of schedules cannot be noted; a restart may repeat a run");
            }
        }
    }

    /// Runs each task that is due now, and returns which went well.
    pub(crate) async fn tick(&mut self) -> sqlx::Result<Vec<(&'static str, bool)>> {
        let mut ran = Vec::new();
        for (name, schedule) in &mut self.schedules {
            let now = at(self.tasks.clock.now_ms());
            let work = || self.tasks.perform(name);
            let Some(result) = schedule.run_due(now, Some(TIMEOUT), work).await else { continue };
            if let Err(error) = &result {
                tracing::warn!(%error, schedule = name, "a scheduled run failed; the next one is on time");
            }
            let success_ms = if result.is_ok() { self.tasks.clock.now_ms() } else { 0 };
            self.tasks.schedules.note(name, since_epoch(schedule.next_due()), success_ms).await?;
            ran.push((*name, result.is_ok()));
        }
        Ok(ran)
    }
}

impl Tasks {
    pub(crate) fn new(database: Database, clock: Clock, faults: Faults) -> Self {
        Self { schedules: Schedules::new(database.clone()), database, clock, faults }
    }

    /// Tells how every schedule stands.
    pub(crate) async fn standings(&self) -> sqlx::Result<Vec<Standing>> {
        let mut all = Vec::new();
        for name in TASKS {
            let (next_due, last_success) = self.schedules.get(name).await?;
            all.push(Standing { name, next_due, last_success });
        }
        Ok(all)
    }

    async fn perform(&self, name: &str) -> Result<(), ApiError> {
        self.faults.strike(&format!("schedule {name}")).await?;
        if name == PRUNE { self.prune_jobs().await } else { self.audit_leases().await }
    }

    async fn prune_jobs(&self) -> Result<(), ApiError> {
        let text = "DELETE FROM jobs WHERE state IN ('done', 'failed') AND enqueued_at < $1";
        let values = [(self.clock.now_ms() - KEPT_MS).into()];
        let pruned = database::execute(&self.database, statement("DELETE", "jobs", text), values).await?;
        note("dotmac.jobs.pruned", i64::try_from(pruned).unwrap_or(i64::MAX));
        Ok(())
    }

    async fn audit_leases(&self) -> Result<(), ApiError> {
        let text = "SELECT COUNT(*) FROM leases";
        let found: Vec<(i64,)> =
            database::rows(&self.database, statement("SELECT", "leases", text), []).await?;
        note("dotmac.leases.count", found.first().map_or(0, |row| row.0));
        Ok(())
    }
}

/// Writes a number on the span of the current run.
fn note(key: &'static str, number: i64) {
    Context::current().span().set_attribute(KeyValue::new(key, number));
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn at(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

fn since_epoch(time: SystemTime) -> i64 {
    ms(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{leases, queue, schedule};

    const AUDIT_EVERY: Duration = Duration::from_secs(15);

    async fn tasks() -> (Tasks, Clock) {
        let schema = [queue::SCHEMA, leases::SCHEMA, schedule::SCHEMA].concat();
        let database = database::open("sqlite::memory:", &schema).await.unwrap();
        let clock = Clock::manual(1_000_000);
        (Tasks::new(database, clock.clone(), Faults::new("core-ops")), clock)
    }

    #[tokio::test]
    async fn a_task_runs_once_when_it_is_due() {
        let (tasks, clock) = tasks().await;
        let mut scheduler = Scheduler::open(tasks.clone(), AUDIT_EVERY).await.unwrap();
        assert_eq!(scheduler.tick().await.unwrap(), []);
        clock.advance(Duration::from_millis(15_250));
        assert_eq!(scheduler.tick().await.unwrap(), [("leases.audit", true)]);
        assert_eq!(scheduler.tick().await.unwrap(), []);
        let want = Standing { name: "leases.audit", next_due: 1_030_000, last_success: 1_015_250 };
        assert_eq!(tasks.standings().await.unwrap()[0], want);
    }

    #[tokio::test]
    async fn a_run_that_was_due_while_nothing_ran_is_made_up_once_after_a_restart() {
        let (tasks, clock) = tasks().await;
        drop(Scheduler::open(tasks.clone(), AUDIT_EVERY).await.unwrap());
        clock.advance(Duration::from_secs(61));
        let mut scheduler = Scheduler::open(tasks.clone(), AUDIT_EVERY).await.unwrap();
        assert_eq!(scheduler.tick().await.unwrap(), [("leases.audit", true), ("jobs.prune", true)]);
        assert_eq!(scheduler.tick().await.unwrap(), []);
        let next: Vec<i64> = tasks.standings().await.unwrap().iter().map(|s| s.next_due).collect();
        assert_eq!(next, [1_075_000, 1_120_000]);
    }
}
