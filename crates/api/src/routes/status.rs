//! State and counters.

use axum::Json;
use axum::extract::State;
use sightline_model::Tenants;

use crate::ApiState;
use crate::call::Call;
use crate::status::{Retention, StatusAnswer};

pub(super) async fn status(State(api): State<ApiState>, call: Call) -> Json<StatusAnswer> {
    let mut status = (api.status)(&call.scope);
    if *call.principal.scope.tenants() != Tenants::All {
        // Sums over all tenants tell of others.
        status.ingest = None;
        status.disk = None;
    }
    let kept = api.query.kept().into_iter();
    let retention = kept.map(|(signal, resolution, days)| Retention { signal, resolution, days });
    Json(StatusAnswer { status, retention: retention.collect() })
}
