//! `samples` to `samples_1h`, for hours that have ended: a reconciler without input, as [`crate::rollup`] is.
//!
//! A row has what the samples of a series come to in an hour: how many, their sum, least, largest, first and last, and by
//! how much a running total grew over resets. Samples of one time are one, as readers have it (ADR 8): the largest number.
//! The version of an hour is the number of samples of its org that it was computed from: late ones make a higher version,
//! the same ones the same with the same content. The samples are gone after their retention; then nothing is computed
//! any more. The rows of the series and of their resources are kept as long: those of the week are written again.

use std::collections::BTreeSet;
use std::time::Duration;

use sightline_model::Nanos;

use crate::reconcile::{RolledUp, Source, Window};
use crate::tables::{RESOURCE_COLUMNS, SERIES_COLUMNS};
use crate::{Endpoint, Error, retention_class};

pub(crate) const COLUMNS: &str = "org, ret, series_id, window, row_version, count, sum, min, max, first, last, \
    first_ms, last_ms, increase, ended";

/// Length of a window.
const WINDOW_S: i64 = 3_600;

/// An hour is computed this long after its end: exports of minutes have arrived by then.
pub const SETTLE: Duration = Duration::from_mins(5);

/// Each series of an hour. 9218868437227405314 is Prometheus' stale NaN, with which a series ends.
const COMPUTE: &str = "\
SELECT {org:UInt32}, {ret:UInt16}, series_id, toDateTime({hour:UInt32}, 'UTC'), sum(rows) OVER (), length(numbers), \
  arraySum(numbers), if(empty(numbers), 0., arrayMin(numbers)), if(empty(numbers), 0., arrayMax(numbers)), \
  numbers[1], numbers[-1], if(empty(numbers), newest, points[1].1), if(empty(numbers), newest, points[-1].1), \
  arraySum(arrayMap((a, b) -> if(b < a, b, b - a), arrayPopBack(numbers), arrayPopFront(numbers))), is_ended \
FROM (SELECT series_id, sum(copies) AS rows, max(ms) AS newest, argMax(is_end, ms) AS is_ended, \
        arraySort(point -> point.1, groupArrayIf((ms, value_of_time), has_number)) AS points, \
        arrayMap(point -> point.2, points) AS numbers \
      FROM (SELECT series_id, toUInt32(toUnixTimestamp64Milli(ts) - toInt64({hour:UInt32}) * 1000) AS ms, \
              count() AS copies, countIf(NOT isNaN(value)) > 0 AS has_number, \
              maxIf(value, NOT isNaN(value)) AS value_of_time, \
              NOT has_number AND countIf(reinterpretAsUInt64(value) = 9218868437227405314) > 0 AS is_end \
            FROM sightline.samples \
            WHERE org = {org:UInt32} AND toStartOfHour(ts) = toDateTime({hour:UInt32}, 'UTC') \
            GROUP BY series_id, ts) \
      GROUP BY series_id)";

/// The start of the bucket of an hour, as `PARTITION BY` has it.
const BUCKET: &str = "if({ret:UInt16} <= 31, toDate({hour:UInt32}, 'UTC'), \
    if({ret:UInt16} <= 100, toMonday(toDate({hour:UInt32}, 'UTC')), toStartOfMonth(toDate({hour:UInt32}, 'UTC'))))";

/// Wherever the row of a series or resource of the hour may be.
const BUCKETS: &str = "day IN (toDate({hour:UInt32}, 'UTC'), toMonday(toDate({hour:UInt32}, 'UTC')), \
    toStartOfMonth(toDate({hour:UInt32}, 'UTC')))";

/// Keeps `samples_1h` equal to what `samples` says.
#[derive(Debug)]
pub struct SamplesRollup {
    source: Source,
    ret: u16,
    /// Hours that had not ended when their part was looked at.
    open: BTreeSet<Window>,
}

impl SamplesRollup {
    /// Makes a rollup whose rows are kept that many days, rounded up to a retention class.
    #[must_use]
    pub fn new(endpoint: &Endpoint, ret_days: u16) -> Self {
        Self {
            source: Source::new(endpoint, "samples", "toStartOfHour"),
            ret: retention_class(ret_days),
            open: BTreeSet::new(),
        }
    }

