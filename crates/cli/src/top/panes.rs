//! The pages: a table of rows, a trace as a waterfall, live records, the pipeline's books.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Row, Table, TableState};
use serde_json::Value;
use sightline_model::{Column, ColumnType};

use super::state::{State, View};
use crate::safe_text::shown;
use crate::spark::spark;
use crate::units;
use crate::waterfall;

/// Columns that a page shows, in order; those that an answer lacks are left out.
const SERVICES: &[&str] =
    &["service", "environment", "rate", "error_rate", "p50", "p95", "p99", "count", "spark"];
const TRACES: &[&str] =
    &["start", "root_service", "root_name", "duration", "spans", "errors", "tenant", "trace_id"];

pub(super) fn draw(screen: &mut Screen<'_>, area: Rect, state: &State) {
    match &state.view {
        View::Services => {
            table(screen, area, state, SERVICES, "no service has sent spans in this range; ] widens it")
        }
        View::Traces => {
            table(screen, area, state, TRACES, "no trace fits; ] widens the range, / changes the filter")
        }
        View::Trace(_) => trace(screen, area, state),
        View::Logs => logs(screen, area, state),
        View::Pipeline => pipeline(screen, area, state),
    }
}

fn note(screen: &mut Screen<'_>, area: Rect, text: &str) {
    let style = Style::new().add_modifier(Modifier::DIM);
    screen.render_widget(Paragraph::new(Line::styled(format!(" {text}"), style)), area);
}

fn table(screen: &mut Screen<'_>, area: Rect, state: &State, names: &[&str], nothing: &str) {
    if state.rows() == 0 {
        return note(screen, area, if state.frame.is_none() { "asking ..." } else { nothing });
    }
    let find = |name: &&str| state.columns().iter().find(|column| column.name == **name);
    let columns: Vec<&Column> = names.iter().filter_map(find).collect();
    let cells: Vec<Vec<String>> =
        (0..state.rows()).map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect();
    let width = |at: usize| {
        let longest = cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        longest.max(columns[at].name.len()).min(48)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let padded = |row: &[String]| {
        let pad = |(at, text): (usize, &String)| match is_number(columns[at]) {
            true => format!("{text:>width$}", width = widths[at]),
            false => text.clone(),
        };
        Row::new(row.iter().enumerate().map(pad).collect::<Vec<_>>())
    };
    let heads: Vec<String> = columns.iter().map(|column| column.name.to_uppercase()).collect();
    let constraints = widths.iter().map(|w| Constraint::Length(u16::try_from(*w).unwrap_or(u16::MAX)));
    let table = Table::new(cells.iter().map(|row| padded(row)), constraints)
        .header(padded(&heads).style(Style::new().add_modifier(Modifier::BOLD)))
        .column_spacing(2)
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    let mut chosen = TableState::new().with_selected(Some(state.selected));
    screen.render_stateful_widget(table, area, &mut chosen);
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

fn trace(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(frame) = &state.frame else { return note(screen, area, "asking ...") };
    let text = waterfall::draw(&frame.body, usize::from(area.width), false);
    let lines: Vec<&str> = text.lines().collect();
    // Two lines of head and one of legend stay; the rows between them scroll.
    let height = usize::from(area.height);
    let from = state.selected.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
    let line = |(at, text): (usize, &&str)| {
        let style = match text {
            _ if at == state.selected + 1 => Style::new().add_modifier(Modifier::REVERSED),
            text if text.contains('!') => Style::new().fg(Color::Red),
            _ => Style::new(),
        };
        Line::styled((*text).to_owned(), style)
    };
    let shown: Vec<Line<'_>> = lines.iter().enumerate().skip(from).take(height).map(line).collect();
    screen.render_widget(Paragraph::new(shown), area);
}

fn logs(screen: &mut Screen<'_>, area: Rect, state: &State) {
    if state.logs.len() == 0 {
        return note(screen, area, "waiting for records");
    }
    let height = usize::from(area.height);
    // Row 0 is the newest, at the bottom; a chosen record above the window scrolls it.
    let skip = state.selected.saturating_sub(height.saturating_sub(1));
    let line = |(at, record): (usize, &super::logs::Record)| {
        let style = match record.severity.as_str() {
            "error" | "fatal" => Style::new().fg(Color::Red),
            "warn" => Style::new().fg(Color::Yellow),
            "debug" | "trace" => Style::new().add_modifier(Modifier::DIM),
            _ => Style::new(),
        };
        let is_chosen = at == state.selected && (state.logs.is_paused || state.selected > 0);
        let style = if is_chosen { style.add_modifier(Modifier::REVERSED) } else { style };
        Line::styled(record.line.clone(), style)
    };
    let mut lines: Vec<Line<'_>> =
        state.logs.records().rev().enumerate().skip(skip).take(height).map(line).collect();
    lines.reverse();
    screen.render_widget(Paragraph::new(lines), area);
}

fn pipeline(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(status) = &state.status else { return note(screen, area, "asking ...") };
    let number = |path: &str| status.pointer(path).and_then(Value::as_u64);
    let text = |path: &str| status.pointer(path).and_then(Value::as_str).unwrap_or("-").to_owned();
    let mut lines = vec![
        format!(
            " engine    {} {}, {} restarts, {}",
            text("/engine/state"),
            text("/engine/version"),
            number("/engine/restarts").unwrap_or(0),
            number("/engine/rss_bytes").map_or_else(|| "-".to_owned(), mib),
        ),
        format!(" server    {}, up {} s", text("/version"), number("/uptime_s").unwrap_or(0)),
    ];
    if status.get("ingest").is_some() {
        let row = ["received", "stored", "rejected", "deduplicated", "in_wal"]
            .map(|name| format!("{name} {}", number(&format!("/ingest/{name}")).unwrap_or(0)));
        lines.push(format!(" records   {}", row.join("   ")));
    }
    if let (Some(free), Some(total)) = (number("/disk/free_bytes"), number("/disk/total_bytes")) {
        let log = number("/disk/wal_bytes").unwrap_or(0);
        lines.push(format!(" disk      {} free of {}, log {}", mib(free), mib(total), mib(log)));
    }
    let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::from(shown(&line).into_owned())).collect();
    screen.render_widget(Paragraph::new(lines), area);
}

fn mib(bytes: u64) -> String {
    let mib = bytes >> 20;
    if mib >= 10_240 { format!("{} GiB", mib >> 10) } else { format!("{mib} MiB") }
}
