//! Keys, as the state knows them, and what they do.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Back,
    Erase,
    /// Erases the whole line.
    EraseAll,
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
    ("1 2 3 4 5 6", "services, traces, logs, map, metrics, pipeline"),
    ("j k, arrows, PgUp PgDn, g G", "move"),
    ("Enter", "traces of the service, the trace, the span, the metric"),
    ("Esc", "back"),
    ("/", "filter; on map and metrics a part of the name"),
    (":", "command: traces FILTER, trace ID, metric NAME, since 1h, quit, ..."),
    ("[ ]", "shorter, longer time range"),
    ("s S", "order by the next column, the other way round"),
    ("Space", "logs: pause and go on"),
    ("t", "logs: trace of the record"),
    ("b", "metric: bars or lines"),
    ("y", "copy id or name to the clipboard (OSC 52)"),
    ("e", "address of this page in a browser; copied too"),
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
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        Some(match key.code {
            KeyCode::Char('c' | 'd') if is_control => Self::Interrupt,
            KeyCode::Char('u') if is_control => Self::EraseAll,
            KeyCode::Char(_) if is_control => Self::Other,
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
