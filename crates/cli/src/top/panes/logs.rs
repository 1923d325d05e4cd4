//! Live records, newest at the bottom.

use ratatui::Frame as Screen;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::waiting;
use crate::top::logs::Record;
use crate::top::look::Tone;
use crate::top::state::State;

pub(in crate::top) fn logs(screen: &mut Screen<'_>, area: Rect, state: &State) {
    if state.logs.len() == 0 {
        return waiting(screen, area, state);
    }
    let height = usize::from(area.height);
    // Row 0 is the newest, at the bottom; a chosen record above the window scrolls it.
    let skip = state.selected.saturating_sub(height.saturating_sub(1));
    let line = |(at, record): (usize, &Record)| {
        let is_chosen = at == state.selected && (state.logs.is_paused || state.selected > 0);
        let tone = match record.severity.as_str() {
            _ if is_chosen => Tone::Chosen,
            "error" | "fatal" => Tone::Bad,
            "warn" => Tone::Warning,
            "debug" | "trace" => Tone::Dim,
            _ => Tone::Plain,
        };
        Line::styled(record.line.clone(), state.look.style(tone))
    };
    let mut lines: Vec<Line<'_>> =
        state.logs.records().rev().enumerate().skip(skip).take(height).map(line).collect();
    lines.reverse();
    screen.render_widget(Paragraph::new(lines), area);
}
