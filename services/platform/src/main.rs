//! Demo service `platform`: the tenants, their plans and settings.

mod metrics;
mod tenants;

use std::process::ExitCode;

use axum::extract::{Path, State};
use axum::routing::{get, put};
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use serde_json::json;
use service_kit::bus::Bus;
use service_kit::{ApiError, Common, Faults, Service, call};

use tenants::{Tenant, Tenants};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of core-events.
    #[arg(long)]
    events: String,
}

#[derive(Debug, Clone)]
struct Platform {
    tenants: Tenants,
    bus: Bus,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSetting {
    value: String,
}

async fn read(State(platform): State<Platform>) -> Result<Json<Tenant>, ApiError> {
    Ok(Json(platform.tenants.resolve(&call::tenant()?).await?))
}

/// Changes a setting of the caller's tenant, and tells so.
async fn change(
    State(platform): State<Platform>,
    Path(name): Path<String>,
    Json(setting): Json<NewSetting>,
) -> Result<Json<Tenant>, ApiError> {
    let tenant = call::tenant()?;
    platform.tenants.change(&tenant, &name, &setting.value).await?;
    metrics::changed(&name);
    tracing::info!(setting = name, value = setting.value, "setting changed");
    let body = json!({ "name": name, "value": setting.value });
    platform.bus.publish("tenants", "tenant.settings_changed", body).await?;
    Ok(Json(platform.tenants.resolve(&tenant).await?))
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("platform", args.common.listen, |_stop| async move {
        let tenants = Tenants::open(&args.common.database).await?;
        let faults = Faults::new("platform").with_pool(tenants.database());
        let routes = Router::new()
            .route("/tenant", get(read))
            .route("/tenant/settings/{name}", put(change))
            .with_state(Platform { tenants, bus: Bus::new(&args.events) });
        Ok(Service::new("platform", routes, faults))
    })
}
