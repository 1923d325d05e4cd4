//! Liveness, readiness, own metrics, and the document of the API.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use sightline_model::{OrgId, Permission};
use sightline_runtime::{State as PartState, metrics as own_metrics};
use utoipa::ToSchema;

use crate::call::Visit;
use crate::{ApiState, openapi};

/// Content type of own metrics.
pub(crate) const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process works.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `ok`.
    status: &'static str,
}

/// Whether requests can be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// State of each part: `starting`, `ready`, `degraded` or `draining`.
    parts: BTreeMap<&'static str, &'static str>,
}

pub(super) async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

pub(super) async fn ready(State(api): State<ApiState>) -> Response {
    // Words only: the text of a degraded part may name paths, and this answer is for everybody.
    let word = |state: &PartState| match state {
        PartState::Starting => "starting",
        PartState::Ready => "ready",
        PartState::Degraded(_) => "degraded",
        PartState::Draining => "draining",
    };
    let parts = api.health.parts().iter().map(|(name, state)| (*name, word(state))).collect();
    let (code, status) = if api.health.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    (code, Json(Ready { status, parts })).into_response()
}

pub(super) async fn metrics(visit: Visit) -> Response {
    let sees_all = visit
        .principal
        .is_some_and(|who| who.scope.org() == OrgId::PLATFORM && who.may(Permission::MetricsRead));
    let hidden: &[&str] = if sees_all { &[] } else { &["org", "tenant"] };
    ([(header::CONTENT_TYPE, OPENMETRICS)], own_metrics::render(hidden)).into_response()
}

pub(super) async fn openapi() -> Response {
    /// Made once: whoever asks for it needs no credential, and it is a quarter of a megabyte.
    static TEXT: LazyLock<String> = LazyLock::new(openapi::document_text);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}
