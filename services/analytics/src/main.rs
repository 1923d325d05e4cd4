//! Demo service `analytics`: what happened, per tenant, from the messages of the others.

mod facts;
mod metrics;

use std::process::ExitCode;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use service_kit::bus::{Bus, Message, Subscription};
use service_kit::{ApiError, Clock, Common, Faults, Service, Stop, call};

use facts::{Facts, Report};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of core-events.
    #[arg(long)]
    events: String,
}

/// The topics whose messages are counted.
const TOPICS: &[&str] = &["usage", "invoices", "devices", "tenants"];
/// How often old message ids are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);

async fn summary(State(facts): State<Facts>) -> Result<Json<Report>, ApiError> {
    Ok(Json(facts.report(&call::tenant()?).await?))
}

async fn told(facts: Facts, faults: Faults, topic: &str, message: Message) -> Result<(), ApiError> {
    let earlier = u32::try_from(message.delivery - 1).unwrap_or_default();
    faults.strike_attempt(&format!("process {topic}"), earlier).await?;
    let amount = message.content.body["amount"].as_i64().unwrap_or(0);
    let (id, kind) = (&message.content.id, &message.content.kind);
    if facts.record(&call::tenant()?, id, kind, amount).await? {
        metrics::recorded(kind);
    }
    Ok(())
}

async fn forget(facts: Facts, stop: Stop) {
    while stop.sleep(FORGET_EVERY).await {
        if let Err(error) = facts.forget().await {
            tracing::warn!(%error, "old message ids could not be forgotten; trying again in a minute");
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("analytics", args.common.listen, |stop| async move {
        let facts = Facts::open(&args.common.database, Clock::System).await?;
        let faults = Faults::new("analytics").with_pool(facts.database());
        let routes = Router::new().route("/reports/summary", get(summary)).with_state(facts.clone());
        let bus = Bus::new(&args.events);
        let mut service =
            Service::new("analytics", routes, faults.clone()).background(forget(facts.clone(), stop.clone()));
        for topic in TOPICS {
            let listener = Subscription::new(bus.clone(), topic, "analytics");
            let (known, faults) = (facts.clone(), faults.clone());
            let handle = move |message| told(known.clone(), faults.clone(), topic, message);
            service = service.background(listener.run(stop.clone(), handle));
        }
        Ok(service)
    })
}
