//! Calls from one demo service to another.

use axum::http::StatusCode;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use sightline_sdk::client;

use crate::error::{ApiError, FAULT_HEADER};

/// Sends a request and reads its JSON answer. A refusal (4xx) is passed on; a failure (5xx, no answer) becomes 502.
///
/// # Errors
/// As said; the mark of an injected fault is kept.
pub async fn json<T: DeserializeOwned>(
    http: &reqwest::Client,
    request: RequestBuilder,
    template: &'static str,
) -> Result<T, ApiError> {
    let bad_gateway = |message: String| ApiError::new(StatusCode::BAD_GATEWAY, message);
    let response =
        client::send(http, request, template).await.map_err(|e| bad_gateway(format!("{template}: {e}")))?;
    let status = response.status();
    let fault = response.headers().get(FAULT_HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
    if status.is_success() {
        return response.json().await.map_err(|e| bad_gateway(format!("{template}: {e}")));
    }
    let code = StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let shown = if code.is_client_error() { code } else { StatusCode::BAD_GATEWAY };
    Err(ApiError::new(shown, format!("{template}: {status}")).with_fault(fault))
}
