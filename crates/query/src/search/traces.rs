//! The list of traces: which ones, in which order. What a row says is in `summary`.

use sightline_model::language::Filter;
use sightline_model::{Frame, Incomplete, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::probe::{self, Place};
use super::summary::{self, Found};
use super::{Begun, Search, Sort, TRACES_LIMIT_MAX, TracesQuery};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows, span_time};

/// Hex digits of a trace id.
const ID_DIGITS: usize = 32;

/// Traces that are compared when the order needs each to be read whole.
const CANDIDATES_MAX: usize = 10_000;

/// A trace may begin before the range and end after it; so much further its spans are looked for.
const MARGIN_NS: i64 = 3_600_000_000_000;

impl QueryService {
    /// Lists the traces of which a span in the range matches.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, cursor or limit, and when the store does not answer.
    pub async fn traces(&self, scope: &TenantScope, query: &TracesQuery) -> Result<Frame, Error> {
        let search = Search {
            ask: &query.ask,
            signal: Signal::Traces,
            filter: &query.filter,
            limit: query.limit,
            limit_max: TRACES_LIMIT_MAX,
            after: query.after.as_deref(),
            digits: ID_DIGITS,
        };
        let Begun { mut open, filter, limit, after } = self.begin(scope, search).await?;
        let found = match query.sort {
            Sort::Start => self.newest(scope, &mut open, &filter, after.as_ref(), limit).await?,
            Sort::Duration => {
                let sql = longest(&filter, &open, after.as_ref(), limit)?;
                let rows = self.select(scope, &mut open, sql).await?;
                note_candidates(&rows, &mut open)?;
                rows
            }
        };
        let mut traces = Found::of(&found)?;
        if traces.len() > limit {
            traces.truncate(limit);
            open.next_cursor =
                traces.last().map(|last| Place { number: last.order, id: last.id.clone() }.text());
        }
        let whole = match summary::statement(&traces) {
            Some(sql) => self.select(scope, &mut open, sql).await?,
            None => Rows::default(),
        };
        open.weigh(rows::largest(&whole, "heaviest")?);
        let body = summary::table(&traces, &whole)?;
        Ok(self.frame(open, body))
    }

    /// Looks back step by step. A trace that starts within a step has all its spans in it, so a full page of such
    /// traces is the newest page.
    async fn newest(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        filter: &Filter,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Rows, Error> {
        let newest = after.map_or(open.range.to(), |place| place.number.min(open.range.to()));
        let mut found = None;
        for from in probe::attempts(open.range, newest) {
            let sql = by_start(filter, open, from, after, limit)?;
            match self.select(scope, open, sql).await {
                Ok(rows) if rows.len() > limit => return Ok(rows),
                Ok(rows) => found = Some(rows),
                Err(error) => return probe::keep(found, error, open),
            }
        }
        Ok(found.unwrap_or_default())
    }
}

/// Traces with a matching span from `from` on; those found by a shorter look back must also start within it.
fn by_start(
    filter: &Filter,
    open: &Open<'_>,
    from: i64,
    after: Option<&Place>,
    limit: usize,
) -> Result<Sql, Error> {
    let mut params = Params::default();
    let matching = matching(filter, open, from, &mut params)?;
    let mut having = vec!["1".to_owned()];
    if from > open.range.from() {
        having.push(format!("started >= fromUnixTimestamp64Nano({}, 'UTC')", params.add(from)));
    }
    having.extend(after.map(|place| {
        let at = format!("fromUnixTimestamp64Nano({}, 'UTC')", params.add(place.number));
        let id = params.text(place.id.to_uppercase());
        format!("(started < {at} OR (started = {at} AND hex(trace_id) < {id}))")
    }));
    let template = format!(
        "SELECT trace_id, min(min_ts) AS started, max(max_ts) AS ended, toUnixTimestamp64Nano(started) AS place \
         FROM sightline.trace_index WHERE {{scope:trace_index}} AND trace_id IN ({matching}) \
         GROUP BY trace_id HAVING {} ORDER BY started DESC, trace_id DESC LIMIT {}",
        having.join(" AND "),
        limit + 1
    );
    Ok(params.into_sql(template))
}

/// The longest among the newest candidates; lengths are those of whole traces.
fn longest(filter: &Filter, open: &Open<'_>, after: Option<&Place>, limit: usize) -> Result<Sql, Error> {
    let mut params = Params::default();
    let matching = matching(filter, open, open.range.from(), &mut params)?;
    let (from, to) = (open.range.from().saturating_sub(MARGIN_NS), open.range.to().saturating_add(MARGIN_NS));
    let when = span_time::between(from, to, &mut params);
    let page = after.map_or("1".to_owned(), |place| {
        let (at, id) = (params.add(place.number), params.text(place.id.to_uppercase()));
        format!("(place < {at} OR (place = {at} AND hex(trace_id) < {id}))")
    });
    let candidates = format!(
        "SELECT trace_id FROM sightline.trace_index WHERE {{scope:trace_index}} AND trace_id IN ({matching}) \
         GROUP BY trace_id ORDER BY min(min_ts) DESC LIMIT {}",
        CANDIDATES_MAX + 1
    );
    let template = format!(
        "SELECT trace_id, started, ended, place, candidates FROM \
         (SELECT trace_id, started, ended, place, count() OVER () AS candidates FROM \
         (SELECT trace_id, min(ts) AS started, max(ts) AS ended, \
         toInt64(max(toUnixTimestamp64Nano(ts) + toInt64(duration_ns)) - min(toUnixTimestamp64Nano(ts))) AS place \
         FROM sightline.spans WHERE {{scope:spans}} AND {when} AND trace_id IN ({candidates}) GROUP BY trace_id)) \
         WHERE {page} ORDER BY place DESC, trace_id DESC LIMIT {}",
        limit + 1
    );
    Ok(params.into_sql(template))
}

fn matching(filter: &Filter, open: &Open<'_>, from: i64, params: &mut Params) -> Result<String, Error> {
    let predicate = probe::predicate(filter, open, params)?;
    let when = span_time::between(from, open.range.to(), params);
    Ok(format!("SELECT trace_id FROM sightline.spans WHERE {{scope:spans}} AND {when} AND {predicate}"))
}

fn note_candidates(rows: &Rows, open: &mut Open<'_>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let candidates = rows::counts(rows, "candidates")?.first().copied().unwrap_or(0);
    if usize::try_from(candidates).unwrap_or(0) > CANDIDATES_MAX {
        open.incomplete.push(Incomplete {
            reason: "candidate_limit".to_owned(),
            detail: format!("the newest {CANDIDATES_MAX} matching traces were compared"),
            remedy: "use a shorter range or a narrower filter".to_owned(),
        });
    }
    Ok(())
}
