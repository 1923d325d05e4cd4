//! Records that match, as they arrive: a look at the store for each batch that was not there at the last one.
//!
//! The store is asked, not the stream of what comes in: so a filter means here exactly what it means in a search, and the
//! tenants of the reader are kept apart in the one place where they always are. A batch becomes visible whole, hence
//! rows sent and rows dropped are together the rows that matched.

use std::collections::BTreeSet;

use sightline_model::language::Filter;
use sightline_model::{Frame, Signal, TenantScope, TimeRange};
use sightline_store::{Rows, Sql};

use super::shape;
use crate::ask::Open;
use crate::filter::Params;
use crate::search::predicate;
use crate::{Ask, Error, QueryService, rows, span_time};

/// Most rows of one look; older ones are dropped, counted and told.
const ROWS_MAX: usize = 2_000;

/// Most rows of one frame.
const FRAME_ROWS_MAX: usize = 500;

/// Records older than this when they arrive are for searches.
const BACK_NS: i64 = 3_600_000_000_000;

/// Clocks of senders may be ahead by this much.
const AHEAD_NS: i64 = 600_000_000_000;

/// Batches are numbered when they are made; one may become visible after so many younger ones.
const OVERTAKEN_MAX: u64 = 256;

/// What to follow.
#[derive(Debug, Clone, PartialEq)]
pub struct TailQuery {
    /// What is common to all questions; the range is not used.
    pub ask: Ask,
    /// Which records.
    pub filter: String,
    /// Where an earlier tail was: its [`Look::resume`].
    pub after: Option<u64>,
}

/// Follows records. What it knows between looks is which batches it has seen: at most some hundred numbers.
#[derive(Debug, Clone)]
pub struct Tail {
    service: QueryService,
    scope: TenantScope,
    query: TailQuery,
    /// The youngest batch that was seen.
    youngest: u64,
    /// Batches that were seen, of those that may still be overtaken.
    seen: BTreeSet<u64>,
}

/// What arrived since the last look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// The newest records that match, oldest first, in frames of at most 500.
    pub frames: Vec<Frame>,
    /// What matched and is not in the frames.
    pub dropped: Option<Dropped>,
    /// Where to go on after a connection was lost.
    pub resume: u64,
}

/// Records that matched and were left out because there were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// How many.
    pub count: u64,
    /// The earliest, nanoseconds since the epoch.
    pub from_ns: i64,
    /// The latest, nanoseconds since the epoch.
    pub to_ns: i64,
}

impl QueryService {
    /// Begins to follow records: those that are stored from now on.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, and when the store does not answer.
    pub async fn tail(&self, scope: &TenantScope, query: TailQuery) -> Result<Tail, Error> {
        let (service, scope) = (self.clone(), scope.clone());
        let mut tail = Tail { service, scope, query, youngest: 0, seen: BTreeSet::new() };
        let ask = tail.ask();
        let mut open = tail.service.open_on(&ask, Signal::Logs)?;
        open.filter(&tail.query.filter)?;
        tail.youngest = match tail.query.after {
            Some(after) => after,
            None => tail.last_batch(&mut open).await?,
        };
        let there = tail.batches(&mut open).await?;
        tail.seen = there.into_iter().filter(|batch| *batch <= tail.youngest).collect();
        Ok(tail)
    }
}

impl Tail {
    /// Looks for what arrived since the last look.
    ///
    /// # Errors
    /// [`Error`] when the store does not answer; the next look then finds what this one did not.
    pub async fn look(&mut self) -> Result<Look, Error> {
        let ask = self.ask();
        let mut open = self.service.open_on(&ask, Signal::Logs)?;
        let filter = open.filter(&self.query.filter)?;
        let batches = self.batches(&mut open).await?;
        let new: Vec<u64> = batches.into_iter().filter(|id| !self.seen.contains(id)).collect();
        if new.is_empty() {
            return Ok(Look { resume: self.youngest, ..Look::default() });
        }
        let sql = newest(&open, &filter, &new)?;
        let found = self.service.select(&self.scope, &mut open, sql).await?;
        let dropped = self.dropped(&mut open, &filter, &new, &found).await?;
        let mut frames = Vec::new();
        let order: Vec<usize> = (0..found.len().min(ROWS_MAX)).rev().collect();
        for part in order.chunks(FRAME_ROWS_MAX) {
            let body = self.service.log_frame(&self.scope, &mut open, &found, part).await?;
            let mut own = self.service.open_on(&ask, Signal::Logs)?;
            own.canonical.clone_from(&open.canonical);
            frames.push(self.service.frame(own, body));
        }
        // Only now: a look that failed is made again.
        self.note(&new);
        Ok(Look { frames, dropped, resume: self.youngest })
    }

