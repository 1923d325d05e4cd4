//! A log record as one line of a terminal: time, severity, service, tenant, body, trace.

use serde_json::Value;
use sightline_model::{Body, Column, Frame};

use crate::safe_text::shown;
use crate::units;

/// Columns that a line shows, in its order.
const SHOWN: [&str; 6] = ["timestamp", "severity", "service", "tenant", "body", "trace_id"];

/// Renders the records of a frame, one line each, oldest first as in a file.
pub(crate) fn lines(frame: &Frame, has_colour: bool) -> String {
    let mut rows = rows(frame, has_colour);
    rows.sort_by_key(|(row, _)| instant(frame, *row));
    rows.into_iter().map(|(_, line)| line).collect()
}

fn instant(frame: &Frame, row: usize) -> Option<i64> {
    let Body::Logs { columns, .. } = &frame.body else { return None };
    let time = columns.iter().find(|column| column.name == SHOWN[0])?;
    time.values.get(row)?.as_str()?.parse().ok()
}

/// Renders the records of a frame with their rows, in the order of the frame.
pub(crate) fn rows(frame: &Frame, has_colour: bool) -> Vec<(usize, String)> {
    let Body::Logs { columns, .. } = &frame.body else { return Vec::new() };
    let picked = SHOWN.map(|name| columns.iter().find(|column| column.name == name));
    let n = columns.first().map_or(0, |column| column.values.len());
    (0..n).map(|row| (row, line(picked, row, has_colour))).collect()
}

fn line(
    [time, severity, service, tenant, body, trace]: [Option<&Column>; 6],
    row: usize,
    has_colour: bool,
) -> String {
    let cell = |column: Option<&Column>| {
        let value = column.and_then(|column| Some((column, column.values.get(row)?)));
        value.map_or_else(String::new, |(column, value)| match value {
            Value::Null => String::new(),
            Value::String(text) if text.is_empty() => String::new(),
            value => shown(&units::cell(column, value)).into_owned(),
        })
    };
    let word = cell(severity).to_uppercase();
    let (on, off) = if has_colour { colour(&word) } else { ("", "") };
    let mut line = format!("{}  {on}{word:<5}{off}  {:<14}", cell(time), cell(service));
    let tenant = cell(tenant);
    if !tenant.is_empty() {
        line += &format!("  {tenant:<10}");
    }
    line += &format!("  {}", cell(body));
    let trace = cell(trace);
    if !trace.trim_matches('0').is_empty() {
        line += &format!("  trace={trace}");
    }
    line + "\n"
}

/// Colours of the sixteen that every terminal has.
fn colour(severity: &str) -> (&'static str, &'static str) {
    match severity {
        "ERROR" | "FATAL" => ("\x1b[31m", "\x1b[0m"),
        "WARN" => ("\x1b[33m", "\x1b[0m"),
        "DEBUG" | "TRACE" => ("\x1b[2m", "\x1b[0m"),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_model::{ColumnType, Meta};

    #[test]
    fn a_record_is_one_line_whatever_is_in_it() {
        let check = |severity: &str, tenant: &str, body: &str, trace: &str, want: &str| {
            let column = |name: &str, value: &str| Column {
                name: name.to_owned(),
                kind: ColumnType::String,
                unit: None,
                role: None,
                exactness: None,
                values: vec![Value::from(value)],
            };
            let columns = vec![
                column("severity", severity),
                column("service", "billing"),
                column("tenant", tenant),
                column("body", body),
                column("trace_id", trace),
            ];
            let body = Body::Logs { rows: 1, resources: vec![], columns };
            assert_eq!(lines(&Frame { meta: Meta::default(), body }, false), want);
        };
        check(
            "error",
            "isp-01",
            "failed",
            "ab12",
            "  ERROR  billing         isp-01      failed  trace=ab12\n",
        );
        check(
            "",
            "",
            "two\nlines\u{1b}[31m",
            "00",
            "         billing         two\u{23ce}lines\u{fffd}[31m\n",
        );
    }
}
