//! What is shown and chosen.

use sightline_model::{Body, Column, ColumnType, Frame};

use super::keys::Key;
use super::load::{Answer, Ask, Trouble};
use super::logs::LogRing;
use super::look::Look;
use super::order::{By, order};
use super::panes::columns_of;
use super::typing::Prompt;
use super::view::{View, Web};
use super::words::RANGES;
use super::{Listening, books::Books};
use crate::graph::{Branch, Graph};

/// What the loop has to do after a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Draw.
    Draw,
    /// Ask the server now; the live stream too, when its filter changed.
    Ask,
    /// Give this to the clipboard of the terminal.
    Copy(String),
    /// End.
    Quit,
}

/// Where a page was when another was opened from it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) view: View,
    filter: String,
    search: String,
    selected: usize,
}

/// Everything that a screen shows.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) view: View,
    pub(super) filter: String,
    /// Part of a name, on pages that are searched.
    pub(super) search: String,
    pub(super) prompt: Option<Prompt>,
    pub(super) selected: usize,
    pub(super) is_help: bool,
    /// Text in a box until a key is pressed.
    pub(super) notice: Option<String>,
    /// What became of the last command, in one line.
    pub(super) said: Option<String>,
    /// The last answer for the view.
    pub(super) answer: Option<Answer>,
    /// The reading of the pipeline before this one.
    pub(super) earlier: Option<Books>,
    /// Rows of a table in the order in which they are shown.
    pub(super) order: Vec<usize>,
    pub(super) by: Option<By>,
    pub(super) tree: Vec<Branch>,
    pub(super) logs: LogRing,
    /// Why the last question was not answered, and how many in a row were not.
    pub(super) trouble: Option<(Trouble, u32)>,
    pub(super) has_bars: bool,
    pub(super) look: Look,
    pub(super) web: Web,
    pub(super) listening: Option<Listening>,
    pub(super) before: Vec<Place>,
    pub(super) range: Range,
}

/// One of [`RANGES`].
#[derive(Debug)]
pub(super) struct Range(usize);

impl Default for Range {
    fn default() -> Self {
        Self(1)
    }
}

impl State {
    /// Returns what the view wants to know.
    pub(super) fn ask(&self) -> Ask {
        Ask {
            view: self.view.clone(),
            filter: self.filter.clone(),
            search: self.search.clone(),
            since: format!("now-{}", self.range()),
        }
    }

