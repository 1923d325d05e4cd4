//! Reads stand-alone text: phrases and prefixes, searched by whole words.

use std::ops::Range;

use super::ast::{Filter, Text};
use super::cursor::{Outcome, Parser};
use super::error::{Code, Fault, brief};
use super::fields::text_fields;

impl Parser<'_> {
    pub(super) fn phrase(&mut self, phrase: String, prefix: bool, span: &Range<usize>) -> Outcome<Filter> {
        self.count_condition(span)?;
        if text_fields(self.signal).is_empty() {
            let fault = Fault::new(
                Code::TextNotSupported,
                format!("{} have no text to search", self.signal.as_str()),
                format!("compare a field, e.g. service = '{}'", brief(&phrase).replace('\'', "")),
            );
            return Err(self.fault(fault, span.clone()));
        }
        self.check_phrase(&phrase, span)?;
        Ok(Filter::Text(Text { phrase, prefix, keys: Vec::new() }))
    }

    /// Checks that the phrase holds a word to look for.
    pub(super) fn check_phrase(&mut self, phrase: &str, span: &Range<usize>) -> Outcome<()> {
        self.check_string(phrase, span)?;
        if phrase.chars().any(char::is_alphanumeric) {
            return Ok(());
        }
        let field = text_fields(self.signal).first().copied().unwrap_or("body");
        let fault = match brief(phrase) {
            empty if empty.is_empty() => {
                Fault::new(Code::EmptyText, "the text is empty", format!("write a word, or {field} = ''"))
            }
            shown => Fault::new(
                Code::EmptyText,
                format!("`{shown}` has no letters or digits, and text is searched by words"),
                format!("write {field} CONTAINS '{shown}'"),
            ),
        };
        Err(self.fault(fault, span.clone()))
    }

    /// Warns of `status:error` and `-error`, which other languages read as conditions.
    pub(super) fn warn_condition_like(&mut self, word: &str, span: &Range<usize>) {
        if let Some(rest) =
            word.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
        {
            let rest = brief(rest);
            let message =
                format!("`-{rest}` searches for the word {rest}; to leave records out write NOT {rest}");
            return self.warn("looks_like_condition", message, span);
        }
        let Some((name, value)) = word.split_once(':') else { return };
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if is_name && value.starts_with(|c: char| c.is_alphanumeric()) {
            let (word, value) = (brief(word), brief(value));
            let message =
                format!("`{word}` searches for these words; for a condition write {name} = {value}");
            self.warn("looks_like_condition", message, span);
        }
    }
}
