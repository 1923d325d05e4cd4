//! The settings of the pipeline, each with a default that works on one machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, EventNames, FileSource, HostConfig, RedisServer, ScrapeJob};

const MIB: usize = 1 << 20;

/// Settings of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where OTLP over gRPC is received.
    pub otlp_grpc: SocketAddr,
    /// Where OTLP over HTTP is received.
    pub otlp_http: SocketAddr,
    /// What a request and a record may weigh.
    pub limits: Limits,
    /// What a connection may do.
    pub connections: Connections,
    /// Which web pages may send.
    pub cors: Cors,
    /// When the log is written on to the store.
    pub flush: Flush,
    /// How long rows are kept.
    pub retention: Retention,
    /// Where the tenant of a record is read from.
    pub tenancy: Tenancy,
    /// When the disks are too full to take more.
    pub disk: Disk,
    /// Targets that are asked for their metrics.
    pub scrape: Vec<ScrapeJob>,
    /// Metrics of the machine that the server runs on.
    pub host: HostConfig,
    /// Redis servers that are asked how they are.
    pub redis: Vec<RedisServer>,
    /// Files that are tailed.
    pub files: Vec<FileSource>,
    /// File that tells how far files have been read; a relative one lies in the data folder.
    pub files_checkpoint: PathBuf,
    /// Which log records are events too.
    pub events: EventNames,
    /// Folder for batches that the store refuses for good; none: `dead-letter` in the working directory.
    pub dead_letter_dir: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            otlp_grpc: (Ipv4Addr::LOCALHOST, 4317).into(),
            otlp_http: (Ipv4Addr::LOCALHOST, 4318).into(),
            limits: Limits::default(),
            connections: Connections::default(),
            cors: Cors::default(),
            flush: Flush::default(),
            retention: Retention::default(),
            tenancy: Tenancy::default(),
            disk: Disk::default(),
            scrape: Vec::new(),
            host: HostConfig::default(),
            redis: Vec::new(),
            files: Vec::new(),
            files_checkpoint: PathBuf::from("files.checkpoint"),
            events: EventNames::default(),
            dead_letter_dir: PathBuf::from("dead-letter"),
        }
    }
}

/// What a request and a record may weigh (decisions.md 11).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request as it comes over the wire.
    pub body_bytes_max: usize,
    /// Bytes of a request after decompression.
    pub decompressed_bytes_max: usize,
    /// Output over input above which a body larger than 1 MiB is taken for a bomb.
    pub ratio_max: usize,
    /// Bytes of all requests together between their first byte and their acknowledgement.
    pub in_flight_bytes_max: usize,
    /// Records of a request.
    pub records_max: u32,
    /// Attributes of a record; more are cut.
    pub attributes_max: u32,
    /// Bytes of an attribute key; longer ones are cut.
    pub key_bytes_max: u32,
    /// Bytes of an attribute value; longer ones are cut.
    pub value_bytes_max: u32,
    /// Bytes of the body of a log record; longer ones are cut.
    pub log_body_bytes_max: u32,
    /// Events of a span; more are cut.
    pub events_max: u32,
    /// Links of a span; more are cut.
    pub links_max: u32,
    /// Depth of nested values.
    pub nesting_max: u32,
    /// Series of one metric that an org may send in a day; points of more are rejected.
    pub metric_series_max: u32,
    /// Series of all metrics that an org may send in a day; points of more are rejected.
    pub org_series_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let of_records = sightline_otlp::Limits::default();
        Self {
            body_bytes_max: 16 * MIB,
            decompressed_bytes_max: 64 * MIB,
            ratio_max: 200,
            in_flight_bytes_max: 256 * MIB,
            records_max: of_records.records_max,
            attributes_max: of_records.attributes_max,
            key_bytes_max: of_records.key_bytes_max,
            value_bytes_max: of_records.value_bytes_max,
            log_body_bytes_max: of_records.body_bytes_max,
            events_max: of_records.events_max,
            links_max: of_records.links_max,
            nesting_max: of_records.nesting_max,
            metric_series_max: of_records.metric_series_max,
            org_series_max: of_records.org_series_max,
        }
    }
}

impl From<&Limits> for sightline_otlp::Limits {
    /// The part that the decoder applies.
    fn from(limits: &Limits) -> Self {
        Self {
            records_max: limits.records_max,
            attributes_max: limits.attributes_max,
            key_bytes_max: limits.key_bytes_max,
            value_bytes_max: limits.value_bytes_max,
            body_bytes_max: limits.log_body_bytes_max,
            events_max: limits.events_max,
            links_max: limits.links_max,
            nesting_max: limits.nesting_max,
            metric_series_max: limits.metric_series_max,
            org_series_max: limits.org_series_max,
        }
    }
}

