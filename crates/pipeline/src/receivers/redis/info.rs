//! What `INFO` says, as metrics (names and units of the Collector's Redis receiver, `metadata.yaml`).

use std::collections::HashMap;

use crate::receivers::metrics_message::{CUMULATIVE, Metric, NumberPoint, Numbers, attributes};

/// What only grows while a server runs: field, name, unit, description.
const COUNTERS: &[(&str, &str, &str, &str)] = &[
    ("keyspace_hits", "redis.keyspace.hits", "{hit}", "Lookups that found their key"),
    ("keyspace_misses", "redis.keyspace.misses", "{miss}", "Lookups that did not find their key"),
    ("total_commands_processed", "redis.commands.processed", "{command}", "Commands that were processed"),
    ("total_connections_received", "redis.connections.received", "{connection}", "Connections accepted"),
    ("rejected_connections", "redis.connections.rejected", "{connection}", "Connections beyond maxclients"),
    ("expired_keys", "redis.keys.expired", "{key}", "Keys whose time was over"),
    ("evicted_keys", "redis.keys.evicted", "{key}", "Keys that made room for others"),
    ("total_net_input_bytes", "redis.net.input", "By", "Bytes read from the network"),
    ("total_net_output_bytes", "redis.net.output", "By", "Bytes written to the network"),
    ("uptime_in_seconds", "redis.uptime", "s", "Time since the start of the server"),
];

/// What goes up and down.
const GAUGES: &[(&str, &str, &str, &str)] = &[
    ("connected_clients", "redis.clients.connected", "{client}", "Clients that are connected"),
    ("blocked_clients", "redis.clients.blocked", "{client}", "Clients that wait for a key"),
    ("used_memory", "redis.memory.used", "By", "Memory taken by the allocator of Redis"),
    ("used_memory_rss", "redis.memory.rss", "By", "Memory taken from the operating system"),
    ("maxmemory", "redis.maxmemory", "By", "Limit of memory; 0 is none"),
];

/// Most databases that are told: Redis has 16 unless it is configured otherwise.
const DATABASES_MAX: usize = 64;

/// An answer to `INFO`.
#[derive(Debug, Default)]
pub(super) struct Info<'a>(HashMap<&'a str, &'a str>);

impl<'a> Info<'a> {
    /// Reads lines of `field:value`; headings and what is no field are left out.
    pub(super) fn parse(text: &'a str) -> Self {
        let fields = text.lines().filter(|line| !line.starts_with('#'));
        Self(fields.filter_map(|line| line.trim_end().split_once(':')).collect())
    }

    /// Returns a field as it is.
    pub(super) fn text(&self, field: &str) -> &'a str {
        self.0.get(field).copied().unwrap_or_default()
    }

    fn number(&self, field: &str) -> Option<f64> {
        self.text(field).parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Returns since when the server counts, ns since the epoch, for an answer of that time.
    pub(super) fn start(&self, time: u64) -> u64 {
        let up: u64 = self.text("uptime_in_seconds").parse().unwrap_or(0);
        time.saturating_sub(up.saturating_mul(1_000_000_000))
    }

    /// Returns the metrics of a time; counters count since the start.
    pub(super) fn metrics(&self, start: u64, time: u64) -> Vec<Metric> {
        let mut metrics = Vec::new();
        for (field, name, unit, description) in COUNTERS {
            let Some(value) = self.number(field) else { continue };
            let point = NumberPoint { start, time, value: Some(value), ..NumberPoint::default() };
            let sum = Numbers { data_points: vec![point], temporality: CUMULATIVE, is_monotonic: true };
            metrics.push(Metric { sum: Some(sum), ..named(name, unit, description) });
        }
        for (field, name, unit, description) in GAUGES {
            let Some(value) = self.number(field) else { continue };
            let point = NumberPoint { time, value: Some(value), ..NumberPoint::default() };
            let gauge = Numbers { data_points: vec![point], ..Numbers::default() };
            metrics.push(Metric { gauge: Some(gauge), ..named(name, unit, description) });
        }
        metrics.extend(self.databases(time));
        metrics
    }

    /// `db0:keys=2,expires=1,avg_ttl=9000`
    fn databases(&self, time: u64) -> Option<Metric> {
        let keys = self.0.iter().filter_map(|(field, value)| {
            let number = field.strip_prefix("db")?;
            number.parse::<u32>().ok()?;
            let keys: f64 = value.split(',').find_map(|part| part.strip_prefix("keys="))?.parse().ok()?;
            let attributes = attributes(&[("db".to_owned(), number.to_owned())]);
            Some(NumberPoint { time, value: Some(keys), attributes, ..NumberPoint::default() })
        });
        let data_points: Vec<NumberPoint> = keys.take(DATABASES_MAX).collect();
        let gauge = Numbers { data_points, ..Numbers::default() };
        let metric = named("redis.db.keys", "{key}", "Keys of a database");
        (!gauge.data_points.is_empty()).then_some(Metric { gauge: Some(gauge), ..metric })
    }
}

fn named(name: &str, unit: &str, description: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        description: description.to_owned(),
        ..Metric::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "# Server\r\nredis_version:7.0.15\r\nrun_id:ab12\r\nuptime_in_seconds:60\r\n\r\n# Clients\r\n\
        connected_clients:3\r\n# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\n# Stats\r\n\
        keyspace_hits:80\r\nkeyspace_misses:20\r\nevicted_keys:many\r\n# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=9\r\n\
        db7:keys=5,expires=0\r\ndbx:keys=9\r\n";

    #[test]
    fn an_answer_becomes_metrics_and_what_is_no_number_is_left_out() {
        let info = Info::parse(ANSWER);
        assert_eq!(
            (info.text("redis_version"), info.text("run_id"), info.text("none")),
            ("7.0.15", "ab12", "")
        );
        let time = 100_000_000_000;
        let metrics = info.metrics(info.start(time), time);
        let check = |name: &str, start: u64, expected: &[f64]| {
            let metric = metrics.iter().find(|metric| metric.name == name);
            let numbers = metric.and_then(|metric| metric.sum.as_ref().or(metric.gauge.as_ref()));
            let points = numbers.map_or(&[][..], |numbers| &numbers.data_points);
            let mut values: Vec<f64> = points.iter().filter_map(|point| point.value).collect();
            values.sort_by(f64::total_cmp);
            assert_eq!(values, expected, "{name}");
            assert!(points.iter().all(|point| (point.start, point.time) == (start, time)), "{name}");
        };
        let began = 40_000_000_000;
        check("redis.keyspace.hits", began, &[80.0]);
        check("redis.keyspace.misses", began, &[20.0]);
        check("redis.uptime", began, &[60.0]);
        check("redis.clients.connected", 0, &[3.0]);
        check("redis.memory.used", 0, &[1_048_576.0]);
        check("redis.db.keys", 0, &[2.0, 5.0]);
        check("redis.keys.evicted", began, &[]);
        check("redis.net.input", began, &[]);
    }

    #[test]
    fn nonsense_is_no_metric() {
        for text in [
            "",
            "\0\u{fffd}",
            ":::",
            "keyspace_hits",
            "keyspace_hits:NaN",
            "db0:keys=",
            "uptime_in_seconds:-1",
        ] {
            let metrics = Info::parse(text).metrics(0, 1);
            assert!(metrics.iter().all(|metric| metric.name == "redis.uptime"), "{text:?}: {metrics:?}");
        }
    }
}
