//! What a caller gets instead of an answer: `application/problem+json` (RFC 9457, language.md 5.3).

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use sightline_model::{AuthError, Kind};
use utoipa::ToSchema;

/// A refusal or failure of one request.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct ApiError {
    kind: Kind,
    code: &'static str,
    status: Option<StatusCode>,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    query_id: Option<String>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Names the problem: `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This occurrence, for people.
    pub detail: String,
    /// For programs; stable.
    pub code: String,
    /// The query that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// When to try again, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Each thing that is wrong, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The parameter or field.
    pub field: String,
    /// First UTF-16 offset in the text of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// Offset after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
    /// For programs; stable.
    pub code: String,
    /// For people.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// What may have been meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl FieldError {
    /// Makes an error of a whole field.
    pub(crate) fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
            remedy: remedy.into(),
            ..Self::default()
        }
    }
}

/// What is said of a defect of ours; the cause is in the log under the request id.
const INTERNAL: &str = "the server made a mistake; its log has more under the request id of this answer";

impl ApiError {
    /// Makes an error whose code is that of its kind.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            code: kind.code(),
            status: None,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: kind.retry().then_some(Duration::from_secs(1)),
            query_id: None,
        }
    }

    /// Reports what is wrong with the fields of a request; the first is told in the detail too.
    pub(crate) fn of_fields(kind: Kind, errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(String::new, |first| {
            if first.remedy.is_empty() {
                first.message.clone()
            } else {
                format!("{}; {}", first.message, first.remedy)
            }
        });
        Self { errors, ..Self::new(kind, detail) }
    }

    /// Reports what is wrong with the fields of a request that is not valid.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        Self::of_fields(Kind::Invalid, errors)
    }

    /// Reports one wrong field.
    pub(crate) fn field(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldError::new(field, code, message, remedy)]).with_code(code)
    }

    /// Logs the cause of a defect of ours and hides it.
    pub(crate) fn internal(cause: &dyn std::fmt::Debug) -> Self {
        tracing::error!(?cause, "a request failed by a mistake of ours");
        Self::new(Kind::Internal, INTERNAL)
    }

    pub(crate) const fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Replaces the status of the kind, where HTTP is finer.
    pub(crate) const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// Says when to try again.
    pub(crate) const fn with_pause(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    pub(crate) fn with_query(mut self, query_id: &str) -> Self {
        self.query_id = Some(query_id.to_owned());
        self
    }

    /// Says where a text stands that has another name inside.
    pub(crate) fn rename_field(mut self, from: &str, to: &str) -> Self {
        self.errors
            .iter_mut()
            .filter(|error| error.field == from)
            .for_each(|error| to.clone_into(&mut error.field));
        self
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    fn status(&self) -> StatusCode {
        let of_kind = || StatusCode::from_u16(self.kind.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.status.unwrap_or_else(of_kind)
    }

    /// Returns what is sent.
    pub(crate) fn problem(self) -> Problem {
        Problem {
            kind: format!("/problems/{}", self.code.replace('_', "-")),
            title: title(self.kind).to_owned(),
            status: self.status().as_u16(),
            detail: self.detail,
            code: self.code.to_owned(),
            query_id: self.query_id,
            retry_after_ms: self
                .retry_after
                .map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            errors: self.errors,
        }
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "the request is not valid",
        Kind::Unauthenticated => "a valid credential is needed",
        Kind::Denied => "not permitted",
        Kind::NotFound => "not found",
        Kind::Conflict => "the present state does not allow it",
        Kind::TooLarge => "the request is too large",
        Kind::Unsupported => "the content type is not understood",
        Kind::Unprocessable => "refused by a rule",
        Kind::Exhausted => "a quota is used up",
        Kind::Unavailable => "not available now",
        Kind::Timeout => "out of time",
        Kind::Internal => "internal error",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = self.retry_after;
        let query_id = self.query_id.clone();
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(pause) = retry_after {
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from((pause.as_secs() + u64::from(pause.subsec_nanos() > 0)).max(1)),
            );
        }
        if let Some(id) = query_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
            headers.insert(crate::names::QUERY_ID, id);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sightline\""));
        }
        response
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<sightline_meta::Error> for ApiError {
    fn from(error: sightline_meta::Error) -> Self {
        match error.kind() {
            Kind::Internal => Self::internal(&error),
            Kind::Unavailable => {
                tracing::warn!(cause = ?error, "the settings database failed");
                Self::new(Kind::Unavailable, error.to_string())
            }
            kind => Self::new(kind, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_what_to_do() {
        let error = ApiError::field("limit", "bad_value", "`x` is not a number", "write 1 to 1000");
        let text = serde_json::to_string(&error.problem()).unwrap();
        assert_eq!(
            text,
            r#"{"type":"/problems/bad-value","title":"the request is not valid","status":400,"detail":"`x` is not a number; write 1 to 1000","code":"bad_value","errors":[{"field":"limit","code":"bad_value","message":"`x` is not a number","remedy":"write 1 to 1000"}]}"#
        );
    }

    #[test]
    fn headers_follow_the_kind() {
        let check = |kind, header: header::HeaderName, is_there| {
            let response = ApiError::new(kind, "x").into_response();
            assert_eq!(response.headers().contains_key(&header), is_there, "{kind:?} {header}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        };
        check(Kind::Unavailable, header::RETRY_AFTER, true);
        check(Kind::Exhausted, header::RETRY_AFTER, true);
        check(Kind::Invalid, header::RETRY_AFTER, false);
        check(Kind::Unauthenticated, header::WWW_AUTHENTICATE, true);
        check(Kind::Denied, header::WWW_AUTHENTICATE, false);
    }

    #[test]
    fn the_cause_of_a_defect_is_not_shown() {
        let problem = ApiError::internal(&"SELECT secret FROM /var/lib").problem();
        assert!(!problem.detail.contains("SELECT"), "{}", problem.detail);
    }
}
