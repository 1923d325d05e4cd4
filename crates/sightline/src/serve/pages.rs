//! Serves the embedded web application.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sightline_web::{Asset, asset};

/// Answers every path: a file of the application, else its page.
pub(super) fn router() -> Router {
    Router::new().fallback(page)
}

async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let accepted = text(&headers, header::ACCEPT_ENCODING);
    let found = asset(uri.path(), accepted);
    // A missing file must not be answered with a page; a page's path may hold anything (`/services/billing.v2`).
    let is_file = uri.path().starts_with("/assets/");
    match found.or_else(|| (!is_file).then(|| asset("index.html", accepted)).flatten()) {
        Some(asset) => respond(asset, text(&headers, header::IF_NONE_MATCH)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn respond(asset: Asset, known: &str) -> Response {
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = Response::builder()
        .header(header::CACHE_CONTROL, cache)
        .header(header::ETAG, &asset.etag)
        .header(header::VARY, "accept-encoding");
    let answer = if known == asset.etag {
        head.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let head = head.header(header::CONTENT_TYPE, asset.content_type);
        let head = match asset.encoding {
            Some(encoding) => head.header(header::CONTENT_ENCODING, encoding),
            None => head,
        };
        head.body(Body::from(asset.bytes.into_owned()))
    };
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
