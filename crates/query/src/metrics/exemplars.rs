//! Examples of what a metric measured, with the traces in which it was.

use serde_json::{Map, Value};
use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::derived;
use super::points::{between, millis_up};
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::filter::Params;
use crate::frame::{self, Described};
use crate::search::limit;
use crate::trace::hex;
use crate::{Ask, Error, QueryService, rows};

/// Rows when nobody says otherwise, and most.
const LIMIT_DEFAULT: u32 = 200;
const LIMIT_MAX: u32 = 1_000;

/// Slots of time over which examples are spread: the newest alone would all be at the edge of a chart.
const SLOTS: i64 = 50;

/// Examples of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct ExemplarsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Name of the metric.
    pub metric: String,
    /// Which series.
    pub filter: String,
    /// Most rows; at most 1,000.
    pub limit: Option<u32>,
}

impl QueryService {
    /// Lists examples in the order of time: of each slot of time the largest.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader sees no such metric in the range; [`Error`] for a wrong filter, and when the
    /// store does not answer.
    pub async fn exemplars(&self, scope: &TenantScope, query: &ExemplarsQuery) -> Result<Frame, Error> {
        let mut open = self.open_on(&query.ask, Signal::Metrics)?;
        "raw".clone_into(&mut open.stats.tier);
        open.retention(self.config.kept_ns(Signal::Metrics));
        let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
        if derived::is_named(&query.metric) {
            // Examples of requests are their spans, which the exemplars of services list.
            return Ok(self.frame(open, body(&Rows::default(), &[])?));
        }
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        let names = self.metric_names(scope, &mut open, &query.metric).await?;
        let chosen = Chosen { names, filter, only: None };
        let series = self.series(scope, &mut open, &chosen).await?;
        let sql = statement(&open, &chosen, limit)?;
        let found = self.select(scope, &mut open, sql).await?;
        let all = rows::counts(&found, "of_all")?.first().copied().unwrap_or(0);
        if usize::try_from(all).unwrap_or(0) > found.len() {
            let detail = format!("{} of {all} examples, the largest of each slot of time", found.len());
            open.incomplete.push(frame::row_limit(detail, "use a shorter range or a narrower filter"));
        }
        let body = body(&found, &series)?;
        Ok(self.frame(open, body))
    }
}

fn statement(open: &Open<'_>, chosen: &Chosen, limit: usize) -> Result<Sql, Error> {
    let mut params = Params::default();
    let (from, to) = (millis_up(open.range.from()), millis_up(open.range.to()));
    let when = between(from, to, &mut params);
    let series = chosen.points(open, &mut params)?;
    let slot = params.add(((to - from) / SLOTS).max(1));
    let each = limit.div_ceil(usize::try_from(SLOTS).unwrap_or(1));
    // A copy of a batch may hold an example twice.
    let template = format!(
        "SELECT * FROM (SELECT series_id, ts, value, trace_id, span_id, attrs, of_all FROM \
         (SELECT *, count() OVER () AS of_all FROM (SELECT series_id, ts, value, trace_id, span_id, any(attrs) AS attrs \
         FROM sightline.exemplars WHERE {{scope:exemplars}} AND {when} AND {series} \
         GROUP BY series_id, ts, value, trace_id, span_id)) \
         ORDER BY value DESC, ts LIMIT {each} BY intDiv(toUnixTimestamp64Milli(ts), {slot})) ORDER BY ts, value LIMIT {limit}"
    );
    Ok(params.into_sql(template))
}

fn body(found: &Rows, series: &[Series]) -> Result<Body, Error> {
    let of = |id: &[u8; 16]| {
        series.binary_search_by_key(&u128::from_le_bytes(*id), |one| u128::from_le_bytes(one.id))
    };
    let own: Vec<Option<&Series>> =
        rows::ids::<16>(found, "series_id")?.iter().map(|id| of(id).ok().map(|at| &series[at])).collect();
    let object = |pairs: &[(String, String)]| {
        let each = pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
        Value::Object(each.collect::<Map<_, _>>())
    };
    let text = |name: &str, value: fn(&Series) -> &str| {
        frame::text(name, own.iter().map(|series| series.map_or("", value)))
    };
    let (values, attributes) = if found.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        (found.column("value")?.floats()?.to_vec(), rows::text_maps(found.column("attrs")?)?)
    };
    let id = |bytes: &[u8]| if bytes.iter().all(|byte| *byte == 0) { String::new() } else { hex(bytes) };
    let scaled =
        |(value, series): (f64, &Option<&Series>)| value * series.map_or(1.0, |series| series.factor);
    let values: Vec<f64> = values.into_iter().zip(&own).map(scaled).collect();
    let unit = own.iter().flatten().next().map_or("", |series| series.unit.as_str());
    let columns = vec![
        frame::time_ns("timestamp", rows::times(found, "ts")?),
        frame::float("value", values.into_iter().map(Some)).unit(unit),
        frame::id("trace_id", rows::ids::<16>(found, "trace_id")?.iter().map(|raw| id(raw))),
        frame::id("span_id", rows::ids::<8>(found, "span_id")?.iter().map(|raw| id(raw))),
        text("service", |series| &series.service),
        text("tenant", |series| &series.tenant),
        frame::json("labels", own.iter().map(|series| object(series.map_or(&[], |series| &series.labels)))),
        frame::json("attributes", attributes.iter().map(|pairs| object(pairs))),
    ];
    Ok(Body::Table { rows: found.len() as u64, columns })
}