    pub(super) fn range(&self) -> &'static str {
        RANGES[self.range.0]
    }

    /// Takes an answer; one to an earlier question is dropped.
    pub(super) fn take(&mut self, ask: &Ask, answer: Result<Answer, Trouble>) {
        if *ask != self.ask() {
            return;
        }
        match answer {
            Ok(answer) => {
                self.trouble = None;
                if let Some(Answer::Books(books)) = self.answer.replace(answer) {
                    self.earlier = Some(*books);
                }
            }
            // What was known stays on the screen, with the reason why it is old.
            Err(trouble) => self.failed(trouble),
        }
        self.arrange();
    }

    /// Notes that a question was not answered.
    pub(super) fn failed(&mut self, trouble: Trouble) {
        let times = self.trouble.as_ref().map_or(0, |(_, times)| *times);
        self.trouble = Some((trouble, times.saturating_add(1)));
    }

    /// Puts the rows in order; the chosen one stays within them.
    pub(super) fn arrange(&mut self) {
        self.order = order(self.columns(), self.columns().first().map_or(0, |c| c.values.len()), self.by);
        self.tree = self.frame().and_then(|frame| Graph::of(&frame.body)).map_or_else(Vec::new, Graph::tree);
        if !self.search.is_empty() {
            let wanted = self.search.to_lowercase();
            self.tree.retain(|branch| branch.node.name.to_lowercase().contains(&wanted));
            self.tree.iter_mut().for_each(|branch| branch.lead.clear());
        }
        self.selected = self.selected.min(self.rows().saturating_sub(1));
    }

    /// Returns how many rows can be chosen.
    pub(super) fn rows(&self) -> usize {
        match (&self.view, &self.answer) {
            (View::Logs, _) => self.logs.len(),
            (View::Map, _) => self.tree.len(),
            (View::Span(..), Some(Answer::Detail(span))) => super::panes::span_lines(span).len(),
            (View::Metric(_), Some(Answer::Frame(frame))) => match &frame.body {
                Body::Series { series, .. } => series.len(),
                _ => 0,
            },
            _ => self.order.len(),
        }
    }

    pub(super) fn frame(&self) -> Option<&Frame> {
        match &self.answer {
            Some(Answer::Frame(frame)) => Some(frame),
            _ => None,
        }
    }

    pub(super) fn columns(&self) -> &[Column] {
        match self.frame().map(|frame| &frame.body) {
            Some(Body::Table { columns, .. } | Body::Trace { columns, .. } | Body::Logs { columns, .. }) => {
                columns
            }
            _ => &[],
        }
    }

    /// Returns the text of a column in the chosen row.
    fn chosen(&self, column: &str) -> Option<String> {
        let column = self.columns().iter().find(|c| c.name == column)?;
        column.values.get(*self.order.get(self.selected)?)?.as_str().map(str::to_owned)
    }

    /// Returns the address of this page in a browser.
    pub(super) fn link(&self) -> String {
        let node = self.tree.get(self.selected).map(|branch| branch.node.id.as_str());
        self.web.link(&self.view, self.range(), [&self.filter, &self.search], node)
    }

    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: Key) -> Then {
        if self.prompt.is_some() {
            return self.type_in(key);
        }
        self.said = None;
        if std::mem::take(&mut self.is_help) || self.notice.take().is_some() {
            return if key == Key::Interrupt { Then::Quit } else { Then::Draw };
        }
        match key {
            Key::Char('q') | Key::Interrupt => return Then::Quit,
            Key::Char('?') => self.is_help = true,
            Key::Char('/') if !self.view.is_narrowed() => {
                self.said = Some("there is nothing to filter here".to_owned());
            }
            Key::Char('/') => {
                let text = if self.view.is_searched() { &self.search } else { &self.filter };
                self.prompt = Some(Prompt { mark: '/', text: text.clone() });
            }
            Key::Char(':') => self.prompt = Some(Prompt { mark: ':', text: String::new() }),
            Key::Char(' ') if self.view == View::Logs => self.logs.toggle_pause(),
            Key::Char('b') => self.has_bars = !self.has_bars,
            Key::Char('[') => return self.choose_range(self.range.0.saturating_sub(1)),
            Key::Char(']') => return self.choose_range((self.range.0 + 1).min(RANGES.len() - 1)),
            Key::Char(c) if ('1'..='6').contains(&c) => {
                let (_, view) = &View::TABS[usize::from(c as u8 - b'1')];
                return self.go(view.clone(), None);
            }
            Key::Char('s') => self.order_by_next(),
            Key::Char('S') => self.turn_order(),
            Key::Char('t') if self.view == View::Logs => return self.trace_of_log(),
            Key::Char('y') => return self.copy(),
            Key::Char('e') => return self.show_link(),
            Key::Char('r') => return Then::Ask,
            Key::Enter => return self.enter(),
            Key::Back => return self.back(),
            other => return self.travel(other),
        }
        Then::Draw
    }

    fn travel(&mut self, key: Key) -> Then {
        let last = self.rows().saturating_sub(1);
        // The newest record is at the bottom and has the number 0.
        let key = match (key, &self.view) {
            (Key::Down | Key::Char('j'), View::Logs) => Key::Up,
            (Key::Up | Key::Char('k'), View::Logs) => Key::Down,
            (Key::PageDown, View::Logs) => Key::PageUp,
            (Key::PageUp, View::Logs) => Key::PageDown,
            (Key::First | Key::Char('g'), View::Logs) => Key::Last,
            (Key::Last | Key::Char('G'), View::Logs) => Key::First,
            (key, _) => key,
        };
        self.selected = match key {
            Key::Down | Key::Char('j') => self.selected + 1,
            Key::Up | Key::Char('k') => self.selected.saturating_sub(1),
            Key::PageDown => self.selected + 20,
            Key::PageUp => self.selected.saturating_sub(20),
            Key::First | Key::Char('g') => 0,
            Key::Last | Key::Char('G') => last,
            _ => self.selected,
        }
        .min(last);
        Then::Draw
    }

    pub(super) fn choose_range(&mut self, range: usize) -> Then {
        self.range = Range(range);
        Then::Ask
    }

    fn order_by_next(&mut self) {
        let names = columns_of(&self.view);
        let at = self.by.and_then(|by| names.iter().position(|name| *name == by.column));
        let next = at.map_or(0, |at| at + 1);
        // Greatest first, names from A on.
        let is_text = |name: &str| {
            self.columns().iter().any(|column| column.name == name && column.kind == ColumnType::String)
        };
        self.by = names.get(next).map(|column| By { column, is_rising: is_text(column) });
        self.arrange();
    }

    fn turn_order(&mut self) {
        if let Some(by) = &mut self.by {
            by.is_rising = !by.is_rising;
        }
        self.arrange();
    }

    /// Opens a page at the beginning of a path.
    pub(super) fn go(&mut self, view: View, narrowed: Option<String>) -> Then {
        self.before.clear();
        self.search.clear();
        if let Some(text) = narrowed {
            if view.is_searched() {
                self.search = text;
            } else {
                self.set_filter(text);
            }
        }
        self.show(view);
        self.selected = 0;
        Then::Ask
    }

    /// Opens a page from the one that is shown.
    fn open(&mut self, view: View, filter: String) -> Then {
        let place = Place {
            view: self.view.clone(),
            filter: self.set_filter(filter),
            search: std::mem::take(&mut self.search),
            selected: std::mem::take(&mut self.selected),
        };
        self.before.push(place);
        self.show(view);
        Then::Ask
    }

    /// Sets the filter and returns the one before; live records that another let through are forgotten.
    pub(super) fn set_filter(&mut self, filter: String) -> String {
        if filter != self.filter {
            self.logs.clear();
        }
        std::mem::replace(&mut self.filter, filter)
    }

    fn show(&mut self, view: View) {
        self.view = view;
        (self.answer, self.earlier, self.by, self.trouble) = (None, None, None, None);
        self.order.clear();
        self.tree.clear();
    }

    fn enter(&mut self) -> Then {
        match &self.view {
            View::Services => match self.chosen("service") {
                Some(service) => self.open(View::Traces, of_service(&service)),
                None => Then::Draw,
            },
            View::Map => match self.tree.get(self.selected).map(|branch| &branch.node) {
                Some(node) if node.kind == "service" => {
                    self.open(View::Traces, of_service(&node.name.clone()))
                }
                _ => Then::Draw,
            },
            View::Traces => match self.chosen("trace_id") {
                Some(trace) => self.open(View::Trace(trace), self.filter.clone()),
                None => Then::Draw,
            },
            View::Trace(trace) => match (trace.clone(), self.chosen("span_id")) {
                (trace, Some(span)) => self.open(View::Span(trace, span), self.filter.clone()),
                _ => Then::Draw,
            },
            View::Metrics => match self.chosen("name") {
                Some(metric) => self.open(View::Metric(metric), String::new()),
                None => Then::Draw,
            },
            View::Logs => self.trace_of_log(),
            View::Span(..) | View::Metric(_) | View::Pipeline => Then::Draw,
        }
    }

    fn trace_of_log(&mut self) -> Then {
        match self.logs.trace_of(self.selected) {
            Some(trace) => self.open(View::Trace(trace), self.filter.clone()),
            None => {
                self.said = Some("this record names no trace".to_owned());
                Then::Draw
            }
        }
    }

    fn back(&mut self) -> Then {
        let Some(place) = self.before.pop() else { return Then::Draw };
        self.show(place.view);
        self.set_filter(place.filter);
        (self.search, self.selected) = (place.search, place.selected);
        Then::Ask
    }

    /// What identifies the chosen row, or the page when no row does.
    fn copy(&mut self) -> Then {
        let id = match &self.view {
            View::Services => self.chosen("service"),
            View::Traces => self.chosen("trace_id"),
            View::Trace(trace) => self.chosen("span_id").or_else(|| Some(trace.clone())),
            View::Span(_, span) => Some(span.clone()),
            View::Logs => self.logs.trace_of(self.selected),
            View::Map => self.tree.get(self.selected).map(|branch| branch.node.id.clone()),
            View::Metrics => self.chosen("name"),
            View::Metric(name) => Some(name.clone()),
            View::Pipeline => None,
        };
        let Some(id) = id else {
            self.said = Some("there is nothing to copy here".to_owned());
            return Then::Draw;
        };
        self.said = Some(format!("copied {id}"));
        Then::Copy(id)
    }

    pub(super) fn show_link(&mut self) -> Then {
        let link = self.link();
        let login =
            self.listening.as_ref().map(|listening| format!("\nlog in before, once: {}", listening.login));
        self.notice = Some(format!("{link}{}", login.unwrap_or_default()));
        Then::Copy(link)
    }
}

fn of_service(service: &str) -> String {
    format!("service = '{}'", service.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
#[path = "state_tests.rs"]
pub(super) mod tests;
