//! A trace by its id: the index says where its spans are, then only the waterfall's columns are read (schema.md D5).

use serde_json::Value;
use sightline_model::{Body, Frame, Incomplete, Nanos, TenantScope, TimeRange, TraceId};
use sightline_store::{Rows, Sql};

use super::SpanNode;
use super::attributes::{self, RESOURCE_LIMIT};
use super::shape::{self, WaterfallSpan};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Ask, Error, QueryService, frame, rows, span_time};

/// Most spans of a trace in one answer.
pub const SPANS_MAX: usize = 20_000;

/// Most spans whose attributes come with the trace; beyond it they are asked for span by span.
const ATTRIBUTES_MAX: usize = 1_000;

/// What comes beside the waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Include {
    /// Nothing.
    #[default]
    Waterfall,
    /// Attributes, resource, events and links of each span, up to 1,000 spans.
    Attributes,
}

/// Which trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuery {
    /// What is common to all questions; the range is not used.
    pub ask: Ask,
    /// Its id.
    pub trace_id: TraceId,
    /// What else to return.
    pub include: Include,
}

/// Where the spans of a trace are.
pub(crate) struct Extent {
    pub(crate) first: Nanos,
    pub(crate) last: Nanos,
    pub(super) services: Vec<String>,
}

impl QueryService {
    /// Returns a trace as a tree in depth-first order.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader may see no span of it; [`Error::Store`] when the store does not answer.
    pub async fn trace(&self, scope: &TenantScope, query: &TraceQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        "raw".clone_into(&mut open.stats.tier);
        let extent = self.extent(scope, &mut open, query.trace_id).await?;
        let rows = self.select(scope, &mut open, waterfall(&extent, query.trace_id)).await?;
        let mut spans = waterfall_spans(&rows)?;
        if spans.is_empty() {
            return Err(not_found(query.trace_id));
        }
        if spans.len() > SPANS_MAX {
            spans.truncate(SPANS_MAX);
            let detail = format!("the first {SPANS_MAX} spans of a longer trace");
            open.incomplete
                .push(frame::row_limit(detail, "list the rest with GET /spans?filter=trace_id = ..."));
        }
        if query.include == Include::Attributes {
            self.add_attributes(scope, &mut open, &extent, query.trace_id, &mut spans).await?;
        }
        let (body, warnings) = shape::body(query.trace_id, spans);
        open.warnings.extend(warnings);
        if let Body::Trace { origin_ns, duration_ns, .. } = &body {
            open.range = range(origin_ns, *duration_ns).unwrap_or(open.range);
        }
        Ok(self.frame(open, body))
    }

    /// Asks the index where the spans of a trace are.
    pub(crate) async fn extent(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        id: TraceId,
    ) -> Result<Extent, Error> {
        let mut params = Params::default();
        let id_mark = trace_mark(id, &mut params);
        let template = format!(
            "SELECT min(min_ts) AS first, max(max_ts) AS last, groupUniqArrayArray(services) AS names, count() AS found \
             FROM sightline.trace_index WHERE {{scope:trace_index}} AND trace_id = {id_mark}"
        );
        let rows = self.select(scope, open, params.into_sql(template)).await?;
        let found = rows::counts(&rows, "found")?.first().copied().unwrap_or(0);
        let times = |name: &str| rows.column(name).and_then(|data| Ok(data.times()?.first().copied()));
        match (found > 0, times("first")?, times("last")?) {
            (true, Some(first), Some(last)) => {
                let services = rows::text_lists(&rows, "names")?.into_iter().next().unwrap_or_default();
                Ok(Extent { first, last, services })
            }
            _ => Err(not_found(id)),
        }
    }