/// What a connection may do (promise.md 2.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// Open connections of one receiver; the next one waits until another ends.
    pub open_max: usize,
    /// Milliseconds for a request's header to arrive once its first byte has, and for the first byte of a connection.
    pub header_timeout_ms: u64,
    /// Milliseconds that a connection may rest between two requests. Longer than the 90 s for which the clients of Go and
    /// Rust keep one: a request that meets our close would have to be sent again.
    pub idle_timeout_ms: u64,
    /// Milliseconds that a body may take, whatever its size; on top comes the time its bytes need at `body_bytes_per_s_min`.
    pub body_timeout_ms: u64,
    /// Bytes per second below which a body is too slow.
    pub body_bytes_per_s_min: u64,
    /// Milliseconds for which a client may refuse to read its answer.
    pub write_timeout_ms: u64,
    /// Bytes of all header fields of a request.
    pub header_bytes_max: u32,
    /// Header fields of an HTTP/1 request.
    pub headers_max: usize,
    /// Streams of one HTTP/2 connection at the same time.
    pub streams_max: u32,
    /// Streams reset by the client before they were accepted, above which the connection ends (rapid reset).
    pub pending_resets_max: usize,
    /// Streams reset by us because of the client's errors, above which the connection ends.
    pub error_resets_max: usize,
    /// Milliseconds between pings of a quiet HTTP/2 connection.
    pub ping_interval_ms: u64,
    /// Milliseconds for the answer of a ping.
    pub ping_timeout_ms: u64,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            open_max: 10_000,
            header_timeout_ms: 5_000,
            idle_timeout_ms: 120_000,
            body_timeout_ms: 10_000,
            body_bytes_per_s_min: 16 << 10,
            write_timeout_ms: 30_000,
            header_bytes_max: 16 << 10,
            headers_max: 100,
            streams_max: 128,
            pending_resets_max: 20,
            error_resets_max: 256,
            ping_interval_ms: 20_000,
            ping_timeout_ms: 10_000,
        }
    }
}

/// Which web pages may send telemetry from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://shop.example`; `*` is any. A page always needs a key.
    pub origins: Vec<String>,
}

/// When the log is written on to the store (promise.md 2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flush {
    /// Rows after which a batch is inserted.
    pub rows_max: usize,
    /// Bytes in memory after which a batch is inserted.
    pub bytes_max: usize,
    /// Milliseconds after which a batch is inserted however small it is.
    pub freshness_ms: u64,
    /// Milliseconds between two inserts of counted windows.
    pub red_ms: u64,
    /// Endpoints of one service and class in 24 hours; more are counted as `(other)`.
    pub endpoints_max: usize,
    /// Rows of one window and org; more are counted as endpoint `(other)`.
    pub window_rows_max: usize,
    /// Milliseconds between two seals of the log.
    pub seal_ms: u64,
    /// Bytes of new records after which the log is sealed earlier.
    pub seal_bytes: u64,
    /// Milliseconds for the last inserts when the process ends.
    pub drain_ms: u64,
}

impl Default for Flush {
    fn default() -> Self {
        Self {
            rows_max: 200_000,
            bytes_max: 32 * MIB,
            freshness_ms: 1_000,
            red_ms: 5_000,
            endpoints_max: 500,
            window_rows_max: 20_000,
            seal_ms: 5_000,
            seal_bytes: 256 << 20,
            drain_ms: 5_000,
        }
    }
}

/// How long rows are kept, in days; rounded up to a class of schema.md D10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Spans, and how old a span may be when it arrives.
    pub traces_days: u16,
    /// Log records, and how old one may be when it arrives.
    pub logs_days: u16,
    /// Points of metrics, and how old one may be when it arrives.
    pub metrics_days: u16,
    /// Counted windows of ten seconds.
    pub red_days: u16,
    /// Attribute keys and values for completion.
    pub catalogue_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { traces_days: 7, logs_days: 30, metrics_days: 15, red_days: 2, catalogue_days: 30 }
    }
}

/// Where the tenant of a record is read from beside its attributes and those of its resource (vocabulary.md 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tenancy {
    /// Request headers that instrumentations capture as attributes and that are believed, the first one present; of
    /// `baggage` the member `tenant.id`. Name only headers that a gateway sets itself: clients can forge the others.
    pub captured_headers: Vec<String>,
}

