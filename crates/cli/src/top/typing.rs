//! The line at the bottom that is typed in: a filter behind `/`, a command behind `:`.

use super::keys::Key;
use super::state::{State, Then};
use super::words::{self, Order};

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// `/` or `:`.
    pub(super) mark: char,
    pub(super) text: String,
}

impl State {
    /// Does what a key does to the line.
    pub(super) fn type_in(&mut self, key: Key) -> Then {
        let Some(prompt) = &mut self.prompt else { return Then::Draw };
        match key {
            Key::Char(c) => prompt.text.push(c),
            Key::Erase if prompt.text.is_empty() => self.prompt = None,
            Key::Erase => drop(prompt.text.pop()),
            Key::EraseAll => prompt.text.clear(),
            Key::Back | Key::Interrupt => self.prompt = None,
            Key::Enter => return self.typed(),
            _ => {}
        }
        Then::Draw
    }

    fn typed(&mut self) -> Then {
        let Some(Prompt { mark, text }) = self.prompt.take() else { return Then::Draw };
        if mark == '/' {
            return self.narrow(text);
        }
        match words::read(&text) {
            Ok(Order::Go(view, filter)) => self.go(view, filter),
            Ok(Order::Range(range)) => self.choose_range(range),
            Ok(Order::Filter(filter)) => self.narrow(filter),
            Ok(Order::Link) => self.show_link(),
            Ok(Order::Quit) => Then::Quit,
            Ok(Order::Help) => {
                self.is_help = true;
                Then::Draw
            }
            Err(wrong) => {
                self.said = Some(wrong);
                Then::Draw
            }
        }
    }

    /// Applies a filter, or a search where names are searched.
    fn narrow(&mut self, text: String) -> Then {
        if self.view.is_searched() {
            self.search = text;
        } else {
            self.set_filter(text);
        }
        self.selected = 0;
        self.arrange();
        Then::Ask
    }
}
