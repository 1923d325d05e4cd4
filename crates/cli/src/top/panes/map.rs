//! Who calls whom, from the callers down.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Rect};
use ratatui::widgets::{Row, Table, TableState};

use super::waiting;
use crate::commands::map::{label, numbers};
use crate::top::look::Tone;
use crate::top::state::State;

pub(in crate::top) fn map(screen: &mut Screen<'_>, area: Rect, state: &State) {
    if state.tree.is_empty() {
        return waiting(screen, area, state);
    }
    let names: Vec<String> = state.tree.iter().map(label).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width.saturating_sub(44));
    let row = |(branch, name): (&crate::graph::Branch, &String)| {
        let [how, rate, errors, p95] = numbers(branch);
        let is_bad = branch.edge.as_ref().is_some_and(|edge| edge.errors > 0.0);
        let cells = [name.clone(), how, format!("{rate:>9}"), format!("{errors:>7}"), format!("{p95:>9}")];
        Row::new(cells).style(state.look.style(if is_bad { Tone::Bad } else { Tone::Plain }))
    };
    let heads = ["NODE", "HOW", "     RATE", " ERRORS", "      P95"];
    let widths = [width, 9, 9, 7, 9].map(Constraint::Length);
    let table = Table::new(state.tree.iter().zip(&names).map(row), widths)
        .header(Row::new(heads).style(state.look.style(Tone::Bold)))
        .column_spacing(2)
        .row_highlight_style(state.look.style(Tone::Chosen));
    let mut chosen = TableState::new().with_selected(Some(state.selected));
    screen.render_stateful_widget(table, area, &mut chosen);
}
