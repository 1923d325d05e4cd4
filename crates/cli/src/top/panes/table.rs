//! Rows of columns: services, traces, metrics.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Rect};
use ratatui::widgets::{Row, Table, TableState};
use serde_json::Value;
use sightline_model::{Column, ColumnType};

use super::widths::{SPACING, Wanted, widths};
use crate::safe_text::shown;
use crate::spark::spark;
use crate::top::look::Tone;
use crate::top::order::By;
use crate::top::state::State;
use crate::top::view::View;
use crate::units;

/// Columns that a page shows, in order; those that an answer lacks are left out.
pub(in crate::top) const fn columns_of(view: &View) -> &'static [&'static str] {
    match view {
        View::Services => {
            &["service", "environment", "rate", "error_rate", "p50", "p95", "p99", "count", "spark"]
        }
        View::Traces => {
            &["start", "root_service", "root_name", "duration", "spans", "errors", "tenant", "trace_id"]
        }
        View::Metrics => &["name", "type", "unit", "series", "description"],
        _ => &[],
    }
}

/// Draws the rows of the answer; a row with errors is red.
pub(in crate::top) fn table(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let find = |name: &&str| state.columns().iter().find(|column| column.name == **name);
    let columns: Vec<&Column> = columns_of(&state.view).iter().filter_map(find).collect();
    let cells: Vec<Vec<String>> =
        state.order.iter().map(|row| columns.iter().map(|column| cell(column, *row)).collect()).collect();
    let heads: Vec<String> = columns.iter().map(|column| head(column, state.by)).collect();
    let longest = |at: usize| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let wanted = |at: usize| {
        let head = heads[at].chars().count();
        Wanted { head, longest: longest(at).max(head), is_whole: is_number(columns[at]) }
    };
    let widths = widths(&(0..columns.len()).map(wanted).collect::<Vec<_>>(), area.width.into());
    let padded = |row: &[String]| {
        let shown = row.iter().enumerate().filter(|(at, _)| widths[*at] > 0);
        let pad = |(at, text): (usize, &String)| match is_number(columns[at]) {
            true => format!("{text:>width$}", width = widths[at]),
            false => text.clone(),
        };
        Row::new(shown.map(pad).collect::<Vec<_>>())
    };
    let is_bad = |row: usize| columns.iter().any(|column| is_failure(column, row));
    let tone = |row: usize| if is_bad(row) { Tone::Bad } else { Tone::Plain };
    let rows = cells.iter().zip(&state.order).map(|(row, at)| padded(row).style(state.look.style(tone(*at))));
    let shown = widths.iter().filter(|width| **width > 0);
    let constraints = shown.map(|width| Constraint::Length(u16::try_from(*width).unwrap_or(u16::MAX)));
    let table = Table::new(rows, constraints)
        .header(padded(&heads).style(state.look.style(Tone::Bold)))
        .column_spacing(SPACING)
        .row_highlight_style(state.look.style(Tone::Chosen));
    let mut chosen = TableState::new().with_selected(Some(state.selected));
    screen.render_stateful_widget(table, area, &mut chosen);
}

fn head(column: &Column, by: Option<By>) -> String {
    let name = column.name.to_uppercase().replace('_', " ");
    match by.filter(|by| by.column == column.name) {
        Some(By { is_rising: true, .. }) => format!("{name} ^"),
        Some(_) => format!("{name} v"),
        None => name,
    }
}

fn is_failure(column: &Column, row: usize) -> bool {
    let count = || column.values.get(row).and_then(Value::as_f64).unwrap_or(0.0);
    // A service is red from five percent on, a trace with its first failed span.
    match column.name.as_str() {
        "error_rate" => count() >= 0.05,
        "errors" => count() > 0.0,
        _ => false,
    }
}

const fn is_number(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Float | ColumnType::Int | ColumnType::Int64)
}

fn cell(column: &Column, row: usize) -> String {
    match column.values.get(row).unwrap_or(&Value::Null) {
        Value::Array(values) if column.name == "spark" => spark(values),
        value => shown(&units::cell(column, value)).into_owned(),
    }
}
