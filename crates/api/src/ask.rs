//! From a request to a question, and from its answer to the response.

use axum::Json;
use sightline_model::{Frame, Kind, TimeRange};
use sightline_query::{Ask, Error, Problem};

use crate::call::Call;
use crate::cursor::{Binding, Position};
use crate::error::FieldError;
use crate::{ApiError, ApiState};

/// A question that is being asked: what is common to all, and where its page starts.
pub(crate) struct Asking<'a> {
    api: &'a ApiState,
    call: &'a Call,
    binding: Binding,
    range: TimeRange,
    /// The raw position of the page, for the query.
    pub(crate) after: Option<String>,
}

impl<'a> Asking<'a> {
    /// Reads range and cursor of the parameters.
    pub(crate) fn new(api: &'a ApiState, call: &'a Call) -> Result<Self, ApiError> {
        let params = &call.params;
        Self::with(api, call, &call.shape(), params.one("from"), params.one("to"), params.one("cursor"))
    }

    /// Reads the parts of a question that stand in a body.
    pub(crate) fn with(
        api: &'a ApiState,
        call: &'a Call,
        shape: &[(String, String)],
        from: Option<&str>,
        to: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Self, ApiError> {
        let now = api.clock.unix_nanos();
        let zone = shape.iter().find(|(name, _)| name == "tz").map(|(_, value)| value.as_str());
        let pairs = shape.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let binding = Binding::new(&call.scope, call.route, pairs);
        if let Some(text) = cursor {
            let position = api.cursors.open(text, &binding, now).ok_or_else(mismatch)?;
            let Position { range, after } = position;
            return Ok(Self { api, call, binding, range, after: Some(after) });
        }
        let range = sightline_query::range(from, to, zone, now)
            .map_err(|problem| invalid(Kind::Invalid, std::slice::from_ref(&problem)))?;
        Ok(Self { api, call, binding, range, after: None })
    }

    /// Returns what its cursors are bound to.
    pub(crate) const fn binding(&self) -> Binding {
        self.binding
    }

    /// Returns what is common to all questions.
    pub(crate) fn ask(&self) -> Ask {
        let params = &self.call.params;
        Ask {
            // Ids are chosen by callers; the engine sees them apart for each org, so that nobody can hit upon another's.
            query_id: format!("o{}-{}", self.call.scope.org(), self.call.query_id),
            tz: params.one("tz").unwrap_or_default().to_owned(),
            environment: params.one("environment").map(str::to_owned),
            ..Ask::over(self.range)
        }
    }

    /// Runs the question; it can be ended by `DELETE /queries/{id}`, and ends when the caller goes away.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, ApiError> {
        let running = self.api.running.begin(&self.call.principal, &self.call.query_id)?;
        let outcome = running.until_cancelled(work).await;
        outcome
            .and_then(|done| done.map_err(ApiError::from))
            .map_err(|error| error.with_query(&self.call.query_id))
    }

    /// Runs a question that is answered with a frame.
    pub(crate) async fn frame(
        &self,
        work: impl Future<Output = Result<Frame, Error>>,
    ) -> Result<Json<Frame>, ApiError> {
        let mut frame = self.run(work).await?;
        frame.meta.query_id.clone_from(&self.call.query_id);
        let now = self.api.clock.unix_nanos();
        if let Some(after) = frame.meta.next_cursor.take() {
            let position = Position { range: self.range, after };
            frame.meta.next_cursor = self.api.cursors.seal(&position, &self.binding, now);
        }
        Ok(Json(frame))
    }
}

impl Call {
    /// Everything that shapes the answer: path and parameters, without the page.
    fn shape(&self) -> Vec<(String, String)> {
        let params =
            self.params.shaping().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        params.collect()
    }
}

fn mismatch() -> ApiError {
    ApiError::field(
        "cursor",
        "cursor_mismatch",
        "the cursor is older than an hour or belongs to another query",
        "start with the first page, and keep every other parameter the same from page to page",
    )
}

impl From<&Problem> for FieldError {
    fn from(problem: &Problem) -> Self {
        Self {
            start: problem.start,
            end: problem.end,
            suggestions: problem.suggestions.clone(),
            ..Self::new(problem.field, problem.code, &problem.detail, &problem.remedy)
        }
    }
}

fn invalid(kind: Kind, problems: &[Problem]) -> ApiError {
    ApiError::of_fields(kind, problems.iter().map(FieldError::from).collect())
        .with_code(problems.first().map_or(kind.code(), |first| first.code))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        match error.problems() {
            [] if kind == Kind::Internal => Self::internal(&error),
            [] => Self::new(kind, error.to_string()),
            problems => invalid(kind, problems),
        }
    }
}
