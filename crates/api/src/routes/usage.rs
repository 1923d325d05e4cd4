//! What tenants use.

use axum::Json;
use axum::extract::State;
use sightline_model::Frame;
use sightline_query::UsageQuery;

use crate::ask::Asking;
use crate::call::Call;
use crate::{ApiError, ApiState};

pub(super) async fn usage(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    asking.frame(api.query.usage(&call.scope, &UsageQuery { ask: asking.ask() })).await
}
