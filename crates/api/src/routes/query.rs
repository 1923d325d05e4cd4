//! Queries as text: run, checked, completed, ended.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sightline_model::language::{self, SyntaxError};
use sightline_model::{Frame, Kind, Signal, Warning};
use sightline_query::{CompleteQuery, Completion, EventsQuery, LogsQuery, SpansQuery};
use utoipa::ToSchema;

use crate::ask::Asking;
use crate::call::{At, Call, Input};
use crate::error::FieldError;
use crate::{ApiError, ApiState};

/// Most rows of an answer.
const ROWS_MAX: u32 = 10_000;
/// Events of an answer when nobody says otherwise, as of spans and records.
const EVENTS_DEFAULT: u32 = 100;
/// What texts that are checked and completed may be about.
const SIGNALS: &str = "write traces or logs";

/// A query.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryRequest {
    /// The text: in this version a filter.
    #[serde(default)]
    query: String,
    /// What is asked for: `traces` by default, `logs`, or `events`.
    #[serde(default)]
    signal: Option<String>,
    /// First instant: a time literal; `now-15m` by default.
    #[serde(default)]
    from: Option<String>,
    /// First instant after; `now` by default.
    #[serde(default)]
    to: Option<String>,
    /// IANA zone; UTC by default.
    #[serde(default)]
    tz: Option<String>,
    /// Only these tenants.
    #[serde(default)]
    tenant: Option<Vec<String>>,
    /// Only this environment.
    #[serde(default)]
    environment: Option<String>,
    /// Rows on a page; 100 by default, at most 10,000.
    #[serde(default)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before; events have one page.
    #[serde(default)]
    cursor: Option<String>,
}

/// What a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Spans,
    Logs,
    Events,
}

/// A text to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParseRequest {
    /// The text.
    text: String,
    /// Kind of telemetry: `traces` by default, or `logs`.
    #[serde(default)]
    signal: Option<String>,
}

/// A text that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct ParseAnswer {
    /// The text in its one form; null when it has errors.
    canonical: Option<String>,
    /// What is wrong, each with its place.
    errors: Vec<FieldError>,
    /// What the writer should know.
    warnings: Vec<Warning>,
}

/// A text with a cursor in it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteRequest {
    /// The text.
    text: String,
    /// UTF-16 offset of the cursor.
    cursor: u32,
    /// Kind of text; only `filter` in this version.
    #[serde(default)]
    kind: Option<String>,
    /// Kind of telemetry: `traces` by default, or `logs`.
    #[serde(default)]
    signal: Option<String>,
    /// First instant: a time literal; `now-15m` by default.
    #[serde(default)]
    from: Option<String>,
    /// First instant after; `now` by default.
    #[serde(default)]
    to: Option<String>,
}

pub(super) async fn run(
    State(api): State<ApiState>,
    call: Call,
    Input(input): Input<QueryRequest>,
) -> Result<Json<Frame>, ApiError> {
    let source = input.source()?;
    refuse_pipeline(&input.query)?;
    if let Some(limit) = input.limit.filter(|limit| !(1..=ROWS_MAX).contains(limit)) {
        let message = format!("`{limit}` is not a number between 1 and {ROWS_MAX}");
        return Err(ApiError::field("limit", "bad_value", message, format!("write 1 to {ROWS_MAX}")));
    }
    let call = input.narrow(call)?;
    let (from, to) = (input.from.as_deref(), input.to.as_deref());
    let asking = Asking::with(&api, &call, &input.shape(), from, to, input.cursor.as_deref())?;
    let mut ask = asking.ask();
    ask.tz = input.tz.clone().unwrap_or_default();
    ask.environment.clone_from(&input.environment);
    let (filter, limit, after) = (input.query.clone(), input.limit, asking.after.clone());
    let answer = match source {
        Source::Events => {
            let query = EventsQuery { ask, filter, limit: Some(limit.unwrap_or(EVENTS_DEFAULT)) };
            asking.frame(api.query.events(&call.scope, &query)).await
        }
        Source::Logs => {
            let query = LogsQuery { ask, filter, limit, after };
            asking.frame(api.query.logs(&call.scope, &query)).await
        }
        Source::Spans => {
            let query = SpansQuery { ask, filter, limit, after };
            asking.frame(api.query.spans(&call.scope, &query)).await
        }
    };
    answer.map_err(|error| error.rename_field("filter", "query"))
}

