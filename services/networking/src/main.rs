//! Demo service `networking`: the devices of the tenants. Provisioning is a job of core-ops; the bus tells when it is done.

mod devices;
mod metrics;

use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use serde::Deserialize;
use serde_json::{Value, json};
use service_kit::bus::{Bus, Message, Subscription};
use service_kit::{ApiError, Common, Faults, Service, call};

use devices::{Device, Devices};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// URL of core-ops.
    #[arg(long)]
    ops: String,
    /// URL of core-events.
    #[arg(long)]
    events: String,
}

#[derive(Debug, Clone)]
struct Networking {
    devices: Devices,
    http: reqwest::Client,
    ops: Arc<str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDevice {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

impl Networking {
    /// Asks core-ops for a job about a device.
    async fn enqueue(&self, job: &str, device: &str) -> Result<(), ApiError> {
        let body = json!({ "name": job, "payload": { "device": device } });
        let request = self.http.post(format!("{}/jobs", self.ops)).json(&body);
        call::json::<Value>(&self.http, request, "/jobs").await.map(drop)
    }
}

/// Registers a device; it is active when its job is done.
async fn register(
    State(networking): State<Networking>,
    Json(new): Json<NewDevice>,
) -> Result<(StatusCode, Json<Device>), ApiError> {
    let tenant = call::tenant()?;
    let device = networking.devices.register(&tenant, &new.name, &new.kind).await?;
    if let Err(error) = networking.enqueue("device.provision", &device.id).await {
        networking.devices.remove(&tenant, &device.id).await?;
        metrics::provisioned(false);
        return Err(error);
    }
    Ok((StatusCode::ACCEPTED, Json(device)))
}

async fn list(State(networking): State<Networking>) -> Result<Json<Vec<Device>>, ApiError> {
    Ok(Json(networking.devices.list(&call::tenant()?).await?))
}

async fn read(
    State(networking): State<Networking>,
    Path(id): Path<String>,
) -> Result<Json<Device>, ApiError> {
    Ok(Json(networking.devices.get(&call::tenant()?, &id).await?))
}

/// Retires an active device; it is gone when its job is done.
async fn retire(
    State(networking): State<Networking>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Device>), ApiError> {
    let tenant = call::tenant()?;
    let device = networking.devices.get(&tenant, &id).await?;
    if device.state != "active" {
        let text = format!("the device is `{}`; only an `active` one can be retired", device.state);
        return Err(ApiError::new(StatusCode::CONFLICT, text));
    }
    networking.devices.retire(&tenant, &id).await?;
    if let Err(error) = networking.enqueue("device.retire", &id).await {
        networking.devices.keep(&tenant, &id).await?;
        return Err(error);
    }
    Ok((StatusCode::ACCEPTED, Json(device)))
}

/// The bus tells that a job about a device is done.
async fn told(devices: Devices, message: Message) -> Result<(), ApiError> {
    let tenant = call::tenant()?;
    let text = |key: &str| message.content.body[key].as_str().unwrap_or_default();
    match message.content.kind.as_str() {
        "device.provisioned" => {
            if devices.activate(&tenant, text("device"), text("address")).await? {
                metrics::provisioned(true);
                tracing::info!(device_id = text("device"), address = text("address"), "device is active");
            }
            Ok(())
        }
        "device.retired" => Ok(devices.remove(&tenant, text("device")).await?),
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("networking", args.common.listen, |stop| async move {
        let devices = Devices::open(&args.common.database).await?;
        let faults = Faults::new("networking").with_pool(devices.database());
        let listener = Subscription::new(Bus::new(&args.events), "devices", "networking");
        let (known, counted) = (devices.clone(), devices.clone());
        let count = move || {
            let devices = counted.clone();
            async move { devices.count().await.map(metrics::devices) }
        };
        let routes = Router::new()
            .route("/devices", get(list).post(register))
            .route("/devices/{id}", get(read).delete(retire))
            .with_state(Networking { devices, http: reqwest::Client::new(), ops: args.ops.into() });
        Ok(Service::new("networking", routes, faults)
            .background(metrics::device_count().keep(stop.clone(), count))
            .background(listener.run(stop, move |message| told(known.clone(), message))))
    })
}
