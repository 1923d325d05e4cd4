//! Demo service `core-ops`: work that nobody waits for. Jobs with retries, and tasks by the clock.

mod doors;
mod leases;
mod metrics;
mod queue;
mod schedule;
mod scheduler;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use service_kit::bus::Bus;
use service_kit::{Clock, Common, Faults, Service, database};
use tokio::sync::Notify;

use leases::Leases;
use queue::Queue;
use scheduler::{Scheduler, Tasks};
use worker::Worker;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of core-events.
    #[arg(long)]
    events: String,
    /// Seconds between two audits of the leases, from 1 to 86400.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    audit_seconds: u64,
}

/// Jobs done at the same time.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("core-ops", args.common.listen, |stop| async move {
        let schema = [queue::SCHEMA, leases::SCHEMA, schedule::SCHEMA].concat();
        let database = database::open(&args.common.database, &schema).await?;
        let faults = Faults::new("core-ops").with_pool(database.clone());
        let queue = Queue::open(database.clone(), Clock::System).await?;
        let leases = Leases::new(database.clone());
        let tasks = Tasks::new(database, Clock::System, faults.clone());
        let scheduler = Scheduler::open(tasks.clone(), Duration::from_secs(args.audit_seconds)).await?;
        let news = Arc::new(Notify::new());
        let worker =
            Worker::new(queue.clone(), leases, Bus::new(&args.events), faults.clone(), Arc::clone(&news));
        let counted = queue.clone();
        let depth = move || {
            let queue = counted.clone();
            async move { queue.depth().await.map(metrics::depth) }
        };
        let mut service = Service::new("core-ops", doors::observed(&queue, &news), faults)
            .unobserved(doors::unobserved(&queue, &tasks))
            .background(metrics::queue_depth().keep(stop.clone(), depth))
            .background(scheduler.run(stop.clone()));
        for _ in 0..WORKERS {
            service = service.background(worker.clone().run(stop.clone()));
        }
        Ok(service)
    })
}
