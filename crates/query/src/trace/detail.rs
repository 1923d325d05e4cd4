//! One span with everything that was sent with it.

use serde::Serialize;
use serde_json::{Map, Value};
use sightline_model::{SpanId, TenantScope, TraceId};
use sightline_store::Rows;

use super::attributes;
use super::read::here;
use super::shape::hex;
use crate::filter::Params;
use crate::{Ask, Error, QueryService, rows, words};

/// Which span.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanQuery {
    /// What is common to all questions; the range is not used.
    pub ask: Ask,
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
}

/// A span as it was sent, and what ingest made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpanDetail {
    /// Lower-case hex.
    pub span_id: String,
    /// Lower-case hex; empty for a root.
    pub parent_span_id: String,
    /// Lower-case hex.
    pub trace_id: String,
    /// Normalised name of the service.
    pub service: String,
    /// Name of the span.
    pub name: String,
    /// `server`, `client`, ...
    pub kind: String,
    /// `unset`, `ok`, `error`.
    pub status: String,
    /// Text beside the status.
    pub status_message: String,
    /// Whether it counts as an error.
    pub is_error: bool,
    /// Nanoseconds since the epoch, as decimal text.
    pub start: String,
    /// Nanoseconds.
    pub duration: i64,
    /// The customer; empty when there is none.
    pub tenant: String,
    /// What was asked for.
    pub endpoint: String,
    /// What it calls: `cache`, `db`, `messaging`, `rpc`, `http`, `other`; empty when it calls nothing.
    pub dep_type: String,
    /// Where it is deployed.
    pub environment: String,
    /// Name of the instrumentation scope.
    pub scope: String,
    /// W3C trace state as received.
    pub trace_state: String,
    /// Attributes, events or links that were cut or dropped before they came here.
    pub dropped: i64,
    /// Attributes with their types.
    pub attributes: Map<String, Value>,
    /// Attributes of the resource.
    pub resource: Map<String, Value>,
    /// Events in order.
    pub events: Vec<Value>,
    /// Links.
    pub links: Vec<Value>,
}

const COLUMNS: &str = "span_id, parent_span_id, ts, duration_ns, service, name, kind, status, status_message, is_error, tenant, \
     endpoint, dep_type, environment, scope, trace_state, dropped";

impl QueryService {
    /// Returns one span with attributes, resource, events and links.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader may not see it; [`Error::Store`] when the store does not answer.
    pub async fn span(&self, scope: &TenantScope, query: &SpanQuery) -> Result<SpanDetail, Error> {
        let mut open = self.open(&query.ask)?;
        let extent = self.extent(scope, &mut open, query.trace_id).await?;
        let mut params = Params::default();
        let here = here(&extent, query.trace_id, &mut params);
        let id = params.text(query.span_id.to_string());
        let template = format!(
            "SELECT {COLUMNS}, {} FROM sightline.spans WHERE {{scope:spans}} AND {here} \
             AND span_id = toFixedString(unhex({id}), 8) LIMIT 1",
            attributes::COLUMNS
        );
        let rows = self.select(scope, &mut open, params.into_sql(template)).await?;
        if rows.is_empty() {
            return Err(Error::NotFound {
                what: format!("span `{}` of trace `{}`", query.span_id, query.trace_id),
            });
        }
        let resources = self.resources(scope, &mut open, &rows, &extent.services).await?;
        detail(&rows, &resources, query.trace_id)
    }
}

fn detail(rows: &Rows, resources: &attributes::Resources, trace_id: TraceId) -> Result<SpanDetail, Error> {
    let text =
        |name: &str| -> Result<String, Error> { Ok(rows.column(name)?.strings()?.text(0).into_owned()) };
    let first = |values: Vec<i64>| values.first().copied().unwrap_or(0);
    let code =
        |name: &str| -> Result<u8, Error> { Ok(rows::bytes(rows, name)?.first().copied().unwrap_or(0)) };
    let parent = rows::ids::<8>(rows, "parent_span_id")?.first().copied().unwrap_or_default();
    let extra = attributes::extras(rows, resources)?.into_iter().next().unwrap_or_default();
    let [attributes, resource, events, links] = extra;
    Ok(SpanDetail {
        span_id: hex(rows.column("span_id")?.strings()?.get(0)),
        parent_span_id: if parent == [0; 8] { String::new() } else { hex(&parent) },
        trace_id: trace_id.to_string(),
        service: text("service")?,
        name: text("name")?,
        kind: words::kind(code("kind")?).to_owned(),
        status: words::status(code("status")?).to_owned(),
        status_message: text("status_message")?,
        is_error: rows.column("is_error")?.flags()?.first().copied().unwrap_or(false),
        start: rows.column("ts")?.times()?.first().copied().unwrap_or(0).to_string(),
        duration: first(rows::counts(rows, "duration_ns")?),
        tenant: text("tenant")?,
        endpoint: text("endpoint")?,
        dep_type: words::dependency(code("dep_type")?).to_owned(),
        environment: text("environment")?,
        scope: text("scope")?,
        trace_state: text("trace_state")?,
        dropped: first(rows::counts(rows, "dropped")?),
        attributes: object(attributes),
        resource: object(resource),
        events: list(events),
        links: list(links),
    })
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

fn list(value: Value) -> Vec<Value> {
    if let Value::Array(items) = value { items } else { Vec::new() }
}
