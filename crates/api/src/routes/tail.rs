//! `GET /logs/tail`: records as they arrive, as server-sent events (language.md 5.4).

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use sightline_model::Kind;
use sightline_query::TailQuery;

use super::services::text;
use crate::ask::Asking;
use crate::call::Call;
use crate::cursor::Position;
use crate::events::{Events, Follow};
use crate::{ApiError, ApiState};

/// What a browser sends back after a connection was lost.
const LAST_EVENT: &str = "last-event-id";

pub(super) async fn logs(
    State(api): State<ApiState>,
    headers: HeaderMap,
    call: Call,
) -> Result<Response, ApiError> {
    let permit = std::sync::Arc::clone(&api.tails).try_acquire_owned().map_err(|_| {
        let most = api.config.tails_max;
        ApiError::new(Kind::Unavailable, format!("{most} live tails are open; close one and try again"))
    })?;
    let asking = Asking::new(&api, &call)?;
    let binding = asking.binding();
    let now = api.clock.unix_nanos();
    let sealed = headers.get(LAST_EVENT).and_then(|value| value.to_str().ok());
    // An old or foreign token is no reason to refuse: the tail begins now, like every first one.
    let resumed = sealed.and_then(|token| api.cursors.open(token, &binding, now));
    let after =
        resumed.filter(|at| now - at.range.to() < Follow::RESUME_NS).map(|Position { after, .. }| after);
    let query = TailQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        after: after.and_then(|after| after.parse().ok()),
    };
    let running = api.running.begin(&call.principal, &call.query_id)?;
    let tail = running.until_cancelled(api.query.tail(&call.scope, query)).await?;
    let tail = tail.map_err(|error| ApiError::from(error).with_query(&call.query_id))?;
    let follow = Follow { api: api.clone(), tail, running, binding, permit, call };
    let mut response = Body::new(Events::new(follow)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that gather answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
