//! Demo service `api-gateway`: the door of the platform. It knows who calls, limits each tenant, and passes on.

mod rate_limit;

use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::{Deserialize, Serialize};
use service_kit::{ApiError, Common, Faults, Service, call};
use sightline_sdk::{server, tenant};

use rate_limit::RateLimit;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of identity.
    #[arg(long)]
    identity: String,
    /// URL of billing.
    #[arg(long)]
    billing: String,
    /// Requests per second and tenant; premium tenants get four times as many.
    #[arg(long, default_value_t = 200.0)]
    tenant_rate: f64,
}

#[derive(Debug)]
struct Upstreams {
    identity: String,
    billing: String,
}

#[derive(Debug, Clone)]
struct Gateway {
    http: reqwest::Client,
    upstreams: Arc<Upstreams>,
    limit: Arc<RateLimit>,
    faults: Faults,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    tenant: String,
    user: String,
    password: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Session {
    token: String,
    tenant: String,
    user: String,
    plan: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct NewInvoice {
    customer: String,
    amount: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Invoice {
    id: String,
    customer: String,
    amount: i64,
    paid: bool,
}

impl Gateway {
    /// Finds out who calls; everything after runs on behalf of the tenant.
    async fn authenticate(&self, token: &str) -> Result<Session, ApiError> {
        let url = format!("{}/sessions/{token}", self.upstreams.identity);
        let session: Session =
            call::json(&self.http, self.http.get(url), "/sessions/{token}").await.map_err(unauthorized)?;
        self.limit.admit(&session.tenant, session.plan == "premium")?;
        Ok(session)
    }

    /// Passes a request about invoices on to billing, on behalf of the caller's tenant. `route` is the own door, for
    /// faults; `template` that of billing.
    async fn invoice(
        &self,
        headers: &HeaderMap,
        route: &str,
        request: reqwest::RequestBuilder,
        template: &'static str,
    ) -> Result<Json<Invoice>, ApiError> {
        let (token, tenant) = credentials(headers)?;
        let work = async {
            self.faults.strike(route).await?;
            self.authenticate(&token).await?;
            call::json(&self.http, request, template).await.map(Json)
        };
        tenant::scope(&tenant, work).await
    }

    fn billing(&self, path: &str) -> String {
        format!("{}{path}", self.upstreams.billing)
    }
}

/// A session that is not known is no `404` for the caller but a missing login.
fn unauthorized(error: ApiError) -> ApiError {
    if error.is_not_found() { ApiError::new(StatusCode::UNAUTHORIZED, "log in first") } else { error }
}

/// The bearer token and the tenant it starts with.
fn credentials(headers: &HeaderMap) -> Result<(String, String), ApiError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let token = value.strip_prefix("Bearer ").unwrap_or_default();
    let tenant = token.split_once(':').map(|(tenant, _)| tenant).filter(|tenant| tenant::is_valid(tenant));
    let tenant = tenant
        .ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "send `authorization: Bearer <token>`"))?;
    Ok((token.to_owned(), tenant.to_owned()))
}

async fn login(State(gateway): State<Gateway>, Json(login): Json<Login>) -> Result<Json<Session>, ApiError> {
    let tenant = login.tenant.clone();
    let work = async {
        gateway.faults.strike("POST /api/login").await?;
        let request = gateway.http.post(format!("{}/login", gateway.upstreams.identity)).json(&login);
        call::json(&gateway.http, request, "/login").await.map(Json)
    };
    tenant::scope(&tenant, work).await
}

async fn create(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Json(new): Json<NewInvoice>,
) -> Result<Json<Invoice>, ApiError> {
    let request = gateway.http.post(gateway.billing("/invoices")).json(&new);
    gateway.invoice(&headers, "POST /api/invoices", request, "/invoices").await
}

async fn read(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, ApiError> {
    let request = gateway.http.get(gateway.billing(&format!("/invoices/{id}")));
    gateway.invoice(&headers, "GET /api/invoices/{id}", request, "/invoices/{id}").await
}

async fn pay(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, ApiError> {
    let request = gateway.http.post(gateway.billing(&format!("/invoices/{id}/pay")));
    gateway.invoice(&headers, "POST /api/invoices/{id}/pay", request, "/invoices/{id}/pay").await
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("api-gateway", args.common.listen, || async move {
        let faults = Faults::new("api-gateway");
        let gateway = Gateway {
            http: reqwest::Client::new(),
            upstreams: Arc::new(Upstreams { identity: args.identity, billing: args.billing }),
            limit: Arc::new(RateLimit::new(args.tenant_rate)),
            faults: faults.clone(),
        };
        let routes = Router::new()
            .route("/api/login", post(login))
            .route("/api/invoices", post(create))
            .route("/api/invoices/{id}", get(read))
            .route("/api/invoices/{id}/pay", post(pay))
            .with_state(gateway);
        Ok(Service { name: "api-gateway", routes, layer: server::edge_layer(), faults })
    })
}
