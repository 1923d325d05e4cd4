//! Events: what happened at an instant and belongs on every chart.

use serde_json::{Map, Value};
use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::{EVENTS_DAYS, Rows};

use crate::filter::{Compiler, Params, Table};
use crate::frame::{self, Described};
use crate::search::limit;
use crate::{Ask, Error, QueryService, bins, rows};

/// Rows when nobody says otherwise, and most.
const LIMIT_DEFAULT: u32 = 1_000;
const LIMIT_MAX: u32 = 10_000;

const MILLISECOND: i64 = 1_000_000;

/// For how long events are kept.
const KEPT_NS: i64 = EVENTS_DAYS as i64 * bins::DAY_NS;

/// Which events to list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Filter over `type`, `title`, `end`, `service`, `environment`, `tenant`, `timestamp` and attributes.
    pub filter: String,
    /// Most rows; at most 10,000.
    pub limit: Option<u32>,
}

impl QueryService {
    /// Lists events, newest first, each once.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter or limit, and when the store does not answer.
    pub async fn events(&self, scope: &TenantScope, query: &EventsQuery) -> Result<Frame, Error> {
        let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
        let mut open = self.open_on(&query.ask, Signal::Logs)?;
        "raw".clone_into(&mut open.stats.tier);
        open.retention(KEPT_NS);
        let filter = open.filter(&query.filter)?;
        let mut params = Params::default();
        let environment = open.reading(Table::Events, open.range);
        let mut parts = vec![Compiler::new(&environment, &mut params).predicate(&filter)?];
        if let Some(name) = &open.ask.environment {
            // What belongs to no environment concerns all of them.
            parts.push(format!("environment IN ({}, '')", params.text(name)));
        }
        let from = params.add(open.range.from().div_euclid(MILLISECOND));
        let to = params.add(bins::ceil_div(open.range.to(), MILLISECOND));
        // Copies of an event are the same, so any of them will do.
        let template = format!(
            "SELECT * FROM (SELECT ts, event_id, any(kind) AS type, any(title) AS text, any(service) AS of_service, \
             any(environment) AS of_environment, tenant AS of_tenant, any(end_ts) AS until, any(attrs) AS attributes \
             FROM sightline.events WHERE {{scope:events}} AND ts >= fromUnixTimestamp64Milli({from}, 'UTC') \
             AND ts < fromUnixTimestamp64Milli({to}, 'UTC') AND {} GROUP BY ts, event_id, tenant) \
             ORDER BY ts DESC, event_id, of_tenant LIMIT {}",
            parts.join(" AND "),
            limit + 1
        );
        let found = self.select(scope, &mut open, params.into_sql(template)).await?;
        if found.len() > limit {
            let detail = format!("the {limit} newest events; there are more");
            open.incomplete
                .push(frame::row_limit(detail, "use a shorter range, a narrower filter or a higher limit"));
        }
        let body = body(&found, limit.min(found.len()))?;
        Ok(self.frame(open, body))
    }
}

fn body(found: &Rows, count: usize) -> Result<Body, Error> {
    let text = |name: &str, column: &str| -> Result<_, Error> {
        Ok(frame::text(name, rows::texts(found, column)?.into_iter().take(count)))
    };
    let ids = rows::ids::<16>(found, "event_id")?;
    let ids = ids.iter().take(count).map(|raw| format!("{:032x}", u128::from_le_bytes(*raw)));
    let until = rows::times(found, "until")?;
    let end = |at: &i64| if *at > 0 { Value::from(at.to_string()) } else { Value::Null };
    let mut ends = frame::time_ns("end", []);
    ends.values = until.iter().take(count).map(end).collect();
    let attributes =
        if found.is_empty() { Vec::new() } else { rows::text_maps(found.column("attributes")?)? };
    let object = |pairs: Vec<(String, String)>| {
        Value::Object(pairs.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<Map<_, _>>())
    };
    let columns = vec![
        frame::time_ns("timestamp", rows::times(found, "ts")?.into_iter().take(count)),
        frame::text("id", ids).key(),
        text("type", "type")?,
        text("title", "text")?,
        text("service", "of_service")?,
        text("environment", "of_environment")?,
        text("tenant", "of_tenant")?,
        ends,
        frame::json("attributes", attributes.into_iter().take(count).map(object)),
    ];
    Ok(Body::Table { rows: count as u64, columns })
}
