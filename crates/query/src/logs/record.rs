//! One record with everything that was sent with it.

use serde::Serialize;
use serde_json::{Map, Value};
use sightline_model::{Signal, TenantScope};

use super::context::{exactly, not_found};
use super::id::LogId;
use super::shape::optional;
use crate::trace::sent;
use crate::{Ask, Error, QueryService, rows, words};

/// Which record.
#[derive(Debug, Clone, PartialEq)]
pub struct LogQuery {
    /// What is common to all questions; the range is not used.
    pub ask: Ask,
    /// Its name.
    pub id: LogId,
}

/// A log record as it was sent, and what ingest made of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogRecord {
    /// Names the record.
    pub id: String,
    /// When it was written: nanoseconds since the epoch, as decimal text.
    pub timestamp: String,
    /// When the first collector saw it: nanoseconds since the epoch, to the microsecond, as decimal text.
    pub observed_timestamp: String,
    /// `trace`, `debug`, `info`, `warn`, `error`, `fatal`; empty when it has none.
    pub severity: String,
    /// 1 to 24; 0 when it has none.
    pub severity_number: u8,
    /// As it was sent.
    pub severity_text: String,
    /// The line.
    pub body: String,
    /// Normalised name of the service.
    pub service: String,
    /// Where it is deployed.
    pub environment: String,
    /// The customer; empty when there is none.
    pub tenant: String,
    /// Lower-case hex; empty when it belongs to no trace.
    pub trace_id: String,
    /// Lower-case hex; empty when it belongs to no span.
    pub span_id: String,
    /// Kind of an event record.
    pub event_name: String,
    /// Name of the logger.
    pub scope: String,
    /// Attributes with their types.
    pub attributes: Map<String, Value>,
    /// Attributes of the resource.
    pub resource: Map<String, Value>,
}

impl QueryService {
    /// Returns one record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader may not see it; [`Error::Store`] when the store does not answer.
    pub async fn log(&self, scope: &TenantScope, query: &LogQuery) -> Result<LogRecord, Error> {
        let mut open = self.open_on(&query.ask, Signal::Logs)?;
        let found = self.select(scope, &mut open, exactly(query.id)).await?;
        if found.is_empty() {
            return Err(not_found(query.id));
        }
        let text =
            |name: &str| rows::texts(&found, name).map(|all| all.into_iter().next().unwrap_or_default());
        let service = text("service")?;
        let known = self.resources(scope, &mut open, &found, std::slice::from_ref(&service)).await?;
        let resource = found.column("resource_id")?.unsigned()?.first().and_then(|id| known.get(id));
        let number = rows::bytes(&found, "severity_number")?.first().copied().unwrap_or(0);
        let delay_us = rows::signed(&found, "observed_delay_us")?.first().copied().unwrap_or(0);
        let first = |ids: Vec<u8>| optional(&ids);
        Ok(LogRecord {
            id: query.id.to_string(),
            timestamp: query.id.at.to_string(),
            observed_timestamp: query.id.at.saturating_add(delay_us.saturating_mul(1_000)).to_string(),
            severity: words::severity(number).to_owned(),
            severity_number: number,
            severity_text: text("severity_text")?,
            body: text("body")?,
            environment: text("environment")?,
            tenant: text("tenant")?,
            trace_id: first(rows::ids::<16>(&found, "trace_id")?.concat()),
            span_id: first(rows::ids::<8>(&found, "span_id")?.concat()),
            event_name: text("event_name")?,
            scope: text("scope")?,
            attributes: sent(&found)?.into_iter().next().unwrap_or_default(),
            resource: resource.and_then(Value::as_object).cloned().unwrap_or_default(),
            service,
        })
    }
}
