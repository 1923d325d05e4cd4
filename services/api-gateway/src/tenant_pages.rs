//! The doors to what a tenant sees of itself: its settings (platform) and its report (analytics).

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::Value;
use service_kit::ApiError;

use crate::Gateway;

type Answer = Result<Json<Value>, ApiError>;

/// The doors.
pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/api/reports/summary", get(report))
        .route("/api/tenant", get(read))
        .route("/api/tenant/settings/{name}", put(change))
}

async fn report(State(gateway): State<Gateway>, headers: HeaderMap) -> Answer {
    let request = gateway.http.get(format!("{}/reports/summary", gateway.upstreams.analytics));
    gateway.forward(&headers, "GET /api/reports/summary", request, "/reports/summary").await
}

async fn read(State(gateway): State<Gateway>, headers: HeaderMap) -> Answer {
    let request = gateway.http.get(format!("{}/tenant", gateway.upstreams.platform));
    gateway.forward(&headers, "GET /api/tenant", request, "/tenant").await
}

async fn change(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Json(setting): Json<Value>,
) -> Answer {
    let url = format!("{}/tenant/settings/{name}", gateway.upstreams.platform);
    let request = gateway.http.put(url).json(&setting);
    gateway.forward(&headers, "PUT /api/tenant/settings/{name}", request, "/tenant/settings/{name}").await
}
