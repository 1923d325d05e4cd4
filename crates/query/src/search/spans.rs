//! The list of spans.

use sightline_model::language::Filter;
use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::probe::{self, Place};
use super::{Begun, SPANS_LIMIT_MAX, Search, SpansQuery};
use crate::ask::Open;
use crate::filter::Params;
use crate::frame::{self, Described};
use crate::trace::hex;
use crate::{Error, QueryService, rows, span_time, words};

/// Hex digits of a trace id and a span id, which together break ties.
const TIE_DIGITS: usize = 48;

const COLUMNS: &str = "trace_id, span_id, ts, duration_ns, service, name, endpoint, kind, status, tenant, is_error, http_status, \
     dep_type, adjusted_count";

impl QueryService {
    /// Lists the spans of the range that match, newest first.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, cursor or limit, and when the store does not answer.
    pub async fn spans(&self, scope: &TenantScope, query: &SpansQuery) -> Result<Frame, Error> {
        let search = Search {
            ask: &query.ask,
            signal: Signal::Traces,
            filter: &query.filter,
            limit: query.limit,
            limit_max: SPANS_LIMIT_MAX,
            after: query.after.as_deref(),
            digits: TIE_DIGITS,
        };
        let Begun { mut open, filter, limit, after } = self.begin(scope, search).await?;
        let newest = after
            .as_ref()
            .map_or(open.range.to(), |place| place.number.saturating_add(1).min(open.range.to()));
        let mut found = None;
        for from in probe::attempts(open.range, newest) {
            let sql = statement(&filter, &open, from, newest, after.as_ref(), limit)?;
            match self.select(scope, &mut open, sql).await {
                Ok(rows) if rows.len() > limit => {
                    found = Some(rows);
                    break;
                }
                Ok(rows) => found = Some(rows),
                Err(error) => {
                    found = Some(probe::keep(found, error, &mut open)?);
                    break;
                }
            }
        }
        let body = table(&found.unwrap_or_default(), limit, &mut open)?;
        Ok(self.frame(open, body))
    }
}

fn statement(
    filter: &Filter,
    open: &Open<'_>,
    from: i64,
    newest: i64,
    after: Option<&Place>,
    limit: usize,
) -> Result<Sql, Error> {
    let mut params = Params::default();
    let predicate = probe::predicate(filter, open, &mut params)?;
    let when = span_time::between(from, newest, &mut params);
    let page = after.map_or(String::new(), |place| {
        let at = format!("fromUnixTimestamp64Nano({}, 'UTC')", params.add(place.number));
        let tie = params.text(place.id.to_uppercase());
        format!(" AND (ts < {at} OR (ts = {at} AND concat(hex(trace_id), hex(span_id)) < {tie}))")
    });
    let template = format!(
        "SELECT {COLUMNS} FROM sightline.spans WHERE {{scope:spans}} AND {when} AND {predicate}{page} \
         ORDER BY ts DESC, trace_id DESC, span_id DESC LIMIT {}",
        limit + 1
    );
    Ok(params.into_sql(template))
}

fn table(rows: &Rows, limit: usize, open: &mut Open<'_>) -> Result<Body, Error> {
    let shown = rows.len().min(limit);
    let traces = rows::ids::<16>(rows, "trace_id")?;
    let spans = rows::ids::<8>(rows, "span_id")?;
    let starts = rows::times(rows, "ts")?;
    if rows.len() > limit {
        let last = limit - 1;
        let tie = format!("{}{}", hex(&traces[last]), hex(&spans[last]));
        open.next_cursor = Some(Place { number: starts[last], id: tie }.text());
    }
    let texts =
        |name: &str| rows::texts(rows, name).map(|all| frame::text(name, all.into_iter().take(shown)));
    let kinds = rows::bytes(rows, "kind")?;
    let statuses = rows::bytes(rows, "status")?;
    let flags = rows::flags(rows, "is_error")?;
    let dependencies = rows::bytes(rows, "dep_type")?;
    open.weigh(rows::largest(rows, "adjusted_count")?);
    let columns = vec![
        frame::id("trace_id", traces.iter().take(shown).map(|id| hex(id))).key(),
        frame::id("span_id", spans.iter().take(shown).map(|id| hex(id))).key(),
        frame::time_ns("start", starts.iter().take(shown).copied()),
        frame::int("duration", rows::counts(rows, "duration_ns")?.into_iter().take(shown)).unit("ns"),
        texts("service")?,
        texts("name")?,
        texts("endpoint")?,
        frame::word("kind", kinds.iter().take(shown).map(|code| words::kind(*code))),
        frame::word("status", statuses.iter().take(shown).map(|code| words::status(*code))),
        texts("tenant")?,
        frame::flag("is_error", flags.iter().take(shown).copied()),
        frame::word("dep_type", dependencies.iter().take(shown).map(|code| words::dependency(*code))),
        frame::int("http_status", rows::counts(rows, "http_status")?.into_iter().take(shown)),
    ];
    Ok(Body::Table { rows: shown as u64, columns })
}
