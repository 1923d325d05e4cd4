//! Jobs at rest: enqueued, due, running, done, or given up. A job outlives the process.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use service_kit::database::{self, Database, statement};
use service_kit::{ApiError, Clock, call};
use sightline_sdk::bus::Headers;
use uuid::Uuid;

/// The table of jobs. `state`: `queued`, `running`, `done`, `failed`.
pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, \
     payload TEXT NOT NULL, headers TEXT NOT NULL, state TEXT NOT NULL, attempts BIGINT NOT NULL, \
     due_at BIGINT NOT NULL, enqueued_at BIGINT NOT NULL, error TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS jobs_due ON jobs (state, due_at)",
];

/// Attempts at a job before it is given up.
pub(crate) const ATTEMPTS_MAX: i64 = 5;
/// Pause after the first failed attempt; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(100);

/// A job that is to be done now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) payload: Value,
    /// Trace and tenant of the request that enqueued it.
    pub(crate) headers: Headers,
    /// This attempt, from 1.
    pub(crate) attempt: i64,
    /// How long it waited since it was enqueued.
    pub(crate) waited_ms: i64,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct State {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) error: String,
}

/// How many jobs wait, run, were done and were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Depth {
    pub(crate) queued: i64,
    pub(crate) running: i64,
    pub(crate) done: i64,
    pub(crate) failed: i64,
}

/// The jobs of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    database: Database,
    clock: Clock,
}

impl Queue {
    /// Opens the queue; jobs that ran when the process ended are queued again.
    pub(crate) async fn open(database: Database, clock: Clock) -> sqlx::Result<Self> {
        let text = "UPDATE jobs SET state = 'queued' WHERE state = 'running'";
        sqlx::query(text).execute(database.inner()).await?;
        Ok(Self { database, clock })
    }

    /// Puts a job into the queue and returns its id.
    // `dotmac.job.name` is of runs: a span that has it is counted as one.
    #[tracing::instrument(name = "job.enqueue", skip_all, fields(dotmac.queue.item = name))]
    pub(crate) async fn enqueue(
        &self,
        name: &str,
        payload: &Value,
        headers: &Headers,
    ) -> Result<String, ApiError> {
        let text = "INSERT INTO jobs VALUES ($1, $2, $3, $4, $5, 'queued', 0, $6, $6, '')";
        let (id, now) = (Uuid::new_v4().simple().to_string(), self.clock.now_ms());
        let headers = serde_json::to_string(headers).unwrap_or_default();
        let (tenant, payload) = (call::tenant()?, payload.to_string());
        let values =
            [id.as_str().into(), name.into(), tenant.into(), payload.into(), headers.into(), now.into()];
        database::execute(&self.database, statement("INSERT", "jobs", text), values).await?;
        Ok(id)
    }

    /// Takes the job that is due the longest. Looking carries no span: finding nothing is no work.
    pub(crate) async fn claim(&self) -> sqlx::Result<Option<Job>> {
        let now = self.clock.now_ms();
        let text = "SELECT id, name, payload, headers, attempts, enqueued_at FROM jobs \
                    WHERE state = 'queued' AND due_at <= $1 ORDER BY due_at LIMIT 1";
        let query = sqlx::query_as::<_, (String, String, String, String, i64, i64)>(text).bind(now);
        let found = query.fetch_optional(self.database.inner()).await?;
        let Some((id, name, payload, headers, attempts, enqueued_at)) = found else { return Ok(None) };
        let take =
            "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = $1 AND state = 'queued'";
        let taken = sqlx::query(take).bind(id.clone()).execute(self.database.inner()).await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        let payload = serde_json::from_str(&payload).unwrap_or_default();
        let headers = serde_json::from_str(&headers).unwrap_or_default();
        Ok(Some(Job { id, name, payload, headers, attempt: attempts + 1, waited_ms: now - enqueued_at }))
    }

    /// Returns how long until the next job is due; none when nothing waits.
    pub(crate) async fn next_due_in(&self) -> sqlx::Result<Option<Duration>> {
        let text = "SELECT MIN(due_at) FROM jobs WHERE state = 'queued'";
        let due = sqlx::query_as::<_, (Option<i64>,)>(text).fetch_one(self.database.inner()).await?.0;
        let wait = |due: i64| u64::try_from(due - self.clock.now_ms()).unwrap_or(0);
        Ok(due.map(|due| Duration::from_millis(wait(due))))
    }

