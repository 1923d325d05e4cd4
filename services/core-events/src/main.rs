//! Demo service `core-events`: the event bus of the platform. Topics and groups over HTTP, durable in its database.

mod arrivals;
mod doors;
mod groups;
mod messages;
mod metrics;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use service_kit::{Clock, Common, Faults, Service, Stop, database};

use doors::EventBus;
use groups::{Groups, Progress};
use messages::Messages;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Seconds after which a message that was not acknowledged is given again: 0 (at once) to 86400.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    ack_seconds: u64,
}

/// How often old messages are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

async fn prune(messages: Messages, stop: Stop) {
    while stop.sleep(PRUNE_EVERY).await {
        if let Err(error) = messages.prune().await {
            tracing::warn!(%error, "old messages could not be removed; trying again in a minute");
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("core-events", args.common.listen, |stop| async move {
        let database = database::open(&args.common.database, messages::SCHEMA).await?;
        let faults = Faults::new("core-events").with_pool(database.clone());
        let messages = Messages::new(database.clone(), Clock::System);
        let groups = Groups::new(database, Clock::System, Duration::from_secs(args.ack_seconds));
        let counted = groups.clone();
        let count = |number: fn(&Progress) -> i64| {
            let groups = counted.clone();
            move || {
                let groups = groups.clone();
                async move { groups.progress().await.map(|all| metrics::of_groups(all, number)) }
            }
        };
        let bus = EventBus::new(messages.clone(), groups, stop.clone());
        Ok(Service::new("core-events", doors::observed(&bus), faults)
            .unobserved(doors::unobserved(&bus))
            .background(metrics::lag().keep(stop.clone(), count(|group| group.lag)))
            .background(metrics::parked().keep(stop.clone(), count(|group| group.parked)))
            .background(prune(messages, stop)))
    })
}
