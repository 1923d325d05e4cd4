//! The screen: tabs, the page, and a line that says what is asked, what is wrong and which key helps.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::keys::HELP;
use super::panes;
use super::state::{State, View};

/// Draws everything.
pub(super) fn draw(screen: &mut Screen<'_>, state: &State) {
    let areas = Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]);
    let [top, middle, bottom] = areas.areas(screen.area());
    screen.render_widget(tabs(state), top);
    panes::draw(screen, middle, state);
    screen.render_widget(bottom_line(state), bottom);
    if state.is_help {
        help(screen, middle);
    }
}

fn tabs(state: &State) -> Line<'_> {
    let chosen = Style::new().add_modifier(Modifier::REVERSED);
    let mut spans = vec![Span::styled(" sightline ", Style::new().add_modifier(Modifier::BOLD))];
    for (n, (name, view)) in View::TABS.iter().enumerate() {
        let is_open = *view == state.view || (matches!(state.view, View::Trace(_)) && *view == View::Traces);
        spans.push(Span::styled(format!(" {} {name} ", n + 1), if is_open { chosen } else { Style::new() }));
    }
    spans.push(Span::raw(format!("  last {}", state.range())));
    if let View::Trace(id) = &state.view {
        spans.push(Span::raw(format!("  trace {id}")));
    }
    Line::from(spans)
}

fn bottom_line(state: &State) -> Line<'_> {
    if let Some(text) = &state.typing {
        return Line::from(format!("/{text}_"));
    }
    if let Some(trouble) = &state.trouble {
        return Line::styled(
            format!("{trouble}; asked again every two seconds"),
            Style::new().fg(Color::Red),
        );
    }
    let filter = if state.filter.is_empty() { "no filter" } else { state.filter.as_str() };
    let logs = match (&state.view, state.logs.is_paused) {
        (View::Logs, true) => format!("  paused, {} waiting", state.logs.held()),
        _ => String::new(),
    };
    let dropped = match (&state.view, state.logs.dropped) {
        (View::Logs, n) if n > 0 => format!("  {n} left out: narrow the filter"),
        _ => String::new(),
    };
    Line::from(format!("{filter}{logs}{dropped}   / filter  ? keys  q quit"))
}

fn help(screen: &mut Screen<'_>, area: Rect) {
    let widest = HELP.iter().map(|(keys, _)| keys.len()).max().unwrap_or(0);
    let lines: Vec<Line<'_>> =
        HELP.iter().map(|(keys, what)| Line::from(format!(" {keys:<widest$}  {what}"))).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let width = area.width.min(92);
    let place = area.centered(Constraint::Length(width), Constraint::Length(height.min(area.height)));
    screen.render_widget(Clear, place);
    screen.render_widget(Paragraph::new(lines).block(Block::bordered().title(" keys ")), place);
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use serde_json::json;

    use super::*;
    use crate::top::keys::Key;
    use crate::top::load::Answer;
    use crate::top::state::tests::table;

    fn picture(state: &State) -> String {
        let mut terminal = Terminal::new(TestBackend::new(78, 8)).unwrap();
        terminal.draw(|screen| draw(screen, state)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn each_page_shows_its_rows_and_its_trouble() {
        let mut state = State::new(None);
        insta::assert_snapshot!("empty", picture(&state));
        let services = table(&[("service", &["billing", "identity\u{1b}[2J"]), ("rate", &["1.5", "20"])]);
        state.take(&state.ask(), Ok(Answer::Frame(Box::new(services))));
        state.press(Key::Down);
        insta::assert_snapshot!("services", picture(&state));
        state.take(&state.ask(), Err("the store is not reachable now".to_owned()));
        insta::assert_snapshot!("trouble", picture(&state));
        state.press(Key::Char('4'));
        let status = json!({"version": "0.1.0", "engine": {"state": "up", "restarts": 0},
            "ingest": {"received": 12, "stored": 10, "rejected": 1, "deduplicated": 0, "in_wal": 1}, "uptime_s": 61});
        state.take(&state.ask(), Ok(Answer::Status(status)));
        insta::assert_snapshot!("pipeline", picture(&state));
    }
}