    async fn add_attributes(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        extent: &Extent,
        id: TraceId,
        spans: &mut [WaterfallSpan],
    ) -> Result<(), Error> {
        if spans.len() > ATTRIBUTES_MAX {
            open.incomplete.push(Incomplete {
                reason: "row_limit".to_owned(),
                detail: format!("attributes are left out: {} spans, limit {ATTRIBUTES_MAX}", spans.len()),
                remedy: "ask for the attributes of one span".to_owned(),
            });
            return Ok(());
        }
        let mut params = Params::default();
        let here = here(extent, id, &mut params);
        let template = format!(
            "SELECT span_id, {} FROM sightline.spans WHERE {{scope:spans}} AND {here} LIMIT {}",
            attributes::COLUMNS,
            SPANS_MAX
        );
        let rows = self.select(scope, open, params.into_sql(template)).await?;
        let resources = self.resources(scope, open, &rows, &extent.services).await?;
        let extras = attributes::extras(&rows, &resources)?;
        let ids = rows::ids::<8>(&rows, "span_id")?;
        let mut by_id: std::collections::HashMap<[u8; 8], [Value; 4]> = ids.into_iter().zip(extras).collect();
        for span in spans {
            span.extra = by_id.get(&span.node.id).cloned();
        }
        by_id.clear();
        Ok(())
    }

    /// Reads the resources that records refer to.
    pub(crate) async fn resources(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        spans: &Rows,
        services: &[String],
    ) -> Result<attributes::Resources, Error> {
        let mut ids = spans.column("resource_id")?.unsigned()?.to_vec();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > RESOURCE_LIMIT {
            return Ok(attributes::Resources::default());
        }
        let mut params = Params::default();
        let (ids, services) = (params.add(ids), params.add(services.to_vec()));
        let template = format!(
            "SELECT resource_id, attrs FROM sightline.resources WHERE {{scope:resources}} AND service IN {services} \
             AND resource_id IN {ids} LIMIT 1 BY resource_id"
        );
        let rows = self.select(scope, open, params.into_sql(template)).await?;
        Ok(attributes::resources(&rows)?)
    }
}

pub(super) fn not_found(id: TraceId) -> Error {
    Error::NotFound { what: format!("trace `{id}`") }
}

pub(super) fn trace_mark(id: TraceId, params: &mut Params) -> String {
    format!("toFixedString(unhex({}), 16)", params.text(id.to_string()))
}

/// The predicate that finds the spans of a trace by the sort key.
pub(super) fn here(extent: &Extent, id: TraceId, params: &mut Params) -> String {
    let when = span_time::between(extent.first, extent.last.saturating_add(1), params);
    let services = params.add(extent.services.clone());
    let id = trace_mark(id, params);
    format!("{when} AND service IN {services} AND trace_id = {id}")
}

fn waterfall(extent: &Extent, id: TraceId) -> Sql {
    let mut params = Params::default();
    let here = here(extent, id, &mut params);
    let template = format!(
        "SELECT span_id, parent_span_id, ts, duration_ns, service, name, kind, status, is_error, tenant, endpoint, dep_type \
         FROM sightline.spans WHERE {{scope:spans}} AND {here} ORDER BY ts, span_id LIMIT {}",
        SPANS_MAX + 1
    );
    params.into_sql(template)
}

fn waterfall_spans(rows: &Rows) -> Result<Vec<WaterfallSpan>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, parents) = (rows::ids::<8>(rows, "span_id")?, rows::ids::<8>(rows, "parent_span_id")?);
    let starts = rows.column("ts")?.times()?;
    let durations = rows::counts(rows, "duration_ns")?;
    let (kinds, statuses) = (rows::bytes(rows, "kind")?, rows::bytes(rows, "status")?);
    let dependencies = rows::bytes(rows, "dep_type")?;
    let errors = rows.column("is_error")?.flags()?;
    let texts = |name: &str| rows.column(name).and_then(|data| data.strings());
    let (services, names) = (texts("service")?, texts("name")?);
    let (tenants, endpoints) = (texts("tenant")?, texts("endpoint")?);
    let span = |row: usize| WaterfallSpan {
        node: SpanNode {
            id: ids[row],
            parent: parents[row],
            start: starts[row],
            duration: durations[row],
            service: services.text(row).into_owned(),
            kind: kinds[row],
        },
        name: names.text(row).into_owned(),
        status: statuses[row],
        is_error: errors[row],
        tenant: tenants.text(row).into_owned(),
        endpoint: endpoints.text(row).into_owned(),
        dependency: dependencies[row],
        extra: None,
    };
    Ok((0..rows.len()).map(span).collect())
}

fn range(origin_ns: &str, duration_ns: u64) -> Option<TimeRange> {
    let from: Nanos = origin_ns.parse().ok()?;
    TimeRange::new(from, from.saturating_add(i64::try_from(duration_ns).ok()?).saturating_add(1))
}
