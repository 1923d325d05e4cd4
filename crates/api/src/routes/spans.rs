//! Spans that fit a filter.

use axum::Json;
use axum::extract::State;
use sightline_model::Frame;
use sightline_query::SpansQuery;

use super::services::text;
use crate::ask::Asking;
use crate::call::Call;
use crate::{ApiError, ApiState};

pub(super) async fn search(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = SpansQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        limit: call.params.number("limit"),
        after: asking.after.clone(),
    };
    asking.frame(api.query.spans(&call.scope, &query)).await
}