impl QueryRequest {
    fn source(&self) -> Result<Source, ApiError> {
        if self.signal.as_deref() != Some("events") {
            let source = |signal| if signal == Signal::Logs { Source::Logs } else { Source::Spans };
            return read_signal(self.signal.as_deref(), "write traces, logs or events").map(source);
        }
        match self.cursor {
            None => Ok(Source::Events),
            Some(_) => {
                let remedy = format!("leave it out; `limit` may be up to {ROWS_MAX}");
                Err(ApiError::field("cursor", "bad_value", "events have one page", remedy))
            }
        }
    }

    /// Everything that shapes the answer, without the page.
    fn shape(&self) -> Vec<(String, String)> {
        let mut shape = vec![("query".to_owned(), self.query.clone())];
        let optional = [
            ("signal", &self.signal),
            ("from", &self.from),
            ("to", &self.to),
            ("tz", &self.tz),
            ("environment", &self.environment),
        ];
        for (name, value) in optional {
            shape.extend(value.clone().map(|value| (name.to_owned(), value)));
        }
        shape
    }

    fn narrow(&self, call: Call) -> Result<Call, ApiError> {
        let Some(texts) = &self.tenant else { return Ok(call) };
        let tenants = texts
            .iter()
            .map(|text| super::tenants::tenant_id("tenant", text))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Call { scope: call.scope.narrow(tenants), ..call })
    }
}

/// Pipelines come later; until then the answer says so, instead of a syntax error at the `|`.
fn refuse_pipeline(text: &str) -> Result<(), ApiError> {
    if !language::is_pipeline(text) {
        return Ok(());
    }
    let remedy = "send a filter only, or use /services and /traces for summaries";
    let error = FieldError::new("query", "not_built", "pipelines are not built in this version", remedy);
    Err(ApiError::of_fields(Kind::Unprocessable, vec![error]).with_code("not_built"))
}

fn read_signal(signal: Option<&str>, remedy: &str) -> Result<Signal, ApiError> {
    match signal {
        None | Some("traces") => Ok(Signal::Traces),
        Some("logs") => Ok(Signal::Logs),
        Some(other) => {
            let message = format!("`{other}` is not a signal that is built");
            Err(ApiError::field("signal", "bad_value", message, remedy))
        }
    }
}

pub(super) async fn parse(
    _call: Call,
    Input(input): Input<ParseRequest>,
) -> Result<Json<ParseAnswer>, ApiError> {
    let signal = read_signal(input.signal.as_deref(), SIGNALS)?;
    let parsed = language::read(&input.text, signal);
    let errors = parsed.errors.into_iter().map(|error| of_syntax("text", error)).collect();
    let canonical = parsed.filter.map(|filter| filter.to_string());
    Ok(Json(ParseAnswer { canonical, errors, warnings: parsed.warnings }))
}

fn of_syntax(field: &str, error: SyntaxError) -> FieldError {
    FieldError {
        start: Some(error.start),
        end: Some(error.end),
        suggestions: error.suggestions,
        ..FieldError::new(field, error.code.as_str(), error.message, error.remedy)
    }
}

pub(super) async fn complete(
    State(api): State<ApiState>,
    call: Call,
    Input(input): Input<CompleteRequest>,
) -> Result<Json<Completion>, ApiError> {
    let signal = read_signal(input.signal.as_deref(), SIGNALS)?;
    if input.kind.as_deref().is_some_and(|kind| kind != "filter") {
        return Err(ApiError::field("kind", "bad_value", "only filters can be completed", "write filter"));
    }
    let asking = Asking::with(&api, &call, &[], input.from.as_deref(), input.to.as_deref(), None)?;
    let query = CompleteQuery { ask: asking.ask(), signal, text: input.text, cursor: input.cursor };
    asking.run(api.query.complete(&call.scope, &query)).await.map(Json)
}

pub(super) async fn cancel(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<StatusCode, ApiError> {
    api.running.cancel(&call.principal, &id)?;
    Ok(StatusCode::NO_CONTENT)
}
