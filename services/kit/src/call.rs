//! Calls from one demo service to another, and on whose behalf.

use std::time::Duration;

use axum::http::StatusCode;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use sightline_sdk::{client, tenant};

use crate::error::{ApiError, FAULT_HEADER};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the tenant on whose behalf the request came (baggage).
///
/// # Errors
/// A request without one is refused.
pub fn tenant() -> Result<String, ApiError> {
    tenant::current().ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "the call carries no tenant"))
}

/// Sends a request and reads its JSON answer. A refusal (4xx) is passed on; a failure (5xx, no answer) becomes 502.
///
/// # Errors
/// As said; the mark of an injected fault is kept.
pub async fn json<T: DeserializeOwned>(
    http: &reqwest::Client,
    request: RequestBuilder,
    template: &'static str,
) -> Result<T, ApiError> {
    send(http, request, template).await?.json().await.map_err(|e| bad_gateway(format!("{template}: {e}")))
}

/// Sends a request whose answer has no body.
///
/// # Errors
/// Like [`json`].
pub async fn done(
    http: &reqwest::Client,
    request: RequestBuilder,
    template: &'static str,
) -> Result<(), ApiError> {
    send(http, request, template).await.map(drop)
}

async fn send(
    http: &reqwest::Client,
    request: RequestBuilder,
    template: &'static str,
) -> Result<reqwest::Response, ApiError> {
    let answer = client::send(http, request.timeout(TIMEOUT), template).await;
    let response = answer.map_err(|e| bad_gateway(format!("{template}: {e}")))?;
    let status = response.status();
    let fault = response.headers().get(FAULT_HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    if status.is_success() {
        return Ok(response);
    }
    let code = StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let shown = if code.is_client_error() { code } else { StatusCode::BAD_GATEWAY };
    Err(ApiError::new(shown, format!("{template}: {status}")).with_fault(fault))
}

fn bad_gateway(message: String) -> ApiError {
    ApiError::new(StatusCode::BAD_GATEWAY, message)
}
