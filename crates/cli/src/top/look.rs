//! How things look: sixteen colours that every terminal has, or none (`NO_COLOR`), where weight says the same.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bold,
    Dim,
    Chosen,
    Bad,
    Warning,
    /// One of several lines of a chart.
    Line(usize),
}

/// Colours of the lines of a chart; red is kept for what is wrong.
const LINES: [Color; 6] =
    [Color::Cyan, Color::Yellow, Color::Green, Color::Magenta, Color::Blue, Color::White];

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    pub(super) has_colour: bool,
}

impl Look {
    pub(super) const fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        match (tone, self.has_colour) {
            (Tone::Plain, _) | (Tone::Line(_), false) => plain,
            (Tone::Bold, _) | (Tone::Bad, false) => plain.add_modifier(Modifier::BOLD),
            (Tone::Dim, _) => plain.add_modifier(Modifier::DIM),
            (Tone::Chosen, _) => plain.add_modifier(Modifier::REVERSED),
            (Tone::Warning, false) => plain.add_modifier(Modifier::UNDERLINED),
            (Tone::Bad, true) => plain.fg(Color::Red),
            (Tone::Warning, true) => plain.fg(Color::Yellow),
            (Tone::Line(n), true) => plain.fg(LINES[n % LINES.len()]),
        }
    }
}