    /// Notes that a job is done.
    pub(crate) async fn finish(&self, job: &Job) -> sqlx::Result<()> {
        let text = "UPDATE jobs SET state = 'done', error = '' WHERE id = $1";
        let values = [job.id.as_str().into()];
        database::execute(&self.database, statement("UPDATE", "jobs", text), values).await.map(drop)
    }

    /// Notes that an attempt failed; returns when the next one is due, or none when the job is given up.
    pub(crate) async fn fail(&self, job: &Job, error: &str) -> sqlx::Result<Option<Duration>> {
        let text = "UPDATE jobs SET state = $2, due_at = $3, error = $4 WHERE id = $1";
        let pause = (job.attempt < ATTEMPTS_MAX).then(|| PAUSE * (1 << (job.attempt - 1)));
        let state = if pause.is_some() { "queued" } else { "failed" };
        let pause_ms = i64::try_from(pause.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        let due = self.clock.now_ms() + pause_ms;
        let values = [job.id.as_str().into(), state.into(), due.into(), error.into()];
        database::execute(&self.database, statement("UPDATE", "jobs", text), values).await?;
        Ok(pause)
    }

    /// Returns what became of a job of a tenant.
    pub(crate) async fn state(&self, tenant: &str, id: &str) -> sqlx::Result<State> {
        let text = "SELECT id, name, state, attempts, error FROM jobs WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        let found: Vec<(String, String, String, i64, String)> =
            database::rows(&self.database, statement("SELECT", "jobs", text), values).await?;
        let (id, name, state, attempts, error) = found.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
        Ok(State { id, name, state, attempts, error })
    }

    /// Counts the jobs by state.
    pub(crate) async fn depth(&self) -> sqlx::Result<Depth> {
        let text = "SELECT state, COUNT(*) FROM jobs GROUP BY state";
        let counts: Vec<(String, i64)> = sqlx::query_as(text).fetch_all(self.database.inner()).await?;
        let of = |state: &str| counts.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n);
        Ok(Depth { queued: of("queued"), running: of("running"), done: of("done"), failed: of("failed") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_sdk::tenant;

    async fn queue() -> (Queue, Clock) {
        let clock = Clock::manual(1_000_000);
        let database = database::open("sqlite::memory:", SCHEMA).await.unwrap();
        (Queue::open(database, clock.clone()).await.unwrap(), clock)
    }

    async fn enqueue(queue: &Queue, name: &str) -> String {
        let (payload, headers) = (Value::Null, Headers::new());
        tenant::scope("tenant-001", queue.enqueue(name, &payload, &headers)).await.unwrap()
    }

    #[tokio::test]
    async fn a_job_is_taken_once_and_done() {
        let (queue, _) = queue().await;
        let id = enqueue(&queue, "a").await;
        let job = queue.claim().await.unwrap().unwrap();
        assert_eq!((job.id.as_str(), job.attempt), (id.as_str(), 1));
        assert_eq!(queue.claim().await.unwrap(), None);
        queue.finish(&job).await.unwrap();
        assert_eq!(queue.depth().await.unwrap(), Depth { done: 1, ..Depth::default() });
        assert_eq!(queue.state("tenant-001", &id).await.unwrap().state, "done");
        assert!(queue.state("tenant-002", &id).await.is_err(), "another tenant must not see it");
    }

    #[tokio::test]
    async fn a_failing_job_is_tried_again_after_growing_pauses_and_given_up_in_the_end() {
        let (queue, clock) = queue().await;
        enqueue(&queue, "a").await;
        for (attempt, pause_ms) in [(1, Some(100)), (2, Some(200)), (3, Some(400)), (4, Some(800)), (5, None)]
        {
            let job = queue.claim().await.unwrap().unwrap();
            assert_eq!(job.attempt, attempt);
            let pause = queue.fail(&job, "broken").await.unwrap();
            assert_eq!(pause, pause_ms.map(Duration::from_millis));
            assert_eq!(queue.next_due_in().await.unwrap(), pause);
            assert_eq!(queue.claim().await.unwrap(), None, "not due yet");
            clock.advance(pause.unwrap_or_default());
        }
        assert_eq!(queue.depth().await.unwrap(), Depth { failed: 1, ..Depth::default() });
    }

    #[tokio::test]
    async fn a_job_that_ran_when_the_process_ended_runs_again() {
        let (queue, clock) = queue().await;
        enqueue(&queue, "a").await;
        queue.claim().await.unwrap().unwrap();
        let reopened = Queue::open(queue.database.clone(), clock).await.unwrap();
        assert_eq!(reopened.claim().await.unwrap().unwrap().attempt, 2);
    }
}
