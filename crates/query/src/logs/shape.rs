//! Rows of the table of logs become a frame of log records.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sightline_model::{Body, TenantScope};
use sightline_store::Rows;

use super::id::{LogId, TIE};
use crate::ask::Open;
use crate::frame::{self, Described};
use crate::trace::{Resources, hex, sent};
use crate::{Error, QueryService, rows, words};

/// What is read of a record.
pub(super) fn columns() -> String {
    format!(
        "ts, severity_number, severity_text, service, tenant, environment, event_name, body, trace_id, span_id, attrs, \
         num_attrs, attr_types, resource_id, {TIE} AS tie"
    )
}

/// Returns the names of the records.
pub(super) fn ids(rows: &Rows) -> Result<Vec<LogId>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ties = rows.column("tie")?.unsigned()?;
    let each = rows::times(rows, "ts")?.into_iter().zip(ties.iter().copied());
    Ok(each.map(|(at, tie)| LogId { at, tie }).collect())
}

/// An id in hex; empty when the record has none.
pub(super) fn optional(id: &[u8]) -> String {
    if id.iter().all(|byte| *byte == 0) { String::new() } else { hex(id) }
}

impl QueryService {
    /// Shapes the rows named by `order`, with the resources they refer to.
    pub(super) async fn log_frame(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        rows: &Rows,
        order: &[usize],
    ) -> Result<Body, Error> {
        let known = if rows.is_empty() {
            Resources::default()
        } else {
            let mut services = rows::texts(rows, "service")?;
            services.sort_unstable();
            services.dedup();
            self.resources(scope, open, rows, &services).await?
        };
        body(rows, order, &known)
    }
}

fn body(rows: &Rows, order: &[usize], known: &Resources) -> Result<Body, Error> {
    let (resources, index) = resources(rows, order, known)?;
    let (names, times) = (ids(rows)?, rows::times(rows, "ts")?);
    let severities = rows::bytes(rows, "severity_number")?;
    let (traces, spans) = (rows::ids::<16>(rows, "trace_id")?, rows::ids::<8>(rows, "span_id")?);
    let attributes = sent(rows)?;
    let text = |name: &str| -> Result<_, Error> {
        let all = rows::texts(rows, name)?;
        Ok(frame::text(name, order.iter().map(|row| all[*row].clone())))
    };
    let columns = vec![
        frame::text("id", order.iter().map(|row| names[*row].to_string())).key(),
        frame::time_ns("timestamp", order.iter().map(|row| times[*row])),
        frame::word("severity", order.iter().map(|row| words::severity(severities[*row]))),
        text("severity_text")?,
        text("service")?,
        text("tenant")?,
        text("environment")?,
        text("event_name")?,
        text("body")?,
        frame::id("trace_id", order.iter().map(|row| optional(&traces[*row]))),
        frame::id("span_id", order.iter().map(|row| optional(&spans[*row]))),
        frame::json("attributes", order.iter().map(|row| Value::Object(attributes[*row].clone()))),
        frame::int("resource", index),
    ];
    Ok(Body::Logs { rows: order.len() as u64, resources, columns })
}

/// Attributes of resources, each once.
type Distinct = Vec<Map<String, Value>>;

/// Returns the resources of the rows, each once, and which of them each row has.
fn resources(rows: &Rows, order: &[usize], known: &Resources) -> Result<(Distinct, Vec<i64>), Error> {
    if rows.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids = rows.column("resource_id")?.unsigned()?;
    let (mut resources, mut index, mut found) = (Vec::new(), Vec::new(), HashMap::new());
    for row in order {
        let at = *found.entry(ids[*row]).or_insert_with(|| {
            let attributes = known.get(&ids[*row]).and_then(Value::as_object);
            resources.push(attributes.cloned().unwrap_or_default());
            i64::try_from(resources.len()).unwrap_or(i64::MAX) - 1
        });
        index.push(at);
    }
    Ok((resources, index))
}
