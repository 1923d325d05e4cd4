//! Log records: found, counted, seen in their surroundings, shown whole. Following them live is in `tail`.

use axum::Json;
use axum::extract::State;
use sightline_model::{Frame, SpanId};
use sightline_query::{
    ContextQuery, HistogramBy, HistogramQuery, LogId, LogQuery, LogRecord, LogsQuery, Near, TraceLogsQuery,
};

use super::services::{bin, text};
use super::traces::trace_id;
use crate::ask::Asking;
use crate::call::{At, Call};
use crate::{ApiError, ApiState};

/// Neighbours on one side when nobody says how many.
const NEIGHBOURS: u32 = 50;

pub(super) async fn search(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = LogsQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        limit: call.params.number("limit"),
        after: asking.after.clone(),
    };
    asking.frame(api.query.logs(&call.scope, &query)).await
}

pub(super) async fn histogram(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = HistogramQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        bin: call.params.one("bin").map_or(Ok(sightline_query::Bin::Auto), bin)?,
        by: call.params.one("by").and_then(HistogramBy::parse).unwrap_or_default(),
    };
    asking.frame(api.query.log_histogram(&call.scope, &query)).await
}

pub(super) async fn context(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = ContextQuery {
        ask: asking.ask(),
        id: log_id(call.params.one("id").unwrap_or_default())?,
        before: call.params.number("before").unwrap_or(NEIGHBOURS),
        after: call.params.number("after").unwrap_or(NEIGHBOURS),
        near: call.params.one("by").and_then(Near::parse).unwrap_or_default(),
    };
    asking.frame(api.query.log_context(&call.scope, &query)).await
}

pub(super) async fn one(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<Json<LogRecord>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = LogQuery { ask: asking.ask(), id: log_id(&id)? };
    asking.run(api.query.log(&call.scope, &query)).await.map(Json)
}

pub(super) async fn of_trace(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let span = call.params.one("span").map(|text| {
        SpanId::parse(text)
            .map_err(|error| ApiError::field("span", "bad_id", error.to_string(), "copy the id whole"))
    });
    let query = TraceLogsQuery {
        ask: asking.ask(),
        trace_id: trace_id(&id)?,
        span_id: span.transpose()?,
        limit: call.params.number("limit"),
        after: asking.after.clone(),
    };
    asking.frame(api.query.trace_logs(&call.scope, &query)).await
}

fn log_id(text: &str) -> Result<LogId, ApiError> {
    LogId::parse(text).ok_or_else(|| {
        let message =
            format!("`{}` is not the id of a log record", text.chars().take(64).collect::<String>());
        ApiError::field("id", "bad_id", message, "copy the id from the column `id`, 32 hex digits")
    })
}
