//! What a handler knows of the request it answers: who asks, what may be seen, the parameters, the body.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use sightline_model::{Credential, Kind, Principal, TenantScope};

use crate::error::{ApiError, FieldError};
use crate::params::Params;

/// A request after the guard, before it is known whether somebody is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) principal: Option<Principal>,
    /// What it was signed in with.
    pub(crate) credential: Credential,
    /// The value of the session cookie, if one was sent.
    pub(crate) session: Option<String>,
    pub(crate) params: Params,
    pub(crate) query_id: String,
    /// Path of the route in the table.
    pub(crate) route: &'static str,
}

/// A request of somebody who is signed in and may do this.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) principal: Principal,
    /// What it was signed in with: an answer that goes on asks again whether it still opens anything.
    pub(crate) credential: Credential,
    /// What may be seen, narrowed by `tenant=`.
    pub(crate) scope: TenantScope,
    pub(crate) session: Option<String>,
    pub(crate) params: Params,
    pub(crate) query_id: String,
    pub(crate) route: &'static str,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.remove().ok_or_else(|| ApiError::internal(&"a handler without a guard"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let principal =
            visit.principal.ok_or_else(|| ApiError::internal(&"a handler for users on a public route"))?;
        let scope = match visit.params.tenants() {
            None => principal.scope.clone(),
            Some(wanted) => principal.scope.narrow(wanted),
        };
        Ok(Self {
            principal,
            credential: visit.credential,
            scope,
            session: visit.session,
            params: visit.params,
            query_id: visit.query_id,
            route: visit.route,
        })
    }
}

/// The variable parts of the path.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(value) = Path::from_request_parts(parts, state).await.map_err(|_| {
            ApiError::field(
                "path",
                "bad_path",
                "the path cannot be read",
                "percent-encode its parts as UTF-8",
            )
        })?;
        Ok(Self(value))
    }
}

/// A body in JSON; unknown fields are refused by the types.
#[derive(Debug)]
pub(crate) struct Input<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        axum::Json::from_request(request, state).await.map(|axum::Json(value)| Self(value)).map_err(refusal)
    }
}

fn refusal(rejection: JsonRejection) -> ApiError {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => ApiError::new(
            Kind::Unsupported,
            "the body must be JSON; send it with `content-type: application/json`",
        ),
        JsonRejection::JsonDataError(error) => bad_body(&error.body_text()),
        JsonRejection::JsonSyntaxError(error) => bad_body(&error.body_text()),
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(Kind::TooLarge, "the body is too large for this route; send less at a time")
        }
        other => bad_body(&other.body_text()),
    }
}

fn bad_body(text: &str) -> ApiError {
    // axum says "Failed to ... into the target type: <what serde says>"; the rest is enough.
    let what = text.split_once(": ").map_or(text, |(_, what)| what);
    let field = what.split('`').nth(1).filter(|_| what.contains("field")).unwrap_or("body");
    ApiError::invalid(vec![FieldError::new(field, "bad_body", what, "")]).with_code("bad_body")
}
