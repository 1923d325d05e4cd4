//! Prints answers: tables for people, JSON, JSON lines, YAML and CSV for programs.

use std::borrow::Cow;
use std::io::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::{Map, Value};
use sightline_model::{Body, Column, ColumnType, Frame, Meta};

use crate::exit::Failure;
use crate::safe_text::shown;
use crate::units;

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns with units.
    Table,
    /// A table with every column.
    Wide,
    /// The whole answer as one JSON document.
    Json,
    /// One JSON object per row.
    Jsonl,
    /// The whole answer as YAML.
    Yaml,
    /// Comma-separated values with a header line (RFC 4180).
    Csv,
    /// A graph in the language of Graphviz; only `map` has one.
    Dot,
}

impl Format {
    /// Tells whether it is for people.
    pub(crate) const fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

/// Columns that only programs read.
const HIDDEN: &[&str] = &["spark"];

/// Prints a frame; what is missing from it, and warnings, go to standard error.
pub(crate) fn frame(frame: &Frame, format: Format) -> Result<(), Failure> {
    remarks(&frame.meta);
    match format {
        Format::Json | Format::Yaml => document(frame, format),
        _ => rows(&columns(&frame.body), format),
    }
}

/// The columns that are printed of an answer.
fn columns(body: &Body) -> Cow<'_, [Column]> {
    match body {
        Body::Table { columns, .. } | Body::Trace { columns, .. } | Body::Logs { columns, .. } => {
            Cow::Borrowed(columns)
        }
        Body::Graph { edges, .. } => Cow::Borrowed(&edges.columns),
        Body::Series { .. } => Cow::Owned(long_form(body)),
    }
}

/// Prints a frame; a table of people has the columns that are named, in that order. `wide` and programs get all.
pub(crate) fn picked(answer: Frame, columns: &[&str], format: Format) -> Result<(), Failure> {
    if format != Format::Table {
        return frame(&answer, format);
    }
    let body = pick(answer.body, columns);
    frame(&Frame { body, ..answer }, format)
}

/// Keeps the columns of a table that are named, in that order.
fn pick(body: Body, names: &[&str]) -> Body {
    let Body::Table { rows, columns } = body else { return body };
    let place = |column: &Column| names.iter().position(|name| *name == column.name);
    let mut shown: Vec<Column> = columns.into_iter().filter(|column| place(column).is_some()).collect();
    shown.sort_by_key(place);
    Body::Table { rows, columns: shown }
}

/// Says on standard error what an answer lacks.
pub(crate) fn remarks(meta: &Meta) {
    for warning in &meta.warnings {
        eprintln!("warning: {}", shown(&warning.message));
    }
    for incomplete in &meta.incomplete {
        eprintln!("incomplete: {} ({}); {}", incomplete.reason, incomplete.detail, incomplete.remedy);
    }
}

/// Prints any value as JSON or YAML.
pub(crate) fn document(value: &impl serde::Serialize, format: Format) -> Result<(), Failure> {
    let text = if format == Format::Yaml {
        serde_saphyr::to_string(value).map_err(|e| std::io::Error::other(e.to_string()))?
    } else {
        serde_json::to_string_pretty(value).map_err(std::io::Error::other)? + "\n"
    };
    write(text.as_bytes())
}

/// Prints a list of records; `columns` picks and orders what a table shows.
pub(crate) fn records(
    items: &[impl serde::Serialize],
    columns: &[&str],
    format: Format,
) -> Result<(), Failure> {
    let items: Vec<Value> =
        items.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(std::io::Error::other)?;
    if matches!(format, Format::Json | Format::Yaml) {
        return document(&items, format);
    }
    let column = |name: &&str| Column {
        name: (*name).to_owned(),
        kind: ColumnType::Json,
        unit: None,
        role: None,
        exactness: None,
        values: items.iter().map(|item| item[*name].clone()).collect(),
    };
    if items.is_empty() && format.is_table() {
        eprintln!("there is none");
        return Ok(());
    }
    rows(&columns.iter().map(column).collect::<Vec<_>>(), format)
}

/// Prints columns of the same length.
pub(crate) fn rows(columns: &[Column], format: Format) -> Result<(), Failure> {
    let n = columns.iter().map(|c| c.values.len()).max().unwrap_or(0);
    match format {
        Format::Jsonl => {
            let mut out = Vec::new();
            for row in 0..n {
                let object: Map<String, Value> = columns
                    .iter()
                    .map(|c| (c.name.clone(), c.values.get(row).cloned().unwrap_or_default()))
                    .collect();
                serde_json::to_writer(&mut out, &object).map_err(std::io::Error::other)?;
                out.push(b'\n');
            }
            write(&out)
        }
        Format::Csv => write(csv(columns, n).as_bytes()),
        Format::Dot => Err(Failure::Usage("only `sightline map` can be printed as `dot`".to_owned())),
        Format::Table | Format::Wide | Format::Json | Format::Yaml => table(columns, n),
    }
}

