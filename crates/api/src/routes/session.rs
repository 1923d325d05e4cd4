//! Logging in with a one-time token, and out.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use sightline_model::Credential;
use utoipa::ToSchema;

use super::me::Me;
use crate::call::{Call, Input, Visit};
use crate::credential::cookie_name;
use crate::{ApiError, ApiState};

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogIn {
    /// The token of the login link.
    token: String,
}

pub(super) async fn log_in(
    State(api): State<ApiState>,
    visit: Visit,
    Input(input): Input<LogIn>,
) -> Result<Response, ApiError> {
    let done = api.meta.sessions().log_in(&input.token, visit.session.as_deref()).await?;
    let token = done.token.expose();
    let principal = api.auth.reader(&Credential::Session(token.clone()))?;
    let life_s = done.expires_at.saturating_sub(api.clock.unix_nanos()).max(0) / 1_000_000_000;
    let cookie = cookie(api.config.https, token, life_s)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(Me::of(&principal))).into_response())
}

pub(super) async fn log_out(State(api): State<ApiState>, call: Call) -> Result<Response, ApiError> {
    if let Some(token) = &call.session {
        api.meta.sessions().end(token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, log_out_cookie(api.config.https)?)]).into_response())
}

/// Makes the browser forget the session.
fn log_out_cookie(https: bool) -> Result<HeaderValue, ApiError> {
    cookie(https, "", 0)
}

fn cookie(https: bool, token: &str, life_s: i64) -> Result<HeaderValue, ApiError> {
    let secure = if https { "; Secure" } else { "" };
    let name = cookie_name(https);
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_s}{secure}");
    HeaderValue::from_str(&text).map_err(|error| ApiError::internal(&error))
}
