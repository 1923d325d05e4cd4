//! The service: a reader, a clock, limits; and the one way in which statements run.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use sightline_model::{Body, Frame, Nanos, Signal, TenantScope};
use sightline_runtime::Clock;
use sightline_store::{EVENTS_DAYS, QueryLimits, Reader, Rows, Sql};

use crate::Error;
use crate::ask::{Ask, Open};

/// What a question may cost.
#[derive(Debug, Clone, serde::Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seconds that a statement may run.
    pub time_s_max: u32,
    /// Bytes of memory that a statement may use in the engine.
    pub memory_bytes_max: u64,
    /// Rows that a statement may read.
    pub rows_read_max: u64,
    /// Milliseconds that completion may take; then it returns what is there.
    pub complete_ms_max: u32,
    /// Days for which spans are kept. No setting, as those below that are skipped: what ingest keeps decides.
    #[serde(skip)]
    pub spans_days: u16,
    /// Days for which log records are kept.
    #[serde(skip)]
    pub logs_days: u16,
    /// Days for which points of metrics are kept.
    #[serde(skip)]
    pub metrics_days: u16,
    /// Days for which gauges and sums are kept by the hour.
    pub samples_1h_days: u16,
    /// Whether the canonical name of a metric means its older names too.
    pub metric_families: bool,
    /// Days for which ten-second windows are kept.
    #[serde(skip)]
    pub red_10s_days: u16,
    /// Days for which one-minute windows are kept.
    pub red_1m_days: u16,
    /// Named ways through several services, which searches of traces can begin with.
    #[serde(deserialize_with = "crate::flows::checked")]
    pub flows: Vec<crate::Flow>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            time_s_max: 20,
            memory_bytes_max: 1 << 30,
            rows_read_max: 2_000_000_000,
            complete_ms_max: 200,
            spans_days: 7,
            logs_days: 30,
            metrics_days: 15,
            samples_1h_days: 90,
            metric_families: true,
            red_10s_days: 2,
            red_1m_days: 15,
            flows: Vec::new(),
        }
    }
}

impl Config {
    /// Returns for how long the records of a signal are kept.
    pub(crate) fn kept_ns(&self, signal: Signal) -> i64 {
        let days = match signal {
            Signal::Logs => self.logs_days,
            Signal::Metrics => self.metrics_days,
            Signal::Traces => self.spans_days,
        };
        i64::from(days) * crate::bins::DAY_NS
    }

    const fn kept(&self) -> [(&'static str, &'static str, u16); 8] {
        [
            ("traces", "", self.spans_days),
            ("logs", "", self.logs_days),
            ("metrics", "", self.metrics_days),
            ("metrics", "1h", self.samples_1h_days),
            ("red", "10s", self.red_10s_days),
            ("red", "1m", self.red_1m_days),
            ("edges", "1m", self.red_1m_days),
            ("events", "", EVENTS_DAYS),
        ]
    }

    /// Returns for how long gauges and sums are kept, by the hour in the end.
    pub(crate) fn hours_kept_ns(&self) -> i64 {
        i64::from(self.samples_1h_days.max(self.metrics_days)) * crate::bins::DAY_NS
    }
}

/// Tells up to which instant (ns) everything acknowledged is stored and counted; none when that is not known. It is
/// asked for every question, so it should only read counters.
pub type Watermark = Arc<dyn Fn() -> Option<Nanos> + Send + Sync>;

/// Answers questions. Clones share connections.
#[derive(Clone)]
pub struct QueryService {
    reader: Reader,
    watermark: Watermark,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
}

impl std::fmt::Debug for QueryService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryService").field("config", &self.config).finish_non_exhaustive()
    }
}

impl QueryService {
    /// Makes the service.
    #[must_use]
    pub fn new(reader: Reader, clock: Arc<dyn Clock>, config: Config) -> Self {
        Self { reader, watermark: Arc::new(|| None), clock, config }
    }

    /// Lets answers say up to when they are whole.
    #[must_use]
    pub fn with_watermark(self, watermark: Watermark) -> Self {
        Self { watermark, ..self }
    }

