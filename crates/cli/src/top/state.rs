//! What is shown and chosen.

use serde_json::Value;
use sightline_model::{Body, Column, Frame};

use super::keys::Key;
use super::load::{Answer, Ask};
use super::logs::LogRing;

/// Ranges that `[` and `]` choose between.
const RANGES: [&str; 6] = ["5m", "15m", "1h", "6h", "1d", "7d"];

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum View {
    Services,
    Traces,
    /// One trace.
    Trace(String),
    Logs,
    Pipeline,
}

impl View {
    /// The pages that have a number key, in order.
    pub(super) const TABS: [(&'static str, Self); 4] = [
        ("Services", Self::Services),
        ("Traces", Self::Traces),
        ("Logs", Self::Logs),
        ("Pipeline", Self::Pipeline),
    ];
}

/// What the loop has to do after a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Draw.
    Draw,
    /// Ask the server now; the live stream too, when its filter changed.
    Ask,
    /// End.
    Quit,
}

/// Everything that a screen shows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) view: View,
    pub(super) filter: String,
    /// The filter while it is typed.
    pub(super) typing: Option<String>,
    pub(super) selected: usize,
    pub(super) is_help: bool,
    /// The last answer for the view.
    pub(super) frame: Option<Frame>,
    pub(super) status: Option<Value>,
    pub(super) logs: LogRing,
    /// Why the last question was not answered.
    pub(super) trouble: Option<String>,
    range: usize,
    before: Vec<(View, String, usize)>,
}

impl State {
    pub(super) fn new(filter: Option<String>) -> Self {
        Self {
            view: View::Services,
            filter: filter.unwrap_or_default(),
            typing: None,
            selected: 0,
            is_help: false,
            frame: None,
            status: None,
            logs: LogRing::default(),
            trouble: None,
            range: 1,
            before: Vec::new(),
        }
    }

    /// Returns what the view wants to know.
    pub(super) fn ask(&self) -> Ask {
        let since = format!("now-{}", RANGES[self.range]);
        Ask { view: self.view.clone(), filter: self.filter.clone(), since }
    }

