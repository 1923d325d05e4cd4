//! Demo service `billing`: invoices, priced by `services`, and their payment through a provider outside.

mod invoices;
mod metrics;
mod pricing;
mod provider;

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use serde_json::json;
use service_kit::bus::Bus;
use service_kit::{ApiError, Common, Faults, Service, call};

use invoices::{Invoice, Invoices};
use pricing::Pricing;
use provider::Provider;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of services.
    #[arg(long)]
    services: String,
    /// URL of core-events.
    #[arg(long)]
    events: String,
    /// URL of a payment provider; one is started in this process when absent.
    #[arg(long)]
    provider: Option<String>,
}

#[derive(Debug, Clone)]
struct Billing {
    invoices: Invoices,
    pricing: Pricing,
    provider: Provider,
    bus: Bus,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvoice {
    customer: String,
    /// Minor units.
    amount: i64,
}

async fn create(
    State(billing): State<Billing>,
    Json(new): Json<NewInvoice>,
) -> Result<Json<Invoice>, ApiError> {
    let tenant = call::tenant()?;
    let total = billing.pricing.calculate(&new.customer, new.amount).await?;
    let invoice = billing.invoices.insert(&tenant, &new.customer, total).await?;
    metrics::invoiced();
    tracing::info!(invoice_id = invoice.id, amount = invoice.amount, "invoice made");
    Ok(Json(invoice))
}

async fn read(State(billing): State<Billing>, Path(id): Path<String>) -> Result<Json<Invoice>, ApiError> {
    Ok(Json(billing.invoices.get(&call::tenant()?, &id).await?))
}

async fn pay(State(billing): State<Billing>, Path(id): Path<String>) -> Result<Json<Invoice>, ApiError> {
    let tenant = call::tenant()?;
    let mut invoice = billing.invoices.get(&tenant, &id).await?;
    if let Err(error) = billing.provider.charge(&invoice).await {
        metrics::payment_failed();
        tracing::error!(invoice_id = invoice.id, amount = invoice.amount, %error, "payment failed");
        return Err(error);
    }
    billing.invoices.mark_paid(&tenant, &id).await?;
    invoice.paid = true;
    metrics::paid(invoice.amount);
    tracing::info!(invoice_id = invoice.id, amount = invoice.amount, "invoice paid");
    let body = json!({ "invoice": invoice.id, "customer": invoice.customer, "amount": invoice.amount });
    billing.bus.publish("invoices", "invoice.paid", body).await?;
    Ok(Json(invoice))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    Service::run("billing", args.common.listen, |_stop| async move {
        let invoices = Invoices::open(&args.common.database).await?;
        let faults = Faults::new("billing").with_pool(invoices.database());
        let url = match args.provider {
            Some(url) => url,
            None => provider::start(loopback, faults.clone()).await?,
        };
        let state = Billing {
            invoices,
            pricing: Pricing::new(&args.services),
            provider: Provider::new(url),
            bus: Bus::new(&args.events),
        };
        let routes = Router::new()
            .route("/invoices", post(create))
            .route("/invoices/{id}", get(read))
            .route("/invoices/{id}/pay", post(pay))
            .with_state(state);
        Ok(Service::new("billing", routes, faults))
    })
}
