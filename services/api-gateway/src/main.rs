//! Demo service `api-gateway`: the door of the platform. It knows who calls, limits each tenant, and passes on.

mod devices;
mod invoices;
mod metrics;
mod rate_limit;
mod tenant_pages;
mod usage;

use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_kit::{ApiError, Common, Faults, Service, call};
use sightline_sdk::{tenant, user};

use rate_limit::RateLimit;
use usage::Usage;

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
    /// URL of networking.
    #[arg(long)]
    networking: String,
    /// URL of analytics.
    #[arg(long)]
    analytics: String,
    /// URL of platform.
    #[arg(long)]
    platform: String,
    /// Requests per second and tenant; premium tenants get four times as many.
    #[arg(long, default_value_t = 200.0)]
    tenant_rate: f64,
}

#[derive(Debug)]
struct Upstreams {
    identity: String,
    billing: String,
    networking: String,
    analytics: String,
    platform: String,
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

impl Gateway {
    /// Finds out who calls; everything after runs on behalf of the tenant.
    #[tracing::instrument(name = "session.authenticate", skip_all)]
    async fn authenticate(&self, token: &str) -> Result<Session, ApiError> {
        let url = format!("{}/sessions/{token}", self.upstreams.identity);
        call::json(&self.http, self.http.get(url), "/sessions/{token}").await.map_err(unauthorized)
    }

    /// Counts the request against the tenant's quota; refuses it when the tenant sends too much.
    #[tracing::instrument(name = "request.admit", skip_all, fields(dotmac.rate_limit.policy = session.plan))]
    fn admit(&self, session: &Session, route: &str) -> Result<(), ApiError> {
        let is_premium = session.plan == "premium";
        metrics::used(&session.tenant, is_premium);
        self.limit.admit(&session.tenant, is_premium).inspect_err(|_| metrics::refused(route, &session.plan))
    }

    /// Passes a request on behind the door, on behalf of the caller's tenant. `route` is the own door, for faults;
    /// `template` that of the service behind.
    async fn forward(
        &self,
        headers: &HeaderMap,
        route: &str,
        request: reqwest::RequestBuilder,
        template: &'static str,
    ) -> Result<Json<Value>, ApiError> {
        let (token, tenant) = credentials(headers)?;
        let work = async {
            self.faults.strike(route).await?;
            let session = self.authenticate(&token).await?;
            self.admit(&session, route)?;
            user::scope(&session.user, call::json(&self.http, request, template)).await.map(Json)
        };
        tenant::scope(&tenant, work).await
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

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("api-gateway", args.common.listen, |stop| async move {
        let usage = Usage::open(&args.common.database).await?;
        metrics::go_on_from(usage.all().await?);
        let faults = Faults::new("api-gateway").with_pool(usage.database());
        let upstreams = Upstreams {
            identity: args.identity,
            billing: args.billing,
            networking: args.networking,
            analytics: args.analytics,
            platform: args.platform,
        };
        let gateway = Gateway {
            http: reqwest::Client::new(),
            upstreams: Arc::new(upstreams),
            limit: Arc::new(RateLimit::new(args.tenant_rate)),
            faults: faults.clone(),
        };
        metrics::report_quotas();
        let routes = Router::new()
            .route("/api/login", post(login))
            .merge(invoices::routes())
            .merge(devices::routes())
            .merge(tenant_pages::routes())
            .with_state(gateway);
        Ok(Service::edge("api-gateway", routes, faults).background(usage.keep(stop)))
    })
}
