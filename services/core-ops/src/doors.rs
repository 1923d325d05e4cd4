//! The doors of core-ops.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service_kit::{ApiError, call};
use sightline_sdk::job;
use tokio::sync::Notify;

use crate::queue::{self, Depth, Queue};
use crate::scheduler::{Standing, Tasks};
use crate::worker::{PROVISION, RETIRE};

#[derive(Debug, Clone)]
struct Jobs {
    queue: Queue,
    news: Arc<Notify>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewJob {
    name: String,
    payload: Value,
}

#[derive(Debug, Serialize)]
struct Enqueued {
    id: String,
}

/// Doors that leave spans.
pub(crate) fn observed(queue: &Queue, news: &Arc<Notify>) -> Router {
    Router::new()
        .route("/jobs", post(enqueue))
        .route("/jobs/{id}", get(state))
        .with_state(Jobs { queue: queue.clone(), news: Arc::clone(news) })
}

/// Doors that leave none.
pub(crate) fn unobserved(queue: &Queue, tasks: &Tasks) -> Router {
    Router::new()
        .route("/queue", get(depth))
        .with_state(queue.clone())
        .merge(Router::new().route("/schedules", get(schedules)).with_state(tasks.clone()))
}

async fn enqueue(
    State(jobs): State<Jobs>,
    Json(new): Json<NewJob>,
) -> Result<(StatusCode, Json<Enqueued>), ApiError> {
    if ![PROVISION, RETIRE].contains(&new.name.as_str()) {
        let text = format!("`name` `{}` is no job; use `{PROVISION}` or `{RETIRE}`", new.name);
        return Err(ApiError::new(StatusCode::BAD_REQUEST, text));
    }
    if !new.payload["device"].is_string() {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "`payload.device` must be the id of a device"));
    }
    // The job's spans hang on the span of this request, not on one inside it.
    let id = jobs.queue.enqueue(&new.name, &new.payload, &job::origin()).await?;
    jobs.news.notify_one();
    Ok((StatusCode::ACCEPTED, Json(Enqueued { id })))
}

async fn state(State(jobs): State<Jobs>, Path(id): Path<String>) -> Result<Json<queue::State>, ApiError> {
    Ok(Json(jobs.queue.state(&call::tenant()?, &id).await?))
}

async fn depth(State(queue): State<Queue>) -> Result<Json<Depth>, ApiError> {
    Ok(Json(queue.depth().await?))
}

async fn schedules(State(tasks): State<Tasks>) -> Result<Json<Vec<Standing>>, ApiError> {
    Ok(Json(tasks.standings().await?))
}
