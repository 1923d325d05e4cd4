//! The doors to devices, which networking keeps.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;
use service_kit::ApiError;

use crate::Gateway;

type Answer = Result<Json<Value>, ApiError>;

/// The doors.
pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/api/devices", get(list).post(register))
        .route("/api/devices/{id}", get(read).delete(retire))
}

async fn register(State(gateway): State<Gateway>, headers: HeaderMap, Json(new): Json<Value>) -> Answer {
    let request = gateway.http.post(format!("{}/devices", gateway.upstreams.networking)).json(&new);
    gateway.forward(&headers, "POST /api/devices", request, "/devices").await
}

async fn list(State(gateway): State<Gateway>, headers: HeaderMap) -> Answer {
    let request = gateway.http.get(format!("{}/devices", gateway.upstreams.networking));
    gateway.forward(&headers, "GET /api/devices", request, "/devices").await
}

async fn read(State(gateway): State<Gateway>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let request = gateway.http.get(format!("{}/devices/{id}", gateway.upstreams.networking));
    gateway.forward(&headers, "GET /api/devices/{id}", request, "/devices/{id}").await
}

async fn retire(State(gateway): State<Gateway>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let request = gateway.http.delete(format!("{}/devices/{id}", gateway.upstreams.networking));
    gateway.forward(&headers, "DELETE /api/devices/{id}", request, "/devices/{id}").await
}