    /// Computes every ended hour that has samples the rollup does not know of. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts; the next run does what this one did not.
    pub async fn reconcile(&mut self, now: Nanos) -> Result<RolledUp, Error> {
        let news = self.source.news(0).await?;
        let candidates = self.open.iter().chain(&news.windows).copied();
        let settle = i64::try_from(SETTLE.as_secs()).unwrap_or(i64::MAX);
        let ended = now / 1_000_000_000 - settle - WINDOW_S;
        let (due, open): (BTreeSet<_>, BTreeSet<_>) = candidates.partition(|(_, hour)| *hour <= ended);
        let mut done = RolledUp::default();
        for (org, hour) in self.stale(due).await? {
            self.compute(org, hour).await?;
            done.windows += 1;
        }
        // Only now: what an error or a drop left undone is found again.
        self.open = open;
        self.source.dealt_with(news);
        Ok(done)
    }

    /// Keeps the hours whose samples are more than those the rollup was computed from.
    async fn stale(&self, due: BTreeSet<Window>) -> Result<BTreeSet<Window>, Error> {
        let mut stale = BTreeSet::new();
        // One hour at a time: the hours of what was filled in later may be far apart.
        for hour in due.iter().map(|(_, hour)| *hour).collect::<BTreeSet<_>>() {
            let parameters = [("hour".to_owned(), hour.to_string())];
            let actual = "SELECT org, toUnixTimestamp(toStartOfHour(ts)) AS window, count() AS version \
                 FROM sightline.samples WHERE toStartOfHour(ts) = toDateTime({hour:UInt32}, 'UTC') \
                 AND ts >= toDateTime({hour:UInt32}, 'UTC') AND ts < toDateTime({hour:UInt32} + 3600, 'UTC') \
                 GROUP BY org, window";
            let actual = self.source.versions(actual, &parameters).await?;
            let stored = "SELECT org, toUnixTimestamp(window) AS window, max(row_version) AS version \
                 FROM (SELECT org, window, row_version FROM sightline.samples_1h \
                 WHERE window = toDateTime({hour:UInt32}, 'UTC')) GROUP BY org, window";
            let stored = self.source.versions(stored, &parameters).await?;
            stale.extend(due.iter().filter(|at| at.1 == hour && actual.get(at) > stored.get(at)));
        }
        Ok(stale)
    }

    /// Computes an hour of an org: one partition, one insert. What its rows name is written first.
    async fn compute(&self, org: u32, hour: i64) -> Result<(), Error> {
        let parameters = [
            ("ret".to_owned(), self.ret.to_string()),
            ("org".to_owned(), org.to_string()),
            ("hour".to_owned(), hour.to_string()),
        ];
        let of_bucket = format!("org = {{org:UInt32}} AND ret = {{ret:UInt16}} AND day = {BUCKET}");
        let series = format!(
            "INSERT INTO sightline.metric_series ({SERIES_COLUMNS}) \
             SELECT * REPLACE ({{ret:UInt16}} AS ret, {BUCKET} AS day) FROM (SELECT {SERIES_COLUMNS} \
             FROM sightline.metric_series WHERE org = {{org:UInt32}} AND {BUCKETS} AND series_id IN \
             (SELECT series_id FROM sightline.samples WHERE org = {{org:UInt32}} \
             AND toStartOfHour(ts) = toDateTime({{hour:UInt32}}, 'UTC')) AND series_id NOT IN \
             (SELECT series_id FROM sightline.metric_series WHERE {of_bucket}) LIMIT 1 BY series_id)"
        );
        let resources = format!(
            "INSERT INTO sightline.resources ({RESOURCE_COLUMNS}) \
             SELECT * REPLACE ({{ret:UInt16}} AS ret, {BUCKET} AS day) FROM (SELECT {RESOURCE_COLUMNS} \
             FROM sightline.resources WHERE org = {{org:UInt32}} AND {BUCKETS} AND resource_id IN \
             (SELECT resource_id FROM sightline.metric_series WHERE {of_bucket}) AND resource_id NOT IN \
             (SELECT resource_id FROM sightline.resources WHERE {of_bucket}) LIMIT 1 BY resource_id)"
        );
        let samples = format!("INSERT INTO sightline.samples_1h ({COLUMNS}) {COMPUTE}");
        for sql in [series, resources, samples] {
            self.source.insert(&sql, &parameters).await?;
        }
        Ok(())
    }
}
