//! Demo service `billing`: invoices, and their payment through a provider outside.

mod invoices;
mod provider;

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use service_kit::{ApiError, Common, Faults, Service};
use sightline_sdk::{server, tenant};

use invoices::{Invoice, Invoices};
use provider::Provider;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of a payment provider; one is started in this process when absent.
    #[arg(long)]
    provider: Option<String>,
}

#[derive(Debug, Clone)]
struct Billing {
    invoices: Invoices,
    provider: Provider,
    faults: Faults,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvoice {
    customer: String,
    /// Minor units.
    amount: i64,
}

/// The tenant comes with the call (baggage); a request without one is refused.
fn caller() -> Result<String, ApiError> {
    tenant::current().ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "the call carries no tenant"))
}

async fn create(
    State(billing): State<Billing>,
    Json(new): Json<NewInvoice>,
) -> Result<Json<Invoice>, ApiError> {
    billing.faults.strike("POST /invoices").await?;
    let total = invoices::calculate(new.amount);
    Ok(Json(billing.invoices.insert(&caller()?, &new.customer, total).await?))
}

async fn read(State(billing): State<Billing>, Path(id): Path<String>) -> Result<Json<Invoice>, ApiError> {
    billing.faults.strike("GET /invoices/{id}").await?;
    Ok(Json(billing.invoices.get(&caller()?, &id).await?))
}

async fn pay(State(billing): State<Billing>, Path(id): Path<String>) -> Result<Json<Invoice>, ApiError> {
    billing.faults.strike("POST /invoices/{id}/pay").await?;
    let tenant = caller()?;
    let mut invoice = billing.invoices.get(&tenant, &id).await?;
    billing.provider.charge(&invoice).await?;
    billing.invoices.mark_paid(&tenant, &id).await?;
    invoice.paid = true;
    Ok(Json(invoice))
}

fn main() -> ExitCode {
    let args = Args::parse();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    Service::run("billing", args.common.listen, || async move {
        let faults = Faults::new("billing");
        let url = match args.provider {
            Some(url) => url,
            None => provider::start(loopback, faults.clone()).await?,
        };
        let invoices = Invoices::open(&args.common.database).await?;
        let state = Billing { invoices, provider: Provider::new(url), faults: faults.clone() };
        let routes = Router::new()
            .route("/invoices", post(create))
            .route("/invoices/{id}", get(read))
            .route("/invoices/{id}/pay", post(pay))
            .with_state(state);
        Ok(Service { name: "billing", routes, layer: server::layer(), faults })
    })
}
