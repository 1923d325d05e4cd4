//! Demo service `services`: what customers have subscribed to, and what it costs them.

mod metrics;
mod subscriptions;

use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service_kit::bus::{Bus, Message, Subscription as Listener};
use service_kit::{ApiError, Common, Faults, Service, call};

use subscriptions::{Subscription, Subscriptions};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of core-events.
    #[arg(long)]
    events: String,
}

#[derive(Debug, Clone)]
struct Catalogue {
    subscriptions: Subscriptions,
    bus: Bus,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usage {
    customer: String,
    /// Minor units, before discount and tax.
    net: i64,
}

#[derive(Debug, Serialize)]
struct Quote {
    /// Minor units, after discount and before tax.
    amount: i64,
    discount_percent: i64,
}

/// Prices a customer's usage, and tells so.
async fn quote(
    State(catalogue): State<Catalogue>,
    Json(usage): Json<Usage>,
) -> Result<Json<Quote>, ApiError> {
    if usage.net < 0 {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "`net` must not be negative"));
    }
    let tenant = call::tenant()?;
    catalogue.subscriptions.ensure(&tenant, &usage.customer).await?;
    let (amount, discount_percent) =
        catalogue.subscriptions.price(&tenant, &usage.customer, usage.net).await?;
    metrics::quoted();
    let body = json!({ "customer": usage.customer, "net": usage.net, "amount": amount });
    catalogue.bus.publish("usage", "usage.rated", body).await?;
    Ok(Json(Quote { amount, discount_percent }))
}

async fn subscription(
    State(catalogue): State<Catalogue>,
    Path(customer): Path<String>,
) -> Result<Json<Subscription>, ApiError> {
    Ok(Json(catalogue.subscriptions.get(&call::tenant()?, &customer).await?))
}

/// A paid invoice extends the customer's subscription.
async fn paid(subscriptions: Subscriptions, message: Message) -> Result<(), ApiError> {
    let customer = message.content.body["customer"].as_str().unwrap_or_default();
    match message.content.kind.as_str() {
        "invoice.paid" => Ok(subscriptions.extend(&call::tenant()?, customer).await?),
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("services", args.common.listen, |stop| async move {
        let subscriptions = Subscriptions::open(&args.common.database).await?;
        let faults = Faults::new("services").with_pool(subscriptions.database());
        let bus = Bus::new(&args.events);
        let listener = Listener::new(bus.clone(), "invoices", "services");
        let paying = subscriptions.clone();
        let routes = Router::new()
            .route("/quotes", post(quote))
            .route("/subscriptions/{customer}", get(subscription))
            .with_state(Catalogue { subscriptions, bus });
        Ok(Service::new("services", routes, faults)
            .background(listener.run(stop, move |message| paid(paying.clone(), message))))
    })
}
