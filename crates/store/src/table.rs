//! Tables, retention classes, and the partition a row belongs to.

use sightline_model::Nanos;

/// Nanoseconds of a day.
const DAY_NS: i64 = 86_400_000_000_000;

/// A table of the store. The number is what the write-ahead log keeps; it never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// One row a span.
    Spans = 1,
    /// Requests, errors and durations in windows of ten seconds.
    Red10s = 2,
    /// Where the spans of a trace are.
    TraceIndex = 3,
    /// Resource attributes by id.
    Resources = 4,
    /// Attribute keys and values that were seen.
    AttrCatalog = 5,
    /// Requests, errors and durations in windows of a minute, at four levels.
    Red1m = 6,
    /// One row a log record.
    Logs = 7,
    /// One row a point of a gauge or a sum.
    Samples = 8,
    /// One row a point of a histogram with explicit bounds.
    Histograms = 9,
    /// One row a point of an exponential histogram.
    ExpHistograms = 10,
    /// One row a point of a summary.
    Summaries = 11,
    /// One row an exemplar of a point.
    Exemplars = 12,
    /// The series that points belong to, by id.
    MetricSeries = 13,
    /// What happened and belongs on every chart.
    Events = 15,
    /// Who calls whom, in windows of a minute, at two levels.
    Edges1m = 17,
    /// What the points of a gauge or a sum come to in an hour.
    Samples1h = 16,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 16] = [
        Self::Spans,
        Self::Red10s,
        Self::TraceIndex,
        Self::Resources,
        Self::AttrCatalog,
        Self::Red1m,
        Self::Logs,
        Self::Samples,
        Self::Histograms,
        Self::ExpHistograms,
        Self::Summaries,
        Self::Exemplars,
        Self::MetricSeries,
        Self::Events,
        Self::Samples1h,
        Self::Edges1m,
    ];

    /// Returns the number kept in the log.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Spans => 1,
            Self::Red10s => 2,
            Self::TraceIndex => 3,
            Self::Resources => 4,
            Self::AttrCatalog => 5,
            Self::Red1m => 6,
            Self::Logs => 7,
            Self::Samples => 8,
            Self::Histograms => 9,
            Self::ExpHistograms => 10,
            Self::Summaries => 11,
            Self::Exemplars => 12,
            Self::MetricSeries => 13,
            Self::Events => 15,
            Self::Samples1h => 16,
            Self::Edges1m => 17,
        }
    }

    /// Reads the number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }

    /// Returns the name inside the database `sightline`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Red10s => "red_10s",
            Self::TraceIndex => "trace_index",
            Self::Resources => "resources",
            Self::AttrCatalog => "attr_catalog",
            Self::Red1m => "red_1m",
            Self::Logs => "logs",
            Self::Samples => "samples",
            Self::Histograms => "histograms",
            Self::ExpHistograms => "exp_histograms",
            Self::Summaries => "summaries",
            Self::Exemplars => "exemplars",
            Self::MetricSeries => "metric_series",
            Self::Events => "events",
            Self::Samples1h => "samples_1h",
            Self::Edges1m => "edges_1m",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Tells whether writing the same rows again changes nothing; otherwise rows carry `_batch`.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(
            self,
            Self::Spans
                | Self::Red10s
                | Self::Logs
                | Self::Samples
                | Self::Histograms
                | Self::ExpHistograms
                | Self::Summaries
                | Self::Exemplars
        )
    }

    /// Tells whether its rows name a series, and only the series a tenant (schema.md section 4, rule 1).
    #[must_use]
    pub const fn is_of_series(self) -> bool {
        matches!(
            self,
            Self::Samples
                | Self::Histograms
                | Self::ExpHistograms
                | Self::Summaries
                | Self::Exemplars
                | Self::Samples1h
        )
    }
}

/// The retention classes, in days. A policy is rounded up to one, so that few partitions live side by side.
pub const RETENTION_CLASSES: [u16; 9] = [2, 3, 7, 15, 30, 60, 90, 180, 365];

/// Rounds a policy up to its class; more than the longest is the longest.
#[must_use]
pub fn retention_class(days: u16) -> u16 {
    RETENTION_CLASSES.into_iter().find(|class| *class >= days).unwrap_or(365)
}