/// When the disks are too full to take more (promise.md 2.3.11). Both volumes count, that of the log and that of the
/// store: the fuller one decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// Percent taken above which the state of the server says so.
    pub warn_percent: u8,
    /// Percent taken above which debug logs are refused.
    pub low_percent: u8,
    /// Percent taken above which all telemetry is refused.
    pub full_percent: u8,
    /// Milliseconds between two looks.
    pub look_ms: u64,
}

impl Default for Disk {
    fn default() -> Self {
        Self { warn_percent: 80, low_percent: 90, full_percent: 95, look_ms: 500 }
    }
}

impl Config {
    /// Refuses values with which nothing could work.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let at_least = |setting, value: u64, least: u64| {
            let detail = || format!("`{value}` is too small; use at least {least}");
            if value < least { Err(Error::Setting { setting, detail: detail() }) } else { Ok(()) }
        };
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        at_least("limits.body_bytes_max", wide(self.limits.body_bytes_max), 1024)?;
        at_least("limits.ratio_max", wide(self.limits.ratio_max), 2)?;
        at_least("limits.metric_series_max", self.limits.metric_series_max.into(), 1)?;
        at_least("limits.org_series_max", self.limits.org_series_max.into(), 1)?;
        at_least("connections.open_max", wide(self.connections.open_max), 1)?;
        at_least("connections.header_bytes_max", self.connections.header_bytes_max.into(), 8 << 10)?;
        at_least("flush.rows_max", wide(self.flush.rows_max), 1)?;
        at_least("flush.endpoints_max", wide(self.flush.endpoints_max), 1)?;
        at_least("retention.traces_days", self.retention.traces_days.into(), 1)?;
        at_least("retention.logs_days", self.retention.logs_days.into(), 1)?;
        at_least("retention.metrics_days", self.retention.metrics_days.into(), 1)?;
        self.events.check()?;
        self.scrape.iter().try_for_each(ScrapeJob::check)?;
        self.files.iter().try_for_each(FileSource::check)?;
        self.host.check()?;
        self.redis.iter().try_for_each(RedisServer::check)?;
        self.disk.check()?;
        self.tenancy.check()?;
        let least = wide(self.limits.decompressed_bytes_max.saturating_add(self.limits.body_bytes_max));
        at_least("limits.in_flight_bytes_max", wide(self.limits.in_flight_bytes_max), least)
    }
}

impl Disk {
    fn check(&self) -> Result<(), Error> {
        if self.warn_percent <= self.low_percent
            && self.low_percent <= self.full_percent
            && self.full_percent <= 100
        {
            return Ok(());
        }
        let Self { warn_percent: warn, low_percent: low, full_percent: full, .. } = self;
        let detail =
            format!("`{warn}`, `{low}`, `{full}` are no rising percents; use for example 80, 90, 95");
        Err(Error::Setting { setting: "disk.{warn,low,full}_percent", detail })
    }
}

impl Tenancy {
    fn check(&self) -> Result<(), Error> {
        let is_no_header = |name: &&String| http::HeaderName::try_from(name.as_str()).is_err();
        let Some(bad) = self.captured_headers.iter().find(is_no_header) else { return Ok(()) };
        let detail = format!("`{bad}` is no name of a header; use for example `baggage`");
        Err(Error::Setting { setting: "tenancy.captured_headers", detail })
    }
}

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_accepted_and_survive_a_round_trip() {
        let config = Config::default();
        config.check().unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn values_that_cannot_work_are_refused_by_the_name_of_the_setting() {
        let check = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        let text = check(|config| config.tenancy.captured_headers = vec!["baggage".into(), "a b".into()]);
        assert!(text.contains("tenancy.captured_headers") && text.contains("`a b`"), "{text}");
        let text = check(|config| config.disk.low_percent = 99);
        assert!(text.contains("disk.") && text.contains("`99`"), "{text}");
        let text = check(|config| config.retention.logs_days = 0);
        assert!(text.contains("retention.logs_days"), "{text}");
    }

    #[test]
    fn the_limits_of_records_reach_the_decoder() {
        assert_eq!(sightline_otlp::Limits::from(&Limits::default()), sightline_otlp::Limits::default());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = serde_json::from_str::<Config>(r#"{"flush":{"rows":5}}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `rows`"), "{error}");
    }
}
