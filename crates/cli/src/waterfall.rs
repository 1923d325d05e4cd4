//! A trace on the terminal: the tree on the left, bars in time on the right.

use serde_json::Value;
use sightline_model::{Body, Column};

use crate::safe_text::shown;
use crate::units::{counted, duration};

/// Narrowest and widest bar area.
const BAR_MIN: usize = 20;
const BAR_MAX: usize = 100;
/// Narrowest place for names.
const LABEL_MIN: usize = 20;

/// One line of the picture.
struct Row<'a> {
    depth: usize,
    service: &'a str,
    name: &'a str,
    start: f64,
    length: f64,
    is_error: bool,
    is_critical: bool,
}

/// Draws the trace for a terminal of that width.
pub(crate) fn draw(body: &Body, width: usize, colour: bool) -> String {
    let Body::Trace { trace_id, duration_ns, services, columns, missing_parents, .. } = body else {
        return String::new();
    };
    let rows = rows(services, columns);
    #[expect(clippy::cast_precision_loss, reason = "a picture")]
    let total = (*duration_ns).max(1) as f64;
    let label = |row: &Row<'_>| {
        format!("{}{} {}", "  ".repeat(row.depth.min(20)), shown(row.service), shown(row.name))
    };
    let longest = rows.iter().map(|row| label(row).chars().count()).max().unwrap_or(0);
    let bar = width.saturating_sub(longest.min(width / 2).max(LABEL_MIN) + 14).clamp(BAR_MIN, BAR_MAX);
    let text = width.saturating_sub(bar + 14).max(LABEL_MIN);
    let errors = rows.iter().filter(|row| row.is_error).count();
    let (spans, errors) = (counted(rows.len(), "span"), counted(errors, "error"));
    let mut out = format!("trace {trace_id}  {}  {spans}  {errors}\n", duration(total / 1e9));
    if *missing_parents > 0 {
        out += &format!("parents that spans name and that are not stored: {missing_parents}\n");
    }
    for row in &rows {
        let line = format!(
            "{:<text$} {} {:>9}",
            cut(&label(row), text),
            bar_of(row, total, bar),
            duration(row.length / 1e9)
        );
        out += &paint(line.trim_end(), row, colour);
        out.push('\n');
    }
    out + "* on the critical path   ! error\n"
}

fn rows<'a>(services: &'a [String], columns: &'a [Column]) -> Vec<Row<'a>> {
    let find = |name: &str| columns.iter().find(|c| c.name == name).map_or(&[][..], |c| c.values.as_slice());
    let (depth, service, name) = (find("depth"), find("service"), find("name"));
    let (start, length, error, critical) =
        (find("start"), find("duration"), find("is_error"), find("critical"));
    let number = |values: &[Value], i: usize| values.get(i).and_then(Value::as_f64).unwrap_or(0.0);
    let index = |values: &[Value], i: usize| {
        values.get(i).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok())
    };
    let flag = |values: &[Value], i: usize| values.get(i).and_then(Value::as_bool).unwrap_or(false);
    (0..name.len())
        .map(|i| Row {
            depth: index(depth, i).unwrap_or(0),
            service: index(service, i).and_then(|s| services.get(s)).map_or("", String::as_str),
            name: name[i].as_str().unwrap_or_default(),
            start: number(start, i),
            length: number(length, i),
            is_error: flag(error, i),
            is_critical: flag(critical, i),
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "cells of a picture"
)]
fn bar_of(row: &Row<'_>, total: f64, width: usize) -> String {
    let cell = |at: f64| ((at / total * width as f64).max(0.0) as usize).min(width - 1);
    let (from, to) = (cell(row.start), cell(row.start + row.length));
    let mark = if row.is_error {
        '!'
    } else if row.is_critical {
        '*'
    } else {
        '='
    };
    let bar: String =
        (0..width).map(|i| if (from..=to.max(from)).contains(&i) { mark } else { ' ' }).collect();
    format!("|{bar}|")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['~']).collect()
}

fn paint(line: &str, row: &Row<'_>, colour: bool) -> String {
    match (colour, row.is_error, row.is_critical) {
        (true, true, _) => format!("\x1b[31m{line}\x1b[0m"),
        (true, false, true) => format!("\x1b[1m{line}\x1b[0m"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sightline_model::ColumnType;

    fn column(name: &str, values: &Value) -> Column {
        let values = values.as_array().unwrap().clone();
        Column {
            name: name.to_owned(),
            kind: ColumnType::Json,
            unit: None,
            role: None,
            exactness: None,
            values,
        }
    }

    #[test]
    fn bars_stand_at_their_time_and_errors_are_marked_without_colour() {
        let body = Body::Trace {
            trace_id: "4951".to_owned(),
            origin_ns: "0".to_owned(),
            duration_ns: 100_000_000,
            root: 0,
            services: vec!["gateway".to_owned(), "billing".to_owned()],
            missing_parents: 0,
            rows: 3,
            columns: vec![
                column("depth", &json!([0, 1, 2])),
                column("service", &json!([0, 1, 1])),
                column("name", &json!(["GET /pay", "charge", "bad\u{1b}[2J"])),
                column("start", &json!([0, 50_000_000, 90_000_000])),
                column("duration", &json!([100_000_000, 40_000_000, 10_000_000])),
                column("is_error", &json!([false, false, true])),
                column("critical", &json!([true, false, false])),
            ],
        };
        insta::assert_snapshot!(draw(&body, 80, false));
    }
}
