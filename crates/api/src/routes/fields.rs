//! Keys that can stand in a filter, and their values.

use axum::Json;
use axum::extract::State;
use sightline_query::{FieldList, FieldsQuery, ValueList, ValuesQuery};

use super::services::{signal, text};
use crate::ask::Asking;
use crate::call::{At, Call};
use crate::{ApiError, ApiState};

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<FieldList>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = FieldsQuery { ask: asking.ask(), signal: signal(&call), prefix: text(&call, "prefix") };
    asking.run(api.query.fields(&call.scope, &query)).await.map(Json)
}

pub(super) async fn values(
    State(api): State<ApiState>,
    call: Call,
    At(key): At<String>,
) -> Result<Json<ValueList>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = ValuesQuery {
        ask: asking.ask(),
        signal: signal(&call),
        key,
        prefix: text(&call, "prefix"),
        filter: text(&call, "filter"),
        limit: call.params.number("limit"),
    };
    asking.run(api.query.field_values(&call.scope, &query)).await.map(Json)
}
