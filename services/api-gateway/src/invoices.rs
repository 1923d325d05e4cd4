//! The doors to invoices, which billing keeps.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use service_kit::ApiError;

use crate::Gateway;

type Answer = Result<Json<Value>, ApiError>;

/// The doors.
pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/api/invoices", post(create))
        .route("/api/invoices/{id}", get(read))
        .route("/api/invoices/{id}/pay", post(pay))
}

async fn create(State(gateway): State<Gateway>, headers: HeaderMap, Json(new): Json<Value>) -> Answer {
    let request = gateway.http.post(format!("{}/invoices", gateway.upstreams.billing)).json(&new);
    gateway.forward(&headers, "POST /api/invoices", request, "/invoices").await
}

async fn read(State(gateway): State<Gateway>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let request = gateway.http.get(format!("{}/invoices/{id}", gateway.upstreams.billing));
    gateway.forward(&headers, "GET /api/invoices/{id}", request, "/invoices/{id}").await
}

async fn pay(State(gateway): State<Gateway>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let request = gateway.http.post(format!("{}/invoices/{id}/pay", gateway.upstreams.billing));
    gateway.forward(&headers, "POST /api/invoices/{id}/pay", request, "/invoices/{id}/pay").await
}
