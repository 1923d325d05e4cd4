//! A trace as a waterfall, and one of its spans with everything that was sent.

use ratatui::Frame as Screen;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use serde_json::Value;
use sightline_model::Body;

use super::waiting;
use crate::safe_text::shown;
use crate::top::load::Answer;
use crate::top::look::Tone;
use crate::top::state::State;
use crate::{units, waterfall};

pub(in crate::top) fn trace(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(frame) = state.frame() else { return waiting(screen, area, state) };
    let text = waterfall::draw(&frame.body, usize::from(area.width), false);
    let lines: Vec<&str> = text.lines().collect();
    // Lines of the head come before the first span.
    let head = match &frame.body {
        Body::Trace { missing_parents, .. } if *missing_parents > 0 => 2,
        _ => 1,
    };
    let errors = state.columns().iter().find(|column| column.name == "is_error");
    let is_error =
        |span: usize| errors.and_then(|column| column.values.get(span)?.as_bool()).unwrap_or(false);
    let tone = |at: usize| match at.checked_sub(head) {
        Some(span) if span == state.selected => Tone::Chosen,
        Some(span) if is_error(span) => Tone::Bad,
        _ => Tone::Plain,
    };
    let line = |(at, text): (usize, &&str)| Line::styled((*text).to_owned(), state.look.style(tone(at)));
    let from = first(state.selected + head, lines.len(), area);
    let shown = lines.iter().enumerate().skip(from).take(usize::from(area.height)).map(line);
    screen.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), area);
}

/// The first line on the screen, so that the chosen one is in the middle where there is more than a screen.
fn first(chosen: usize, lines: usize, area: Rect) -> usize {
    let height = usize::from(area.height);
    chosen.saturating_sub(height / 2).min(lines.saturating_sub(height))
}

pub(in crate::top) fn span(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(Answer::Detail(span)) = &state.answer else { return waiting(screen, area, state) };
    let lines = span_lines(span);
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(40);
    let from = first(state.selected, lines.len(), area);
    let line = |(at, (name, value)): (usize, &(String, String))| {
        let tone = match () {
            () if at == state.selected => Tone::Chosen,
            () if value.is_empty() => Tone::Bold,
            () => Tone::Plain,
        };
        Line::styled(format!(" {name:<widest$}  {value}"), state.look.style(tone))
    };
    let shown = lines.iter().enumerate().skip(from).take(usize::from(area.height)).map(line);
    screen.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), area);
}

/// A span as names and values: what it is, then its attributes, events, links and resource.
pub(in crate::top) fn span_lines(span: &Value) -> Vec<(String, String)> {
    const HEAD: [&str; 10] = [
        "name",
        "service",
        "kind",
        "status",
        "status_message",
        "tenant",
        "environment",
        "span_id",
        "parent_span_id",
        "trace_id",
    ];
    let text = |value: &Value| shown(&units::plain(value)).into_owned();
    let mut out = Vec::new();
    for name in HEAD {
        let value = text(&span[name]);
        if !matches!(value.as_str(), "" | "null") {
            out.push((name.replace('_', " "), value));
        }
    }
    if let Some(nanos) = span["duration"].as_f64() {
        out.push(("duration".to_owned(), units::duration(nanos / 1e9)));
    }
    for (title, values) in [("attributes", &span["attributes"]), ("resource", &span["resource"])] {
        if let Some(values) = values.as_object().filter(|values| !values.is_empty()) {
            out.push((title.to_uppercase(), String::new()));
            out.extend(values.iter().map(|(key, value)| (shown(key).into_owned(), text(value))));
        }
    }
    for (title, items) in [("events", &span["events"]), ("links", &span["links"])] {
        if let Some(items) = items.as_array().filter(|items| !items.is_empty()) {
            out.push((title.to_uppercase(), String::new()));
            let name = |item: &Value| {
                text(item.get("name").or_else(|| item.get("trace_id")).unwrap_or(&Value::Null))
            };
            out.extend(items.iter().map(|item| (name(item), text(&item["attributes"]))));
        }
    }
    out
}