    /// Returns for how many days data is kept: signal, width of a window where there are windows, days.
    #[must_use]
    pub const fn kept(&self) -> [(&'static str, &'static str, u16); 8] {
        self.config.kept()
    }

    /// Stops a question by its id. The caller has made sure that it is the asker's own.
    ///
    /// # Errors
    /// [`Error::Store`] while the engine is away; then the question is gone as well.
    pub async fn kill(&self, query_id: &str) -> Result<(), Error> {
        Ok(self.reader.kill(query_id).await?)
    }

    /// Begins a question about spans.
    pub(crate) fn open<'a>(&self, ask: &'a Ask) -> Result<Open<'a>, Error> {
        self.open_on(ask, Signal::Traces)
    }

    /// Begins a question about records of a signal.
    pub(crate) fn open_on<'a>(&self, ask: &'a Ask, signal: Signal) -> Result<Open<'a>, Error> {
        Open::new(ask, signal, (self.watermark)(), self.clock.as_ref())
    }

    /// Runs one statement of a question.
    pub(crate) async fn select(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        sql: Sql,
    ) -> Result<Rows, Error> {
        self.select_within(scope, open, sql, Duration::from_secs(self.config.time_s_max.into())).await
    }

    /// Runs one statement of a question with a time limit of its own.
    pub(crate) async fn select_within(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        sql: Sql,
        time: Duration,
    ) -> Result<Rows, Error> {
        let limits = QueryLimits { time, ..self.limits() };
        self.select_limited(scope, open, sql, &limits).await
    }

    /// Returns what a statement may use.
    pub(crate) fn limits(&self) -> QueryLimits {
        QueryLimits {
            time: Duration::from_secs(self.config.time_s_max.into()),
            memory_bytes_max: self.config.memory_bytes_max,
            rows_read_max: self.config.rows_read_max,
            ..QueryLimits::default()
        }
    }

    /// Runs one statement of a question with limits of its own.
    pub(crate) async fn select_limited(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        sql: Sql,
        limits: &QueryLimits,
    ) -> Result<Rows, Error> {
        let sql = sql.query_id(open.statement_id());
        tracing::debug!(query_id = open.query_id, statement = sql.template(), "statement starts");
        // On the heap: every question holds several of these futures inside each other.
        let answer = Box::pin(self.reader.select(scope, sql, limits)).await;
        if let Err(error) = &answer {
            tracing::info!(query_id = open.query_id, %error, detail = error.detail(), "statement failed");
        }
        let rows = answer?;
        open.stats.rows_read += rows.rows_read;
        open.stats.bytes_read += rows.bytes_read;
        Ok(rows)
    }

    /// Joins head and body.
    pub(crate) fn frame(&self, open: Open<'_>, body: Body) -> Frame {
        Frame { meta: open.meta(self.clock.as_ref()), body }
    }
}

#[cfg(test)]
mod tests {
    use sightline_store::Table;

    use super::*;

    /// Where a table stands in the list; none for one that only helps others to be read.
    const fn place(table: Table) -> Option<(&'static str, &'static str)> {
        match table {
            Table::Spans | Table::TraceIndex => Some(("traces", "")),
            Table::Logs => Some(("logs", "")),
            Table::Samples
            | Table::Histograms
            | Table::ExpHistograms
            | Table::Summaries
            | Table::Exemplars
            | Table::MetricSeries => Some(("metrics", "")),
            Table::Samples1h => Some(("metrics", "1h")),
            Table::Red10s => Some(("red", "10s")),
            Table::Red1m => Some(("red", "1m")),
            Table::Edges1m => Some(("edges", "1m")),
            Table::Events => Some(("events", "")),
            Table::Resources | Table::AttrCatalog => None,
        }
    }

    #[test]
    fn it_is_said_of_every_table_for_how_long_it_is_kept() {
        let kept = Config::default().kept();
        for (signal, resolution) in Table::ALL.into_iter().filter_map(place) {
            let days = kept.iter().find(|row| (row.0, row.1) == (signal, resolution)).map(|row| row.2);
            assert!(days.is_some_and(|days| days > 0), "{signal} {resolution}");
        }
        assert!(
            kept.iter().all(|row| Table::ALL.into_iter().any(|table| place(table) == Some((row.0, row.1))))
        );
    }
}
