//! Keys, as the state knows them, and what they do.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Back,
    Erase,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Interrupt,
    Other,
}

/// What the help shows: keys, and what they do.
pub(super) const HELP: &[(&str, &str)] = &[
    ("1 2 3 4", "services, traces, logs, pipeline"),
    ("j k, arrows, PgUp PgDn, g G", "move"),
    ("Enter", "traces of the service, spans of the trace, trace of the log"),
    ("Esc", "back"),
    ("/", "filter, in the language of the web page; Enter applies, Esc leaves it"),
    ("[ ]", "shorter, longer time range"),
    ("Space", "logs: pause and go on"),
    ("t", "logs: trace of the record"),
    ("r", "ask again now"),
    ("q", "quit"),
];

impl Key {
    /// Reads a terminal event; none for what is not a key press.
    pub(super) fn of(event: &Event) -> Option<Self> {
        let Event::Key(key) = event else { return None };
        if key.kind == KeyEventKind::Release {
            return None;
        }
        Some(match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => Self::Interrupt,
            KeyCode::Char(c) => Self::Char(c),
            KeyCode::Enter => Self::Enter,
            KeyCode::Esc => Self::Back,
            KeyCode::Backspace => Self::Erase,
            KeyCode::Up => Self::Up,
            KeyCode::Down => Self::Down,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            KeyCode::Home => Self::First,
            KeyCode::End => Self::Last,
            _ => Self::Other,
        })
    }
}
