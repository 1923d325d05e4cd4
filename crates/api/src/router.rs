//! Makes the router out of the route table.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sightline_model::Kind;
use tower_http::catch_panic::CatchPanicLayer;

use crate::guard::{Guarded, guard};
use crate::routes::{ROUTES, Route};
use crate::{ApiError, ApiState, layers};

/// What is served beside the API on its port.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    /// Receivers, such as `/v1/traces`; with their own limits and errors.
    pub receivers: Router,
    /// Pages; answers every path that nothing else does.
    pub pages: Router,
}

/// Returns the whole surface of the API port: the API, the receivers, and the pages for the rest.
pub fn router(api: ApiState, doors: Doors) -> Router {
    let mut routes: Router<ApiState> = Router::new();
    for route in ROUTES {
        routes = add(routes, &api, route);
    }
    // Panics are caught inside the layers, so that this answer has its headers too.
    let routes = routes
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(api.config.body_bytes_max))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(api.clone(), layers::data))
        .with_state(api.clone());
    let missing = Router::new().fallback(no_such_route).layer(from_fn_with_state(api.clone(), layers::data));
    let pages = doors.pages.layer(from_fn_with_state(api, layers::page));
    let rest = Rest { missing, pages };
    routes.merge(doors.receivers).fallback(move |request: Request| pick(rest.clone(), request))
}

fn add(routes: Router<ApiState>, api: &ApiState, route: &'static Route) -> Router<ApiState> {
    let guarded = Guarded { api: api.clone(), route };
    routes.route(route.path, (route.handler)(route.verb.filter()).layer(from_fn_with_state(guarded, guard)))
}

#[derive(Clone)]
struct Rest {
    missing: Router,
    pages: Router,
}

/// Unknown paths of the API get an answer for programs, all others are for the pages.
async fn pick(rest: Rest, request: Request) -> Response {
    use tower::ServiceExt as _;
    let path = request.uri().path();
    let is_data = path == "/api" || path.starts_with("/api/") || path == "/v1" || path.starts_with("/v1/");
    let router = if is_data { rest.missing } else { rest.pages };
    router.oneshot(request).await.into_response()
}

async fn no_such_route(request: Request) -> ApiError {
    let detail = format!(
        "there is no route `{} {}`; GET /api/openapi.json lists all",
        request.method(),
        path_of(&request)
    );
    ApiError::new(Kind::NotFound, detail).with_code("no_such_route")
}

async fn wrong_method(request: Request) -> Response {
    let path = path_of(&request);
    let detail =
        format!("`{path}` does not take {}; GET /api/openapi.json lists what it takes", request.method());
    ApiError::new(Kind::Invalid, detail)
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_code("method_not_allowed")
        .into_response()
}

/// The path, short enough to be repeated.
fn path_of(request: &Request) -> String {
    request.uri().path().chars().take(200).collect()
}
