//! Completion: what the language expects at the cursor, and the candidates that need no catalogue.
//!
//! The caller adds keys and values from the catalogue; keywords, fields, closed lists and units come from the tables here.

mod items;
mod state;

use std::ops::Range;

use crate::Signal;

use super::ast::Key;
use super::error::{byte_of_utf16, utf16_of_byte};
use super::lexer::{Spanned, Token, lex};
use super::limits::TEXT_BYTES_MAX;
use super::resolve;
use state::State;

pub use items::key_text;

/// Most candidates of an answer.
pub const ITEMS_MAX: usize = 50;

/// What the language expects at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// A field, or a word of text.
    Key,
    /// An operator of the field before, or the next condition.
    Operator,
    /// A value.
    Value,
    /// AND or OR, `,` or `)`.
    Connective,
    /// The unit of the number before.
    Unit,
    /// The name of a variable.
    Variable,
}

impl Expect {
    /// Returns the lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Operator => "operator",
            Self::Value => "value",
            Self::Connective => "connective",
            Self::Unit => "unit",
            Self::Variable => "variable",
        }
    }
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is shown.
    pub label: String,
    /// What replaces the text.
    pub insert: String,
    /// `key`, `context`, `function`, `operator`, `value`, `connective`, `unit` or `condition`.
    pub kind: &'static str,
    /// One line beside the label; may be empty.
    pub detail: String,
    /// Type of the values of a key.
    pub value_type: Option<&'static str>,
    /// Unit of the values of a key.
    pub unit: Option<&'static str>,
}

/// What could be typed at the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// What a candidate replaces, in UTF-16 code units: from here,
    pub start: u32,
    /// to here.
    pub end: u32,
    /// What is expected.
    pub context: Expect,
    /// What was typed of it up to the cursor, without quotes, backticks and `$`.
    pub prefix: String,
    /// The field whose value, operator or unit is expected.
    pub key: Option<Key>,
    /// Candidates from the tables that start with the prefix, then those that contain it; at most [`ITEMS_MAX`].
    pub items: Vec<Item>,
}

/// Tells what could be typed at the cursor, given in UTF-16 code units. Only the text before the cursor decides what is expected.
#[must_use]
pub fn complete(text: &str, cursor_utf16: u32, signal: Signal) -> Completion {
    let cursor = byte_of_utf16(text, cursor_utf16);
    if cursor > TEXT_BYTES_MAX {
        return nothing(utf16_of_byte(text, cursor));
    }
    let before = lex(&text[..cursor]).tokens;
    let typed = before.last().filter(|last| last.span.end == cursor && is_partial(&last.token));
    let done = &before[..before.len() - usize::from(typed.is_some())];
    let state = State::after(done);
    let (context, prefix) = expected(&state, typed, signal);
    let span = replaced(text, cursor, typed);
    let key = state.key().and_then(|token| resolved(token, signal));
    let items = items::of(context, &state, key.as_ref(), &prefix, signal);
    Completion {
        start: utf16_of_byte(text, span.start),
        end: utf16_of_byte(text, span.end),
        context,
        prefix,
        key,
        items,
    }
}

fn nothing(cursor: u32) -> Completion {
    let items = Vec::new();
    Completion { start: cursor, end: cursor, context: Expect::Key, prefix: String::new(), key: None, items }
}

/// Tells whether a token that touches the cursor may still be growing.
const fn is_partial(token: &Token<'_>) -> bool {
    matches!(token, Token::Word(_) | Token::Quoted { .. } | Token::Backticked { .. } | Token::Var(_))
}

fn resolved(token: &Token<'_>, signal: Signal) -> Option<Key> {
    match token {
        Token::Word(word) => resolve::bare(word, signal).ok().map(|resolved| resolved.key),
        Token::Backticked { context, name } => resolve::literal(context, name, signal).ok(),
        _ => None,
    }
}

/// Decides between what the state allows by what was typed so far.
fn expected(state: &State<'_, '_>, typed: Option<&Spanned<'_>>, signal: Signal) -> (Expect, String) {
    let (prefix, is_word) = match typed.map(|spanned| &spanned.token) {
        None => (String::new(), true),
        Some(Token::Var(name)) => return (Expect::Variable, (*name).to_owned()),
        Some(Token::Word(word)) if *word == "$" => return (Expect::Variable, String::new()),
        Some(Token::Word(word)) => ((*word).to_owned(), true),
        Some(Token::Quoted { text, .. }) => (text.clone(), false),
        Some(Token::Backticked { name, .. }) => (name.clone(), false),
        Some(_) => (String::new(), true),
    };
    let context = match state {
        State::Start | State::FunctionKey => Expect::Key,
        State::Value(_) | State::ListValue(_) => {
            let takes_unit =
                state.key().and_then(|token| resolved(token, signal)).and_then(|key| key.unit(signal));
            let is_number = is_word && items::needs_unit(&prefix);
            if is_number && takes_unit.is_some_and(|unit| matches!(unit, "ns" | "By")) {
                Expect::Unit
            } else {
                Expect::Value
            }
        }
        State::Key(_) | State::NotAfterKey(_) if is_word && items::is_operator_prefix(&prefix) => {
            Expect::Operator
        }
        State::Done | State::ListDone | State::BetweenLow
            if is_word && items::is_connective_prefix(&prefix) =>
        {
            Expect::Connective
        }
        State::ListDone | State::BetweenLow => Expect::Connective,
        State::Key(_) | State::NotAfterKey(_) | State::Done => Expect::Key,
    };
    (context, prefix)
}

/// Finds what a candidate replaces: the word under the cursor to its end, a string or name in backticks up to the cursor and to
/// its closing quote if that is in the text.
fn replaced(text: &str, cursor: usize, typed: Option<&Spanned<'_>>) -> Range<usize> {
    let Some(typed) = typed else { return cursor..cursor };
    let whole = lex(text).tokens.into_iter().find(|token| token.span.start == typed.span.start);
    let end = match (whole, &typed.token) {
        (Some(whole), Token::Word(_) | Token::Var(_)) => whole.span.end,
        // An open string runs to the end of the text: what follows the cursor was not meant as part of it.
        (Some(whole), _) if text[..whole.span.end].ends_with(['\'', '"', '`']) && whole.span.end > cursor => {
            whole.span.end
        }
        _ => cursor,
    };
    typed.span.start..end.max(cursor)
}

#[cfg(test)]
mod tests;
