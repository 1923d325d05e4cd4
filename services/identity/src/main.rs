//! Demo service `identity`: who a user is. Passwords and sessions of the tenants in a database of its own, and a cache.

mod accounts;
mod cache;
mod metrics;
mod sessions;
mod stand_in;

use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use service_kit::{ApiError, Common, Faults, Service, database};

use accounts::Accounts;
use cache::Cache;
use sessions::{Session, Sessions};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Redis for sessions: `redis://127.0.0.1:6379`; without it a built-in stand-in is used.
    #[arg(long)]
    redis: Option<String>,
}

#[derive(Debug, Clone)]
struct Identity {
    accounts: Accounts,
    sessions: Sessions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    tenant: String,
    user: String,
    password: String,
}

async fn login(
    State(identity): State<Identity>,
    Json(login): Json<Login>,
) -> Result<Json<Session>, ApiError> {
    let plan = identity.accounts.verify(&login.tenant, &login.user, &login.password).await?;
    metrics::login(plan.is_some());
    let plan = plan.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "user or password is wrong"))?;
    Ok(Json(identity.sessions.open(&login.tenant, &login.user, &plan).await?))
}

async fn session(
    State(identity): State<Identity>,
    Path(token): Path<String>,
) -> Result<Json<Session>, ApiError> {
    Ok(Json(identity.sessions.resolve(&token).await?))
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("identity", args.common.listen, |_stop| async move {
        let schema = [accounts::SCHEMA, sessions::SCHEMA].concat();
        let database = database::open(&args.common.database, &schema).await?;
        let faults = Faults::new("identity").with_pool(database.clone());
        let cache = Cache::open(args.redis.as_deref()).await?;
        let about_cache = cache.description();
        let accounts = Accounts::open(database.clone()).await?;
        let state = Identity { accounts, sessions: Sessions::new(database, cache) };
        let routes = Router::new()
            .route("/login", post(login))
            .route("/sessions/{token}", get(session))
            .with_state(state);
        Ok(Service::new("identity", routes, faults).detail("cache", about_cache))
    })
}
