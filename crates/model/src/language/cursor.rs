//! The reader over the tokens of a text: what is next, what was wrong, what was counted.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{Signal, Warning};

use super::ast::Key;
use super::error::{Code, Fault, thousands, utf16_of_byte};
use super::keyword::Keyword;
use super::lexer::{Spanned, Token};
use super::limits::{CONDITIONS_MAX, REGEXES_MAX, STRING_BYTES_MAX, VARIABLES_MAX};
use super::parser::KeyUse;

/// A fault was noted; the caller goes on where it makes sense.
pub(super) struct Failed;

pub(super) type Outcome<T> = Result<T, Failed>;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) signal: Signal,
    pub(super) tokens: Vec<Spanned<'a>>,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) conditions: usize,
    pub(super) regexes: usize,
    /// A limit was passed: nothing more is read or reported.
    pub(super) halted: bool,
    pub(super) variables: BTreeSet<&'a str>,
    pub(super) faults: Vec<(Fault, Range<usize>)>,
    pub(super) warnings: Vec<Warning>,
    pub(super) keys: Vec<KeyUse>,
}

impl<'a> Parser<'a> {
    /// Returns a token ahead; 0 is the next.
    pub(super) fn ahead(&self, count: usize) -> Option<&Spanned<'a>> {
        self.tokens.get(self.at + count)
    }

    pub(super) fn token(&self) -> Option<&Token<'a>> {
        self.ahead(0).map(|spanned| &spanned.token)
    }

    pub(super) fn bump(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len());
    }

    /// Returns where the next token stands, or the end of the text.
    pub(super) fn span(&self) -> Range<usize> {
        self.ahead(0).map_or(self.text.len()..self.text.len(), |spanned| spanned.span.clone())
    }

    pub(super) fn keyword(&self, count: usize) -> Option<Keyword> {
        match self.ahead(count)?.token {
            Token::Word(word) => Keyword::of(word),
            _ => None,
        }
    }

    /// Takes the token if it is the next.
    pub(super) fn take(&mut self, token: &Token<'_>) -> bool {
        let is_next = self.token() == Some(token);
        if is_next {
            self.bump();
        }
        is_next
    }

    pub(super) fn fault(&mut self, fault: Fault, span: Range<usize>) -> Failed {
        if !self.halted {
            self.faults.push((fault, span));
        }
        Failed
    }

    /// Notes a passed limit and stops reading.
    pub(super) fn halt(&mut self, fault: Fault, span: Range<usize>) -> Failed {
        self.fault(fault, span);
        self.halted = true;
        self.at = self.tokens.len();
        Failed
    }

    pub(super) fn warn(&mut self, code: &str, message: String, span: &Range<usize>) {
        self.warnings.push(Warning {
            code: code.to_owned(),
            message,
            start: Some(utf16_of_byte(self.text, span.start)),
            end: Some(utf16_of_byte(self.text, span.end)),
        });
    }

    pub(super) fn note_key(&mut self, key: &Key, span: &Range<usize>) {
        self.keys.push(KeyUse {
            key: key.clone(),
            start: utf16_of_byte(self.text, span.start),
            end: utf16_of_byte(self.text, span.end),
        });
    }

    /// Counts a condition against the limit.
    pub(super) fn count_condition(&mut self, span: &Range<usize>) -> Outcome<()> {
        self.conditions += 1;
        if self.conditions <= CONDITIONS_MAX {
            return Ok(());
        }
        let message = format!("more than {CONDITIONS_MAX} conditions (CONDITIONS_MAX)");
        Err(self.halt(
            Fault::new(Code::TooManyConditions, message, "use IN for many values of one field"),
            span.clone(),
        ))
    }

    /// Counts a regular expression against the limit.
    pub(super) fn count_regex(&mut self, span: &Range<usize>) -> Outcome<()> {
        self.regexes += 1;
        if self.regexes <= REGEXES_MAX {
            return Ok(());
        }
        let message = format!("more than {REGEXES_MAX} regular expressions (REGEXES_MAX)");
        let fault = Fault::new(Code::TooManyConditions, message, "join them with | into one expression");
        Err(self.halt(fault, span.clone()))
    }

    /// Counts a variable against the limit and returns its name.
    pub(super) fn variable(&mut self, name: &'a str, span: &Range<usize>) -> Outcome<String> {
        self.variables.insert(name);
        if self.variables.len() <= VARIABLES_MAX {
            return Ok(name.to_owned());
        }
        let message = format!("more than {VARIABLES_MAX} variables (VARIABLES_MAX)");
        Err(self.halt(
            Fault::new(Code::TooManyVariables, message, "use one variable with many values"),
            span.clone(),
        ))
    }

    /// Checks the length of a value or phrase.
    pub(super) fn check_string(&mut self, value: &str, span: &Range<usize>) -> Outcome<()> {
        if value.len() <= STRING_BYTES_MAX {
            return Ok(());
        }
        let (bytes, limit) = (thousands(value.len()), thousands(STRING_BYTES_MAX));
        let message = format!("the string has {bytes} bytes, limit {limit} (STRING_BYTES_MAX)");
        Err(self.fault(Fault::new(Code::StringTooLong, message, "shorten it"), span.clone()))
    }
}
