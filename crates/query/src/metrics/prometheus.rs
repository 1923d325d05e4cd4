//! The names that Prometheus gives to metrics and labels (vocabulary.md 7): `UnderscoreEscapingWithSuffixes`, its default.
//!
//! Characters that it does not allow become `_`, runs of them one; then comes the unit as a word, then `_total` of a
//! monotonic sum or `_ratio` of a gauge without dimension.

use super::series::Kind;

/// UCUM units and the words that Prometheus writes for them.
const UNITS: [(&str, &str); 33] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("kBy", "kilobytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("bit", "bits"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("1", ""),
    ("%", "percent"),
    ("kHz", "kilohertz"),
    ("mA", "milliamperes"),
    ("kW", "kilowatts"),
    ("mV", "millivolts"),
    ("K", "kelvin"),
];

/// What stands below the bar of a unit.
const PER: [(&str, &str); 7] = [
    ("s", "second"),
    ("m", "minute"),
    ("min", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("mo", "month"),
];

/// Endings of the three series that Prometheus makes of a histogram or summary.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Returns the translated name of a metric.
pub(crate) fn metric(name: &str, unit: &str, kind: Kind, monotonic: bool) -> String {
    let mut words: Vec<String> = split(name).map(str::to_owned).collect();
    let is_total = kind == Kind::Sum && monotonic;
    if is_total {
        words.retain(|word| word != "total");
    }
    for word in unit_words(unit) {
        // A unit of several words, such as `per_second`, is left out only when all of it is there already.
        let all: Vec<&str> = split(&word).collect();
        if !words.windows(all.len().max(1)).any(|window| window == all) {
            words.extend(all.into_iter().map(str::to_owned));
        }
    }
    if is_total {
        words.push("total".to_owned());
    }
    if unit == "1" && kind == Kind::Gauge {
        words.retain(|word| word != "ratio");
        words.push("ratio".to_owned());
    }
    let joined = words.join("_");
    if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("_{joined}") } else { joined }
}

/// Returns the translated name of a label.
pub(crate) fn label(key: &str) -> String {
    let escaped: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if escaped.starts_with(|c: char| c.is_ascii_digit()) { format!("key_{escaped}") } else { escaped }
}

/// Tells whether `asked` is the translated name, or that of one of the series of a histogram or summary.
pub(crate) fn is_named(asked: &str, translated: &str, kind: Kind) -> bool {
    if asked == translated {
        return true;
    }
    let has_parts = !matches!(kind, Kind::Gauge | Kind::Sum);
    has_parts && PARTS.iter().any(|part| asked.strip_suffix(part) == Some(translated))
}

fn split(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').filter(|word| !word.is_empty())
}

/// The words of a unit; `{request}` is an annotation and has none.
fn unit_words(unit: &str) -> Vec<String> {
    if let Some((_, word)) = UNITS.iter().find(|(ucum, _)| *ucum == unit) {
        return if word.is_empty() { Vec::new() } else { vec![(*word).to_owned()] };
    }
    let (above, below) = unit.split_once('/').unwrap_or((unit, ""));
    let mut words = Vec::new();
    if !above.contains(['{', '}']) && above != "1" && !above.trim().is_empty() {
        words.push(word_of(above.trim(), &UNITS));
    }
    if !below.contains(['{', '}']) && !below.trim().is_empty() {
        words.push(format!("per_{}", word_of(below.trim(), &PER)));
    }
    words
}

fn word_of(unit: &str, table: &[(&str, &str)]) -> String {
    table
        .iter()
        .find(|(ucum, _)| *ucum == unit)
        .map_or_else(|| unit.to_owned(), |(_, word)| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_prometheus() {
        let check = |name: &str, unit: &str, kind: Kind, monotonic: bool, expected: &str| {
            assert_eq!(metric(name, unit, kind, monotonic), expected, "{name} {unit}");
        };
        check(
            "http.server.request.duration",
            "s",
            Kind::Histogram,
            false,
            "http_server_request_duration_seconds",
        );
        check("http.server.duration", "ms", Kind::Histogram, false, "http_server_duration_milliseconds");
        check("http.server.active_requests", "{request}", Kind::Sum, false, "http_server_active_requests");
        check(
            "dotmac.billing.transactions",
            "{transaction}",
            Kind::Sum,
            true,
            "dotmac_billing_transactions_total",
        );
        check("dotmac.billing.revenue", "{currency}", Kind::Sum, true, "dotmac_billing_revenue_total");
        check("db.client.connection.count", "{connection}", Kind::Sum, false, "db_client_connection_count");
        check("container.memory.usage", "By", Kind::Gauge, false, "container_memory_usage_bytes");
        check("system.cpu.utilization", "1", Kind::Gauge, false, "system_cpu_utilization_ratio");
        check("system.cpu.time", "s", Kind::Sum, true, "system_cpu_time_seconds_total");
        check("process.cpu.time_seconds", "s", Kind::Sum, true, "process_cpu_time_seconds_total");
        check("jobs_total", "1", Kind::Sum, true, "jobs_total");
        check("total.jobs", "", Kind::Sum, true, "jobs_total");
        check("net.io", "By/s", Kind::Gauge, false, "net_io_bytes_per_second");
        check("queue.rate", "{message}/s", Kind::Gauge, false, "queue_rate_per_second");
        check("hub.temp", "Cel", Kind::Gauge, false, "hub_temp_celsius");
        check("odd.unit", "foo", Kind::Gauge, false, "odd_unit_foo");
        check("2nd.try", "", Kind::Gauge, false, "_2nd_try");
        check("a..b--c__d", "", Kind::Gauge, false, "a_b_c_d");
        check("job:errors:rate5m", "", Kind::Gauge, false, "job:errors:rate5m");
        check("ratio.of.hits", "1", Kind::Gauge, false, "of_hits_ratio");
        check("h\u{e9}llo w\u{f6}rld", "", Kind::Gauge, false, "h_llo_w_rld");
    }

    #[test]
    fn labels_are_those_of_prometheus() {
        for (key, expected) in [
            ("http.route", "http_route"),
            ("a-b", "a_b"),
            ("9lives", "key_9lives"),
            ("already_ok", "already_ok"),
        ] {
            assert_eq!(label(key), expected, "{key}");
        }
    }

    #[test]
    fn the_three_series_of_a_histogram_lead_to_it_and_those_of_a_counter_do_not() {
        let check = |asked: &str, kind: Kind, expected: bool| {
            assert_eq!(is_named(asked, "x_seconds", kind), expected, "{asked}");
        };
        check("x_seconds", Kind::Gauge, true);
        check("x_seconds_bucket", Kind::Histogram, true);
        check("x_seconds_count", Kind::ExpHistogram, true);
        check("x_seconds_sum", Kind::Summary, true);
        check("x_seconds_sum", Kind::Sum, false);
        check("x", Kind::Histogram, false);
    }
}
