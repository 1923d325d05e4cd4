//! Demo service `identity`: who a user is. Passwords and sessions of the tenants in a database of its own.

mod accounts;

use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::{Deserialize, Serialize};
use service_kit::{ApiError, Common, Faults, Service};
use sightline_sdk::server;

use accounts::Accounts;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone)]
struct Identity {
    accounts: Accounts,
    faults: Faults,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    tenant: String,
    user: String,
    password: String,
}

#[derive(Debug, Serialize)]
struct Session {
    token: String,
    tenant: String,
    user: String,
    plan: String,
}

async fn login(
    State(identity): State<Identity>,
    Json(login): Json<Login>,
) -> Result<Json<Session>, ApiError> {
    identity.faults.strike("POST /login").await?;
    let plan = identity.accounts.verify(&login.tenant, &login.user, &login.password).await?;
    let plan = plan.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "user or password is wrong"))?;
    let token = identity.accounts.open_session(&login.tenant, &login.user).await?;
    Ok(Json(Session { token, tenant: login.tenant, user: login.user, plan }))
}

async fn session(
    State(identity): State<Identity>,
    Path(token): Path<String>,
) -> Result<Json<Session>, ApiError> {
    identity.faults.strike("GET /sessions/{token}").await?;
    let (tenant, user, plan) = identity.accounts.session(&token).await?;
    Ok(Json(Session { token, tenant, user, plan }))
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("identity", args.common.listen, || async move {
        let faults = Faults::new("identity");
        let accounts = Accounts::open(&args.common.database).await?;
        let routes = Router::new()
            .route("/login", post(login))
            .route("/sessions/{token}", get(session))
            .with_state(Identity { accounts, faults: faults.clone() });
        Ok(Service { name: "identity", routes, layer: server::layer(), faults })
    })
}