/// A time bucket of a retention class: what a partition holds. Days are counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The retention class.
    pub ret: u16,
    /// First day.
    pub first_day: u16,
}

impl Bucket {
    /// Finds the bucket of a time, as `PARTITION BY` of the schema does: days up to 31, weeks from Monday up to 100,
    /// else months. Times outside 1970 to 2149 are cut to that range, where the engine would wrap.
    #[must_use]
    pub fn of(ret: u16, time: Nanos) -> Self {
        let day = u16::try_from(time.div_euclid(DAY_NS).max(0)).unwrap_or(u16::MAX);
        let first_day = match ret {
            0..=31 => day,
            // 1970-01-01 was a Thursday: day 4 is the first Monday.
            32..=100 => day.saturating_sub((day + 3) % 7),
            _ => day - u16::from(civil(day).2) + 1,
        };
        Self { ret, first_day }
    }

    /// Returns the engine's partition id, such as `7-20261113`.
    #[must_use]
    pub fn partition(self) -> String {
        let (year, month, day) = civil(self.first_day);
        format!("{}-{year:04}{month:02}{day:02}", self.ret)
    }

    /// Reads a partition id.
    #[must_use]
    pub fn parse(partition: &str) -> Option<Self> {
        let (ret, date) = partition.split_once('-')?;
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (year, month, day) = (date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?);
        let first_day = u16::try_from(days_from_civil(year, month, day)?).ok()?;
        Some(Self { ret: ret.parse().ok()?, first_day })
    }

    /// Returns the first instant of the bucket.
    #[must_use]
    pub fn from(self) -> Nanos {
        i64::from(self.first_day) * DAY_NS
    }

    /// Returns the first instant after the bucket.
    #[must_use]
    pub fn to(self) -> Nanos {
        let next = match self.ret {
            0..=31 => i64::from(self.first_day) + 1,
            32..=100 => i64::from(self.first_day) + 7,
            _ => {
                let (year, month, _) = civil(self.first_day);
                let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                days_from_civil(year, month, 1).unwrap_or(i64::from(self.first_day) + 28)
            }
        };
        next * DAY_NS
    }
}

/// Year, month and day of a day number (Howard Hinnant's algorithm, for days of this era and later).
fn civil(day: u16) -> (u16, u8, u8) {
    let z = u32::from(day) + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u32::from(month <= 2);
    let fits = "a day of 16 bits is between 1970 and 2149";
    (u16::try_from(year).expect(fits), u8::try_from(month).expect(fits), u8::try_from(day).expect(fits))
}

fn days_from_civil(year: u16, month: u8, day: u8) -> Option<i64> {
    if !(1970..=2149).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year / 400;
    let yoe = year % 400;
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some(era * 146_097 + doe - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_days_weeks_and_months() {
        // 2026-11-13 was a Friday.
        let time = days_from_civil(2026, 11, 13).unwrap() * DAY_NS + 5;
        for (ret, partition, days) in
            [(7, "7-20261113", 1), (90, "90-20261109", 7), (365, "365-20261101", 30)]
        {
            let bucket = Bucket::of(ret, time);
            assert_eq!(bucket.partition(), partition);
            assert_eq!(Bucket::parse(partition), Some(bucket));
            assert_eq!((bucket.to() - bucket.from()) / DAY_NS, days, "{partition}");
            assert!(bucket.from() <= time && time < bucket.to());
        }
        assert_eq!(Bucket::parse("all"), None);
        assert_eq!(Bucket::parse("7-2026111x"), None);
    }

    #[test]
    fn every_day_has_a_date_and_back() {
        for day in 0..=u16::MAX {
            let (y, m, d) = civil(day);
            if y <= 2149 {
                assert_eq!(days_from_civil(y, m, d), Some(i64::from(day)));
            }
        }
    }

    #[test]
    fn policies_round_up() {
        for (days, class) in [(0, 2), (2, 2), (4, 7), (14, 15), (31, 60), (400, 365)] {
            assert_eq!(retention_class(days), class);
        }
    }
}
