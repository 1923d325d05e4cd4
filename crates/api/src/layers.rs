//! What happens to every request and answer, whatever the route: ids, limits, time, panics, security headers.

use std::any::Any;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sightline_model::Kind;
use sightline_runtime::metrics::histogram;

use crate::names::REQUEST_ID;
use crate::{ApiError, ApiState};

/// For pages: everything comes from here, and nothing runs or styles itself from inside a page.
const PAGE_POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/// For answers that are data: nothing in them may ever run.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Headers of every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Wraps every API route, innermost first: time and size, then ids and headers.
pub(crate) async fn data(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let (started, measured) = (api.clock.monotonic(), Measured::of(&request));
    let mut response = answer(&api, request, next).await;
    measured.record(response.status(), api.clock.monotonic().saturating_sub(started));
    let headers = response.headers_mut();
    set(headers, &REQUEST_ID, &id);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    set(headers, &header::CONTENT_SECURITY_POLICY, DATA_POLICY);
    secure(headers, api.config.https);
    if response.status().is_server_error() {
        tracing::warn!(request_id = id, status = response.status().as_u16(), "a request failed");
    }
    response
}

/// What the metric says of a request: names that we know only, so that callers cannot make new series.
struct Measured {
    method: &'static str,
    route: String,
}

impl Measured {
    fn of(request: &Request) -> Self {
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            _ => "_OTHER",
        };
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
        Self { method, route }
    }

    fn record(&self, status: StatusCode, took: Duration) {
        let status = status.as_u16().to_string();
        let labels = [
            ("http.request.method", self.method),
            ("http.route", &self.route),
            ("http.response.status_code", &status),
        ];
        histogram("http.server.request.duration", &labels).record(took);
    }
}

async fn answer(api: &ApiState, request: Request, next: Next) -> Response {
    let target_bytes = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let limit = api.config.uri_bytes_max;
    if target_bytes > limit {
        let detail = format!(
            "the URL has {target_bytes} bytes, the limit is {limit}; use `POST /api/v1/query` for long texts"
        );
        return ApiError::new(Kind::TooLarge, detail).with_status(StatusCode::URI_TOO_LONG).into_response();
    }
    match tokio::time::timeout(api.config.request_timeout(), next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(Kind::Timeout, OUT_OF_TIME).into_response(),
    }
}

const OUT_OF_TIME: &str = "the request took too long; narrow the range or the filter";

/// Wraps the pages.
pub(crate) async fn page(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    secure(headers, api.config.https);
    response
}

fn secure(headers: &mut HeaderMap, https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

fn set(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name.clone(), value);
    }
}

/// Turns a panic of a handler into an answer; the process lives on.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub(crate) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without text");
    ApiError::internal(&text).into_response()
}
