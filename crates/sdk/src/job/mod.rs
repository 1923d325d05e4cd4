//! Background and scheduled jobs: a span and measurements per run, linked to where the work was ordered.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use std::time::{Duration, SystemTime};
//!
//! use sightline_sdk::job::{self, Run, Schedule};
//!
//! // Where a job is ordered: keep this beside it in the queue.
//! let origin = job::origin();
//! // Where it is done, at the second attempt:
//! let run = Run { name: "device.configure", id: Some("job-7"), attempt: 2, origin: &origin, timeout: None };
//! job::run(run, async { Ok::<_, String>(()) }).await.unwrap();
//!
//! // What is due by the clock; the host decides when to look.
//! let mut backup = Schedule::new("backup.daily", Duration::from_secs(86_400), SystemTime::now());
//! let outcome = backup.run_due(SystemTime::now(), None, || async { Ok::<_, String>(()) }).await;
//! assert!(outcome.is_some_and(|result| result.is_ok()));
//! assert!(backup.next_due() > SystemTime::now());
//! # });
//! ```
//!
//! Metrics: `dotmac.job.{runs,retries,active,duration,lateness}` and `dotmac.schedule.{next_due,last_success}`. Runs count
//! by outcome `ok`, `failed`, `timeout`, and `skipped` for a scheduled run that was missed.

mod plan;
mod run;
mod schedule;

pub use run::{Failure, Run, origin, run};
pub use schedule::Schedule;