fn table(columns: &[Column], n: usize) -> Result<(), Failure> {
    let visible: Vec<&Column> = columns.iter().filter(|c| !HIDDEN.contains(&c.name.as_str())).collect();
    if n == 0 {
        eprintln!("nothing found; widen the time range with --since, or loosen the filter");
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(visible.iter().map(|c| c.name.to_uppercase()));
    for row in 0..n {
        let cells = visible.iter().map(|c| cell(c, c.values.get(row).unwrap_or(&Value::Null)));
        table.add_row(cells.map(|cell| shown(&cell).into_owned()));
    }
    for (index, column) in visible.iter().enumerate() {
        let is_number = matches!(column.kind, ColumnType::Float | ColumnType::Int | ColumnType::Int64);
        if let Some(shown) = table.column_mut(index).filter(|_| is_number) {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    // Cells have a blank on both sides; the first one would stand out of line with everything else that is printed.
    let line = |line: String| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n";
    let text: String = table.lines().map(line).collect();
    write(text.as_bytes())
}

/// A cell for people: of settings, whose times are texts of RFC 3339, the local time to the second.
fn cell(column: &Column, value: &Value) -> String {
    let time =
        column.name.ends_with("_at").then(|| value.as_str()?.parse::<jiff::Timestamp>().ok()).flatten();
    match time {
        Some(time) => time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => units::cell(column, value),
    }
}

fn csv(columns: &[Column], n: usize) -> String {
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let mut out = line(columns.iter().map(|c| csv_cell(&Value::from(c.name.clone()))).collect());
    for row in 0..n {
        out += &line(columns.iter().map(|c| csv_cell(c.values.get(row).unwrap_or(&Value::Null))).collect());
    }
    out
}

/// Quotes where RFC 4180 asks for it; a text that a spreadsheet would run as a formula gets a leading quote.
fn csv_cell(value: &Value) -> String {
    let (text, is_text) = match value {
        Value::Null => (String::new(), false),
        Value::String(text) => (text.clone(), true),
        other => (units::plain(other), other.is_array() || other.is_object()),
    };
    let is_formula = is_text && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A series as rows: time, labels, one column per value.
fn long_form(body: &Body) -> Vec<Column> {
    let Body::Series { columns, keys, x, series, .. } = body else { return Vec::new() };
    let new = |name: &str, kind, unit: Option<String>| Column {
        name: name.to_owned(),
        kind,
        unit,
        role: None,
        exactness: None,
        values: Vec::new(),
    };
    let mut out = vec![new("time", ColumnType::TimeNs, None)];
    out.extend(keys.iter().map(|key| new(key, ColumnType::String, None)));
    out.push(new("column", ColumnType::String, None));
    out.push(new("value", ColumnType::Float, None));
    for line in series {
        let unit = columns.iter().find(|c| c.name == line.column).and_then(|c| c.unit.clone());
        for (at, value) in x.iter().zip(&line.values) {
            out[0].values.push(Value::from(format!("{at}000000")));
            for (index, key) in keys.iter().enumerate() {
                out[index + 1].values.push(line.labels.get(key).cloned().unwrap_or_default());
            }
            let name =
                unit.as_ref().map_or_else(|| line.column.clone(), |u| format!("{} [{u}]", line.column));
            out[keys.len() + 1].values.push(Value::from(name));
            out[keys.len() + 2].values.push(value.clone());
        }
    }
    out
}

/// A closed pipe (`| head`) is no failure.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Io(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(name: &str, value: &Value) -> Column {
        let (name, values) = (name.to_owned(), vec![value.clone()]);
        Column { name, kind: ColumnType::String, unit: None, role: None, exactness: None, values }
    }

    #[test]
    fn a_table_has_the_columns_that_were_picked_and_those_that_are_there() {
        let columns = ["a", "b", "c"].map(|name| text(name, &json!(name))).to_vec();
        let picked = pick(Body::Table { rows: 1, columns }, &["c", "missing", "a"]);
        let Body::Table { rows: 1, columns } = picked else { panic!("{picked:?}") };
        assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["c", "a"]);
        let other = Body::Logs { rows: 0, resources: vec![], columns: vec![] };
        assert_eq!(pick(other.clone(), &["a"]), other);
    }

    #[test]
    fn a_graph_is_printed_as_its_edges() {
        let answer = crate::graph::tests::graph(&[("a", "b", 1.0, 0), ("b", "c", 2.0, 0)]);
        let printed = columns(&answer.body);
        assert_eq!((printed[0].name.as_str(), printed[0].values.len()), ("source", 2));
    }

    #[test]
    fn times_of_settings_are_read_by_people() {
        for (name, value, is_shorter) in [
            ("created_at", json!("2026-11-26T02:19:31.631590019Z"), true),
            ("created_at", json!("soon"), false),
            ("name", json!("2026-11-26T02:19:31.631590019Z"), false),
        ] {
            let shown = cell(&text(name, &value), &value);
            assert_eq!(shown.len() == 19 && !shown.contains(['T', 'Z']), is_shorter, "{shown}");
        }
    }

    #[test]
    fn csv_cells_are_quoted_and_formulas_disarmed() {
        for (value, want) in [
            (json!("a,b"), "\"a,b\""),
            (json!("say \"x\""), "\"say \"\"x\"\"\""),
            (json!("=1+1"), "'=1+1"),
            (json!(-5), "-5"),
            (json!(null), ""),
            (json!(["a", "b"]), "\"a, b\""),
        ] {
            assert_eq!(csv_cell(&value), want);
        }
    }
}
