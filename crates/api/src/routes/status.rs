//! State and counters.

use axum::Json;
use axum::extract::State;
use sightline_model::Tenants;

use crate::ApiState;
use crate::call::Call;
use crate::status::Status;

pub(super) async fn status(State(api): State<ApiState>, call: Call) -> Json<Status> {
    let mut status = (api.status)(&call.scope);
    if *call.principal.scope.tenants() != Tenants::All {
        // Sums over all tenants tell of others.
        status.ingest = None;
        status.disk = None;
    }
    Json(status)
}