    pub(super) const fn range(&self) -> &'static str {
        RANGES[self.range]
    }

    /// Takes an answer; one to an earlier question is dropped.
    pub(super) fn take(&mut self, ask: &Ask, answer: Result<Answer, String>) {
        if *ask != self.ask() {
            return;
        }
        match answer {
            Ok(Answer::Frame(frame)) => {
                self.frame = Some(*frame);
                self.trouble = None;
            }
            Ok(Answer::Status(status)) => {
                self.status = Some(status);
                self.trouble = None;
            }
            // What was known stays on the screen, with the reason why it is old.
            Err(trouble) => self.trouble = Some(trouble),
        }
        self.selected = self.selected.min(self.rows().saturating_sub(1));
    }

    /// Returns how many rows can be chosen.
    pub(super) fn rows(&self) -> usize {
        match self.view {
            View::Logs => self.logs.len(),
            _ => self.columns().first().map_or(0, |column| column.values.len()),
        }
    }

    pub(super) fn columns(&self) -> &[Column] {
        match self.frame.as_ref().map(|frame| &frame.body) {
            Some(Body::Table { columns, .. } | Body::Trace { columns, .. } | Body::Logs { columns, .. }) => {
                columns
            }
            _ => &[],
        }
    }

    /// Returns the text of a column in the chosen row.
    fn chosen(&self, column: &str) -> Option<String> {
        let column = self.columns().iter().find(|c| c.name == column)?;
        column.values.get(self.selected)?.as_str().map(str::to_owned)
    }

    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: Key) -> Then {
        if self.typing.is_some() {
            return self.type_in(key);
        }
        if std::mem::take(&mut self.is_help) {
            return Then::Draw;
        }
        match key {
            Key::Char('q') | Key::Interrupt => Then::Quit,
            Key::Char('?') => {
                self.is_help = true;
                Then::Draw
            }
            Key::Char('/') => {
                self.typing = Some(self.filter.clone());
                Then::Draw
            }
            Key::Char(' ') if self.view == View::Logs => {
                self.logs.toggle_pause();
                Then::Draw
            }
            Key::Char('[') => self.choose_range(self.range.saturating_sub(1)),
            Key::Char(']') => self.choose_range((self.range + 1).min(RANGES.len() - 1)),
            Key::Char(c) if ('1'..='4').contains(&c) => {
                let (_, view) = &View::TABS[usize::from(c as u8 - b'1')];
                self.open(view.clone(), self.filter.clone())
            }
            Key::Char('t') if self.view == View::Logs => {
                let trace = self.logs.trace_of(self.selected);
                trace.map_or(Then::Draw, |trace| self.open(View::Trace(trace), self.filter.clone()))
            }
            Key::Char('r') => Then::Ask,
            Key::Enter => self.enter(),
            Key::Back => self.back(),
            other => self.travel(other),
        }
    }

    fn travel(&mut self, key: Key) -> Then {
        let last = self.rows().saturating_sub(1);
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

    fn type_in(&mut self, key: Key) -> Then {
        let Some(text) = &mut self.typing else { return Then::Draw };
        match key {
            Key::Char(c) => text.push(c),
            Key::Erase => drop(text.pop()),
            Key::Back | Key::Interrupt => self.typing = None,
            Key::Enter => {
                self.filter = self.typing.take().unwrap_or_default();
                self.selected = 0;
                self.logs.clear();
                return Then::Ask;
            }
            _ => {}
        }
        Then::Draw
    }

    fn choose_range(&mut self, range: usize) -> Then {
        self.range = range;
        Then::Ask
    }

    fn open(&mut self, view: View, filter: String) -> Then {
        let old = std::mem::replace(&mut self.view, view);
        let old_filter = std::mem::replace(&mut self.filter, filter);
        self.before.push((old, old_filter, std::mem::take(&mut self.selected)));
        self.frame = None;
        Then::Ask
    }

    fn enter(&mut self) -> Then {
        match self.view {
            View::Services => {
                let Some(service) = self.chosen("service") else { return Then::Draw };
                let quoted = service.replace('\\', "\\\\").replace('\'', "\\'");
                self.open(View::Traces, format!("service = '{quoted}'"))
            }
            View::Traces => {
                let Some(trace) = self.chosen("trace_id") else { return Then::Draw };
                self.open(View::Trace(trace), self.filter.clone())
            }
            View::Logs => self.press(Key::Char('t')),
            View::Trace(_) | View::Pipeline => Then::Draw,
        }
    }

    fn back(&mut self) -> Then {
        let Some((view, filter, selected)) = self.before.pop() else { return Then::Draw };
        (self.view, self.filter, self.selected) = (view, filter, selected);
        self.frame = None;
        Then::Ask
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    /// An answer with a table of text columns.
    pub(in crate::top) fn table(columns: &[(&str, &[&str])]) -> Frame {
        let column = |(name, values): &(&str, &[&str])| Column {
            name: (*name).to_owned(),
            kind: sightline_model::ColumnType::String,
            unit: None,
            role: None,
            exactness: None,
            values: values.iter().map(|value| json!(value)).collect(),
        };
        let columns: Vec<Column> = columns.iter().map(column).collect();
        let rows = columns.first().map_or(0, |column| column.values.len() as u64);
        Frame { meta: sightline_model::Meta::default(), body: Body::Table { rows, columns } }
    }

    fn check(keys: &[Key], view: &View, filter: &str, last: &Then) {
        let mut state = State::new(None);
        let services = table(&[("service", &["billing", "it's"]), ("trace_id", &["aa", "bb"])]);
        let mut then = Then::Draw;
        for key in keys {
            state.take(&state.ask(), Ok(Answer::Frame(Box::new(services.clone()))));
            then = state.press(*key);
        }
        assert_eq!((&state.view, state.filter.as_str(), &then), (view, filter, last), "{keys:?}");
    }

    #[test]
    fn keys_travel_between_pages_and_back() {
        use Key::{Back, Char, Down, Enter, Erase};
        check(&[Enter], &View::Traces, "service = 'billing'", &Then::Ask);
        check(&[Down, Down, Enter], &View::Traces, r"service = 'it\'s'", &Then::Ask);
        check(&[Enter, Down, Enter], &View::Trace("bb".to_owned()), "service = 'billing'", &Then::Ask);
        check(&[Enter, Enter, Back, Back], &View::Services, "", &Then::Ask);
        check(&[Char('3')], &View::Logs, "", &Then::Ask);
        check(&[Char('/'), Char('q'), Char('x'), Erase, Enter], &View::Services, "q", &Then::Ask);
        check(&[Char('/'), Char('q'), Back], &View::Services, "", &Then::Draw);
        check(&[Char('?'), Char('q')], &View::Services, "", &Then::Draw);
        check(&[Char('q')], &View::Services, "", &Then::Quit);
    }

    #[test]
    fn an_answer_to_an_earlier_question_is_dropped() {
        let mut state = State::new(None);
        let early = state.ask();
        state.press(Key::Char('2'));
        state.take(&early, Ok(Answer::Frame(Box::new(table(&[("service", &["a"])])))));
        assert!(state.frame.is_none());
        state.take(&state.ask(), Err("no".to_owned()));
        assert_eq!(state.trouble.as_deref(), Some("no"));
    }
}