    fn note(&mut self, batches: &[u64]) {
        self.seen.extend(batches);
        self.youngest = batches.iter().copied().fold(self.youngest, u64::max);
        self.seen = self.seen.split_off(&self.youngest.saturating_sub(OVERTAKEN_MAX));
    }

    /// The question of a look: the last hour, and a little ahead.
    fn ask(&self) -> Ask {
        let now = self.service.clock.unix_nanos();
        let range = TimeRange::new(now - BACK_NS, now + AHEAD_NS).unwrap_or(self.query.ask.range);
        Ask { range, query_id: String::new(), ..self.query.ask.clone() }
    }

    async fn last_batch(&self, open: &mut Open<'_>) -> Result<u64, Error> {
        let mut params = Params::default();
        let when = span_time::between(open.range.from(), open.range.to(), &mut params);
        let template =
            format!("SELECT max(_batch) AS youngest FROM sightline.logs WHERE {{scope:logs}} AND {when}");
        let found = self.service.select(&self.scope, open, params.into_sql(template)).await?;
        Ok(found.column("youngest")?.unsigned()?.first().copied().unwrap_or(0))
    }

    /// Returns the batches that are visible and may not have been seen.
    async fn batches(&self, open: &mut Open<'_>) -> Result<Vec<u64>, Error> {
        let mut params = Params::default();
        let when = span_time::between(open.range.from(), open.range.to(), &mut params);
        let floor = params.add(self.youngest.saturating_sub(OVERTAKEN_MAX));
        let template = format!(
            "SELECT DISTINCT _batch AS batch FROM sightline.logs WHERE {{scope:logs}} AND {when} AND _batch > {floor}"
        );
        let found = self.service.select(&self.scope, open, params.into_sql(template)).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        Ok(found.column("batch")?.unsigned()?.to_vec())
    }

    async fn dropped(
        &self,
        open: &mut Open<'_>,
        filter: &Filter,
        new: &[u64],
        found: &Rows,
    ) -> Result<Option<Dropped>, Error> {
        if found.len() <= ROWS_MAX {
            return Ok(None);
        }
        let times = rows::times(found, "ts")?;
        let sql = all(open, filter, new)?;
        let matched = self.service.select(&self.scope, open, sql).await?;
        let count = rows::counts(&matched, "n")?.first().copied().unwrap_or(0);
        let count = u64::try_from(count).unwrap_or(0).saturating_sub(ROWS_MAX as u64);
        let first = rows::times(&matched, "first")?.first().copied().unwrap_or(times[ROWS_MAX]);
        Ok(Some(Dropped { count, from_ns: first, to_ns: times[ROWS_MAX] }))
    }
}

/// The newest rows of the batches that match, one more than are shown.
fn newest(open: &Open<'_>, filter: &Filter, batches: &[u64]) -> Result<Sql, Error> {
    let mut params = Params::default();
    let here = of_batches(open, filter, batches, &mut params)?;
    let template = format!(
        "SELECT {} FROM sightline.logs WHERE {{scope:logs}} AND {here} ORDER BY ts DESC, tie DESC LIMIT {}",
        shape::columns(),
        ROWS_MAX + 1
    );
    Ok(params.into_sql(template))
}

/// How many rows of the batches match.
fn all(open: &Open<'_>, filter: &Filter, batches: &[u64]) -> Result<Sql, Error> {
    let mut params = Params::default();
    let here = of_batches(open, filter, batches, &mut params)?;
    let template =
        format!("SELECT count() AS n, min(ts) AS first FROM sightline.logs WHERE {{scope:logs}} AND {here}");
    Ok(params.into_sql(template))
}

fn of_batches(
    open: &Open<'_>,
    filter: &Filter,
    batches: &[u64],
    params: &mut Params,
) -> Result<String, Error> {
    let when = span_time::between(open.range.from(), open.range.to(), params);
    let predicate = predicate(filter, open, params)?;
    Ok(format!("{when} AND _batch IN {} AND {predicate}", params.add(batches.to_vec())))
}
