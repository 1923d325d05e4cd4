//! The screen: tabs, the path to the page, what is wrong, the page, and a line to type in.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::keys::HELP;
use super::look::Tone;
use super::panes;
use super::state::State;
use super::view::View;
use super::words;
use crate::safe_text::shown;

/// Draws everything.
pub(super) fn draw(screen: &mut Screen<'_>, state: &State) {
    let banner = banner(state);
    let heights = [1, 1, u16::from(banner.is_some())].map(Constraint::Length);
    let [top, way, alarm] = heights;
    let areas = Layout::vertical([top, way, alarm, Constraint::Min(0), Constraint::Length(1)]);
    let [top, way, alarm, middle, bottom] = areas.areas(screen.area());
    screen.render_widget(tabs(state), top);
    screen.render_widget(path(state), way);
    if let Some(banner) = banner {
        screen.render_widget(banner, alarm);
    }
    page(screen, middle, state);
    screen.render_widget(bottom_line(state), bottom);
    if state.is_help {
        help(screen, middle);
    }
    if let Some(text) = &state.notice {
        notice(screen, middle, text);
    }
}

fn page(screen: &mut Screen<'_>, area: Rect, state: &State) {
    match &state.view {
        View::Services | View::Traces | View::Metrics if state.order.is_empty() => {
            panes::waiting(screen, area, state);
        }
        View::Services | View::Traces | View::Metrics => panes::table(screen, area, state),
        View::Trace(_) => panes::trace(screen, area, state),
        View::Span(..) => panes::span(screen, area, state),
        View::Logs => panes::logs(screen, area, state),
        View::Map => panes::map(screen, area, state),
        View::Metric(_) => panes::metric(screen, area, state),
        View::Pipeline => panes::pipeline(screen, area, state),
    }
}

fn tabs(state: &State) -> Line<'_> {
    let mut spans = vec![Span::styled(" sightline ", state.look.style(Tone::Bold))];
    for (n, (name, _)) in View::TABS.iter().enumerate() {
        let tone = if n == state.view.tab() { Tone::Chosen } else { Tone::Plain };
        spans.push(Span::styled(format!(" {} {name} ", n + 1), state.look.style(tone)));
    }
    Line::from(spans)
}

/// Where the page is: how it was reached, the time range, what narrows it, whose data it is.
fn path(state: &State) -> Line<'_> {
    let mut crumbs: Vec<String> = state.before.iter().map(|place| place.view.crumb()).collect();
    crumbs.push(state.view.crumb());
    let mut text = format!(" {}  last {}", crumbs.join(" > "), state.range());
    let narrowed = if state.view.is_searched() { &state.search } else { &state.filter };
    if state.view.is_narrowed() && !narrowed.is_empty() {
        text += &format!("  / {narrowed}");
    }
    if !state.web.tenants.is_empty() {
        text += &format!("  tenant {}", state.web.tenants.join(", "));
    }
    Line::styled(shown(&text).into_owned(), state.look.style(Tone::Dim))
}

/// What is wrong, over a page that stays as it was.
fn banner(state: &State) -> Option<Line<'_>> {
    let (trouble, times) = state.trouble.as_ref()?;
    let tone = if trouble.is_passing { Tone::Warning } else { Tone::Bad };
    let again = if *times > 1 { format!(" ({times} times)") } else { String::new() };
    let text = format!(" ! {}{again}; asked again every two seconds", shown(&trouble.text));
    Some(Line::styled(text, state.look.style(tone)))
}

fn bottom_line(state: &State) -> Line<'_> {
    if let Some(prompt) = &state.prompt {
        let hint = if prompt.mark == ':' { words::hint(&prompt.text) } else { String::new() };
        let typed = Span::raw(format!("{}{}_", prompt.mark, shown(&prompt.text)));
        return Line::from(vec![typed, Span::styled(format!("   {hint}"), state.look.style(Tone::Dim))]);
    }
    if let Some(said) = &state.said {
        return Line::from(format!(" {}", shown(said)));
    }
    let mut text = String::new();
    if state.view == View::Logs {
        if state.logs.is_paused {
            text += &format!(" paused, {} waiting", state.logs.held());
        }
        if state.logs.dropped > 0 {
            text += &format!(" {} left out: narrow the filter", state.logs.dropped);
        }
    }
    let rows = match state.view {
        View::Logs | View::Pipeline | View::Span(..) => 0,
        _ => state.rows(),
    };
    if rows > 0 {
        text += &format!(" {} of {rows}", state.selected + 1);
    }
    Line::styled(
        format!("{text}  / filter  : command  ? keys  e browser  q quit"),
        state.look.style(Tone::Dim),
    )
}

fn help(screen: &mut Screen<'_>, area: Rect) {
    let widest = HELP.iter().map(|(keys, _)| keys.len()).max().unwrap_or(0);
    let lines: Vec<Line<'_>> =
        HELP.iter().map(|(keys, what)| Line::from(format!(" {keys:<widest$}  {what}"))).collect();
    in_a_box(screen, area, " keys ", Paragraph::new(lines), HELP.len(), 110);
}

fn notice(screen: &mut Screen<'_>, area: Rect, text: &str) {
    let inside = usize::from(area.width.saturating_sub(2)).max(1);
    let lines: usize = text.lines().map(|line| line.chars().count().div_ceil(inside)).sum();
    let content: Vec<Line<'_>> = text.lines().map(|line| Line::from(shown(line).into_owned())).collect();
    let paragraph = Paragraph::new(content).wrap(Wrap { trim: false });
    in_a_box(screen, area, " copied; open it in a browser; any key goes on ", paragraph, lines, u16::MAX);
}

fn in_a_box(
    screen: &mut Screen<'_>,
    area: Rect,
    title: &str,
    content: Paragraph<'_>,
    lines: usize,
    width: u16,
) {
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let place = area.centered(Constraint::Length(area.width.min(width)), Constraint::Length(height));
    screen.render_widget(Clear, place);
    screen.render_widget(content.block(Block::bordered().title(title.to_owned())), place);
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
