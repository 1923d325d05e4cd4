//! Numbers for people: durations, rates, shares, instants.

use serde_json::Value;
use sightline_model::{Column, ColumnType};

/// Renders a cell by the type and unit of its column.
pub(crate) fn cell(column: &Column, value: &Value) -> String {
    match (column.kind, column.unit.as_deref(), value) {
        (_, _, Value::Null) => "-".to_owned(),
        (ColumnType::TimeNs, _, Value::String(nanos)) => instant(nanos),
        (_, Some("ns"), value) => value.as_f64().map_or_else(|| plain(value), |ns| duration(ns / 1e9)),
        (_, Some("s"), value) => value.as_f64().map_or_else(|| plain(value), duration),
        (_, Some("1"), value) => value.as_f64().map_or_else(|| plain(value), share),
        (ColumnType::Float, _, value) => value.as_f64().map_or_else(|| plain(value), number),
        (_, _, value) => plain(value),
    }
}

/// Text without quotes, lists with commas, anything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Seconds as `1.84 s`, `250 ms`, `71 us`.
pub(crate) fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds.abs() {
        s if s >= 60.0 => (seconds / 60.0, "min"),
        s if s >= 1.0 => (seconds, "s"),
        s if s >= 1e-3 => (seconds * 1e3, "ms"),
        s if s >= 1e-6 => (seconds * 1e6, "us"),
        _ => (seconds * 1e9, "ns"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A share of 0 to 1 as `7.10 %`.
pub(crate) fn share(ratio: f64) -> String {
    format!("{} %", three_digits(ratio * 100.0))
}

/// Events per second as `1.84/s`.
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", three_digits(per_second))
}

/// A number of things: `1 span`, `2 spans`.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// Bytes as `512 MiB`.
pub(crate) fn bytes(count: f64) -> String {
    let (value, unit) = match count.abs() {
        b if b >= 1_073_741_824.0 => (count / 1_073_741_824.0, "GiB"),
        b if b >= 1_048_576.0 => (count / 1_048_576.0, "MiB"),
        b if b >= 1024.0 => (count / 1024.0, "KiB"),
        _ => (count, "B"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A number as people write it: whole, or with three digits.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { three_digits(value) }
}

fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 || v == 0.0 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// Nanoseconds since the epoch as local time with milliseconds.
fn instant(nanos: &str) -> String {
    let zoned = nanos.parse::<i128>().ok().and_then(|n| jiff::Timestamp::from_nanosecond(n).ok());
    zoned.map_or_else(
        || nanos.to_owned(),
        |t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_fitting_unit() {
        for (seconds, want) in
            [(0.0, "0 ns"), (0.000_071, "71.0 us"), (0.25, "250 ms"), (1.8404, "1.84 s"), (90.0, "1.50 min")]
        {
            assert_eq!(duration(seconds), want);
        }
    }

    #[test]
    fn shares_are_percent_and_counts_whole() {
        assert_eq!(share(0.071), "7.10 %");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(0.1234), "0.12");
        assert_eq!(bytes(1536.0), "1.50 KiB");
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(rate(0.5), "0.50/s");
    }
}
