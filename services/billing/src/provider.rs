//! The payment provider: a company outside, which answers over HTTP and knows nothing of traces.
//!
//! The demo brings one on a port of its own, so that a payment crosses a real connection; a fault on route `provider`
//! makes it fail.

use std::net::SocketAddr;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use service_kit::{ApiError, Faults, call};
use sightline_sdk::tenant;
use tokio::net::TcpListener;

use crate::invoices::Invoice;

/// The way to the provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    url: String,
    http: reqwest::Client,
}

#[derive(Debug, Serialize, Deserialize)]
struct Charge {
    /// Whose customer pays: the tenant, as the company outside knows it.
    merchant: String,
    reference: String,
    amount: i64,
}

impl Provider {
    pub(crate) fn new(url: String) -> Self {
        Self { url, http: reqwest::Client::new() }
    }

    /// Takes the money for an invoice.
    #[tracing::instrument(name = "payment.charge", skip_all, fields(dotmac.invoice.id = invoice.id, dotmac.invoice.amount = invoice.amount))]
    pub(crate) async fn charge(&self, invoice: &Invoice) -> Result<(), ApiError> {
        let merchant = tenant::current().unwrap_or_default();
        let charge = Charge { merchant, reference: invoice.id.clone(), amount: invoice.amount };
        let request = self.http.post(format!("{}/charges", self.url)).json(&charge);
        call::json::<Charge>(&self.http, request, "/charges").await.map(drop)
    }
}

/// Starts the demo's provider and returns its URL. It lives as long as the process.
pub(crate) async fn start(listen: SocketAddr, faults: Faults) -> std::io::Result<String> {
    let app = Router::new().route("/charges", post(charge)).with_state(faults);
    let listener = TcpListener::bind(listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    #[expect(
        clippy::disallowed_methods,
        reason = "a company outside: it does not stop when billing stops serving"
    )]
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the payment provider ended");
        }
    });
    Ok(url)
}

async fn charge(State(faults): State<Faults>, Json(charge): Json<Charge>) -> Result<Json<Charge>, ApiError> {
    // A fault of one tenant fails the charges of that merchant.
    tenant::scope(&charge.merchant, faults.strike("provider")).await?;
    Ok(Json(charge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_fault_of_a_tenant_fails_the_charges_of_that_merchant_only() {
        let faults = Faults::new("billing");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = format!("http://{}/demo/faults", listener.local_addr().unwrap());
        let (mut serving, app) = (tokio::task::JoinSet::new(), faults.routes());
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let rule = json!({"id": "x", "route": "provider", "tenant": "tenant-001", "error_share": 1.0});
        let added = reqwest::Client::new().post(door).json(&rule).send().await.unwrap();
        assert_eq!(added.status(), 201);
        let charged = async |merchant: &str| {
            let asked = Charge { merchant: merchant.to_owned(), reference: "i-1".to_owned(), amount: 5 };
            charge(State(faults.clone()), Json(asked)).await.is_ok()
        };
        assert!(!charged("tenant-001").await);
        assert!(charged("tenant-002").await);
        assert!(charged("").await);
    }
}
