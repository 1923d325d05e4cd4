//! Traces: found, shown whole, and span by span.

use axum::Json;
use axum::extract::State;
use sightline_model::{Frame, SpanId, TraceId};
use sightline_query::{Include, Sort, SpanDetail, SpanQuery, TraceQuery, TracesQuery};

use super::services::text;
use crate::ask::Asking;
use crate::call::{At, Call};
use crate::{ApiError, ApiState};

pub(super) async fn search(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = TracesQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        sort: call.params.one("sort").and_then(Sort::parse).unwrap_or_default(),
        limit: call.params.number("limit"),
        after: asking.after.clone(),
    };
    asking.frame(api.query.traces(&call.scope, &query)).await
}

pub(super) async fn one(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = TraceQuery { ask: asking.ask(), trace_id: trace_id(&id)?, include: include(&call) };
    asking.frame(api.query.trace(&call.scope, &query)).await
}

pub(super) async fn span(
    State(api): State<ApiState>,
    call: Call,
    At((id, span)): At<(String, String)>,
) -> Result<Json<SpanDetail>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let span = SpanId::parse(&span).map_err(|error| {
        ApiError::field("span", "bad_id", error.to_string(), "copy the id from the trace")
    })?;
    let query = SpanQuery { ask: asking.ask(), trace_id: trace_id(&id)?, span_id: span };
    asking.run(api.query.span(&call.scope, &query)).await.map(Json)
}

pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::parse(text)
        .map_err(|error| ApiError::field("id", "bad_id", error.to_string(), "copy the id whole"))
}

fn include(call: &Call) -> Include {
    if call.params.one("include") == Some("attributes") { Include::Attributes } else { Include::default() }
}
