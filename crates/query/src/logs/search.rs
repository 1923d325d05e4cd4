//! Records that match, newest first; and the records of a trace, in their order.

use sightline_model::language::Filter;
use sightline_model::{Frame, Nanos, Signal, SpanId, TenantScope, TimeRange, TraceId};
use sightline_store::{Rows, Sql};

use super::page::{DIGITS, Direction, Position};
use super::{LIMIT_MAX, shape};
use crate::ask::Open;
use crate::filter::Params;
use crate::search::{Begun, Search, attempts, keep, predicate};
use crate::{Ask, Error, QueryService, rows, span_time};

/// Which records to list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct LogsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which records.
    pub filter: String,
    /// Rows of a page; at most 10,000.
    pub limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    pub after: Option<String>,
}

/// Which trace's records to list, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceLogsQuery {
    /// What is common to all questions. The range is not used: a trace has its own.
    pub ask: Ask,
    /// The trace.
    pub trace_id: TraceId,
    /// Only those written in this span.
    pub span_id: Option<SpanId>,
    /// Rows of a page; at most 10,000.
    pub limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    pub after: Option<String>,
}

/// Records of a trace may be written before its first span begins and after its last one ended.
const MARGIN_NS: i64 = 3_600_000_000_000;

/// A page of records.
struct Page<'a> {
    filter: &'a Filter,
    from: Nanos,
    to: Nanos,
    /// When its records are, and those after it of the last instant; empty: not known.
    instants: &'a [Nanos],
    before: Option<Position>,
    limit: usize,
    direction: Direction,
}

/// So many instants are put into a statement one by one: the engine then skips what lies between them.
const INSTANTS_MAX: usize = 200;

impl Page<'_> {
    fn at_instants(&self) -> String {
        if self.instants.is_empty() || self.instants.len() > INSTANTS_MAX {
            return String::new();
        }
        let one = |at: &Nanos| format!("fromUnixTimestamp64Nano({at}, 'UTC')");
        format!(" AND ts IN ({})", self.instants.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

impl QueryService {
    /// Lists the records of the range that match, newest first.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, cursor or limit, and when the store does not answer.
    pub async fn logs(&self, scope: &TenantScope, query: &LogsQuery) -> Result<Frame, Error> {
        let search = Search {
            ask: &query.ask,
            signal: Signal::Logs,
            filter: &query.filter,
            limit: query.limit,
            limit_max: LIMIT_MAX,
            after: query.after.as_deref(),
            digits: DIGITS,
        };
        let Begun { mut open, filter, limit, after } = self.begin(scope, search).await?;
        let before = after.as_ref().map(Position::of).transpose()?;
        let instants = self.reach(scope, &mut open, &filter, before, limit).await?;
        let from = instants.iter().min().copied().unwrap_or(open.range.to());
        let to = instants.iter().max().map_or(from, |newest| newest.saturating_add(1).min(open.range.to()));
        let direction = Direction::Newest;
        let page = Page { filter: &filter, from, to, instants: &instants, before, limit, direction };
        let sql = statement(&page, &open)?;
        let found = self.select(scope, &mut open, sql).await?;
        self.page(scope, open, &page, &found).await
    }

    /// Lists the records that name a trace, oldest first.
    ///
    /// # Errors
    /// [`Error`] for a wrong cursor or limit, and when the store does not answer.
    pub async fn trace_logs(&self, scope: &TenantScope, query: &TraceLogsQuery) -> Result<Frame, Error> {
        let range = self.trace_range(scope, query).await?;
        let ask = Ask { range, ..query.ask.clone() };
        let of_span = query.span_id.map_or(String::new(), |id| format!(" AND span_id = {id}"));
        let filter = format!("trace_id = {}{of_span}", query.trace_id);
        let search = Search {
            ask: &ask,
            signal: Signal::Logs,
            filter: &filter,
            limit: query.limit,
            limit_max: LIMIT_MAX,
            after: query.after.as_deref(),
            digits: DIGITS,
        };
        let Begun { mut open, filter, limit, after } = self.begin(scope, search).await?;
        let before = after.as_ref().map(Position::of).transpose()?;
        let from = before.map_or(range.from(), |at| at.id.at);
        let (to, direction) = (range.to(), Direction::Oldest);
        let page = Page { filter: &filter, from, to, instants: &[], before, limit, direction };
        let sql = statement(&page, &open)?;
        let found = self.select(scope, &mut open, sql).await?;
        self.page(scope, open, &page, &found).await
    }

    /// Returns when the records of a trace can be: around its spans, or anywhere when it has none.
    async fn trace_range(&self, scope: &TenantScope, query: &TraceLogsQuery) -> Result<TimeRange, Error> {
        let ask = query.ask.part("extent");
        let mut open = self.open(&ask)?;
        let kept = self.config.kept_ns(Signal::Logs);
        let (from, to) = match self.extent(scope, &mut open, query.trace_id).await {
            Ok(extent) => (extent.first - MARGIN_NS, extent.last + MARGIN_NS),
            Err(Error::NotFound { .. }) => (open.now - kept, open.now + MARGIN_NS),
            Err(error) => return Err(error),
        };
        Ok(TimeRange::new(from.max(0), to).unwrap_or(open.range))
    }

    /// Looks back step by step for the instants of a full page, or of all there is: only the time and what the filter
    /// needs is read of the many, and once; the whole record of the few.
    async fn reach(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        filter: &Filter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Nanos>, Error> {
        let newest = before.map_or(open.range.to(), |at| at.id.at.min(open.range.to()));
        // What was shown may have others of its instant.
        let mut found: Vec<Nanos> = before.map(|at| at.id.at).into_iter().collect();
        let (mut to, mut missing, mut searched) = (newest, limit + 1, None);
        for from in attempts(open.range, newest) {
            let sql = instants(filter, open, from, to, missing)?;
            let rows = match self.select(scope, open, sql).await {
                Ok(rows) => rows,
                Err(error) => return keep(searched, error, open),
            };
            let more = rows::times(&rows, "ts")?;
            found.extend(&more);
            if more.len() >= missing {
                break;
            }
            (missing, to, searched) = (missing - more.len(), from, Some(found.clone()));
        }
        Ok(found)
    }

    /// Shapes a page and notes where the next one begins.
    async fn page(
        &self,
        scope: &TenantScope,
        mut open: Open<'_>,
        page: &Page<'_>,
        found: &Rows,
    ) -> Result<Frame, Error> {
        let order: Vec<usize> = (0..found.len().min(page.limit)).collect();
        if found.len() > page.limit {
            let ids = shape::ids(found)?;
            open.next_cursor = Position::after(&ids[..page.limit], page.before).map(Position::text);
        }
        let body = self.log_frame(scope, &mut open, found, &order).await?;
        Ok(self.frame(open, body))
    }
}

/// When the newest so many matching records are.
fn instants(filter: &Filter, open: &Open<'_>, from: Nanos, to: Nanos, count: usize) -> Result<Sql, Error> {
    let mut params = Params::default();
    let predicate = predicate(filter, open, &mut params)?;
    let when = span_time::between(from, to, &mut params);
    let template = format!(
        "SELECT ts FROM sightline.logs WHERE {{scope:logs}} AND {when} AND {predicate} ORDER BY ts DESC LIMIT {count}"
    );
    Ok(params.into_sql(template))
}

fn statement(page: &Page<'_>, open: &Open<'_>) -> Result<Sql, Error> {
    let mut params = Params::default();
    let predicate = predicate(page.filter, open, &mut params)?;
    let when = span_time::between(page.from, page.to, &mut params);
    let after =
        page.before.map_or(String::new(), |at| format!(" AND {}", at.condition(page.direction, &mut params)));
    let (way, skip) = (page.direction.word(), page.before.map_or(0, |at| at.shown));
    let template = format!(
        "SELECT {} FROM sightline.logs WHERE {{scope:logs}} AND {when}{} AND {predicate}{after} \
         ORDER BY ts {way}, tie {way} LIMIT {} OFFSET {skip}",
        shape::columns(),
        page.at_instants(),
        page.limit + 1
    );
    Ok(params.into_sql(template))
}
