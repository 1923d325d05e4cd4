//! Reads the structure of a filter: OR, AND, NOT, parentheses, words. Conditions are in [`super::condition`].
//!
//! Every fault is noted and reading goes on at the next AND, OR or `)`, so that all faults of a text are told at once.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{Signal, Warning};

use super::ast::{Filter, Key};
use super::cursor::{Failed, Outcome, Parser};
use super::error::{Code, Fault, SyntaxError, brief, thousands};
use super::keyword::Keyword;
use super::lexer::{Token, lex};
use super::limits::{ERRORS_MAX, NESTING_MAX, TEXT_BYTES_MAX};

/// A text that was read: the filter if it is valid, and what is to be said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The filter; none if there are errors.
    pub filter: Option<Filter>,
    /// What is wrong, in the order of the text; at most [`ERRORS_MAX`].
    pub errors: Vec<SyntaxError>,
    /// What should be known about a valid text.
    pub warnings: Vec<Warning>,
    /// The keys that were typed and where, for warnings that need the catalogue (`unknown_key`, `ambiguous_key`).
    pub keys: Vec<KeyUse>,
}

/// A key in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The canonical key.
    pub key: Key,
    /// Where it starts, in UTF-16 code units.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// Reads a filter.
///
/// # Errors
/// Everything that is wrong with the text, at most [`ERRORS_MAX`] errors.
pub fn parse_filter(text: &str, signal: Signal) -> Result<Filter, Vec<SyntaxError>> {
    let parsed = read(text, signal);
    parsed.filter.ok_or(parsed.errors)
}

/// Reads a filter and tells everything about it.
#[must_use]
pub fn read(text: &str, signal: Signal) -> Parsed {
    if text.len() > TEXT_BYTES_MAX {
        let errors = vec![too_long("text", text.len()).at(text, &(0..0))];
        return Parsed { filter: None, errors, warnings: Vec::new(), keys: Vec::new() };
    }
    let lexed = lex(text);
    let mut parser = Parser {
        text,
        signal,
        tokens: lexed.tokens,
        at: 0,
        depth: 0,
        conditions: 0,
        regexes: 0,
        halted: false,
        variables: BTreeSet::new(),
        faults: lexed.faults,
        warnings: Vec::new(),
        keys: Vec::new(),
    };
    let filter = parser.filter();
    parser.check_printed(&filter);
    parser.finish(filter)
}

fn too_long(what: &str, bytes: usize) -> Fault {
    let (bytes, limit) = (thousands(bytes), thousands(TEXT_BYTES_MAX));
    let message = format!("the {what} has {bytes} bytes, limit {limit} (TEXT_BYTES_MAX)");
    Fault::new(Code::TextTooLong, message, "use IN $variable for long lists, or fewer conditions")
}

impl<'a> Parser<'a> {
    fn filter(&mut self) -> Filter {
        let mut parts = Vec::new();
        if !self.tokens.is_empty() {
            parts.push(self.or());
        }
        while let Some(token) = self.token() {
            let (is_close, is_end) =
                (*token == Token::Close, matches!(token, Token::Pipe | Token::Semicolon));
            if is_end {
                self.pipe();
                break;
            }
            if is_close {
                let fault =
                    Fault::new(Code::Unbalanced, "`)` closes nothing", "remove it, or add `(` before");
                self.fault(fault, self.span());
            }
            self.bump();
            if self.token().is_some() {
                parts.push(self.or());
            }
        }
        Filter::and(parts)
    }

    fn pipe(&mut self) {
        let fault = match self.token() {
            Some(Token::Pipe) => Fault::new(
                Code::UnexpectedToken,
                "`|` starts a pipeline, which a filter cannot have",
                "remove it and what follows, write OR for `or`, or quote it to search for it",
            ),
            _ => {
                Fault::new(Code::UnexpectedToken, "unexpected `;`", "remove it, or quote it to search for it")
            }
        };
        self.fault(fault, self.span());
    }

    fn or(&mut self) -> Filter {
        let mut parts = vec![self.and()];
        while self.keyword(0) == Some(Keyword::Or) || self.token() == Some(&Token::Or) {
            self.bump();
            parts.push(self.and());
        }
        Filter::or(parts)
    }

    fn and(&mut self) -> Filter {
        let mut parts = vec![self.operand()];
        loop {
            if self.keyword(0) == Some(Keyword::And) || self.token() == Some(&Token::And) {
                self.bump();
            } else if !self.continues() {
                return Filter::and(parts);
            }
            parts.push(self.operand());
        }
    }

    /// Tells whether what follows belongs to the same AND.
    fn continues(&self) -> bool {
        let ends =
            matches!(self.token(), None | Some(Token::Close | Token::Or | Token::Pipe | Token::Semicolon));
        !ends && self.keyword(0) != Some(Keyword::Or)
    }

    /// Reads one part of an AND; after a fault goes on behind it.
    fn operand(&mut self) -> Filter {
        self.negation().unwrap_or_else(|Failed| {
            self.skip();
            Filter::All
        })
    }

    /// Skips to the next AND, OR, `)`, `|`, `;` or to the end.
    fn skip(&mut self) {
        let mut open = 0_usize;
        while let Some(token) = self.token() {
            let is_connective = matches!(token, Token::And | Token::Or | Token::Pipe | Token::Semicolon)
                || matches!(self.keyword(0), Some(Keyword::And | Keyword::Or));
            match token {
                Token::Open => open += 1,
                Token::Close if open == 0 => return,
                Token::Close => open -= 1,
                _ if is_connective && open == 0 => return,
                _ => {}
            }
            self.bump();
        }
    }

    fn negation(&mut self) -> Outcome<Filter> {
        let mut negated = false;
        while self.keyword(0) == Some(Keyword::Not) || self.token() == Some(&Token::Bang) {
            negated = !negated;
            self.bump();
        }
        let filter = self.primary()?;
        Ok(if negated { filter.negate() } else { filter })
    }

    fn primary(&mut self) -> Outcome<Filter> {
        let span = self.span();
        match self.token() {
            Some(Token::Open) => self.group(),
            Some(Token::Word(word)) => {
                let word = *word;
                self.word(word, span)
            }
            Some(Token::Quoted { text, star }) => {
                let (text, star) = (text.clone(), *star);
                if self.is_operator_at(1) {
                    return Err(self.compared_string(&text, span));
                }
                self.bump();
                self.phrase(text, star, &span)
            }
            Some(Token::Backticked { .. }) => self.condition(),
            other => {
                let fault = unexpected(other, self.text, &span);
                let is_end =
                    matches!(other, None | Some(Token::Close | Token::Pipe | Token::Semicolon | Token::Or));
                if !is_end {
                    self.bump();
                }
                Err(self.fault(fault, span))
            }
        }
    }

    fn word(&mut self, word: &'a str, span: Range<usize>) -> Outcome<Filter> {
        if let Some(keyword) = Keyword::of(word) {
            let message = if keyword.is_operator() {
                format!("`{word}` needs a field before it")
            } else {
                format!("expected a condition before `{word}`")
            };
            let remedy = format!("quote it to search for the word: \"{word}\"");
            // AND and OR stay: the fault is what is missing before them.
            if keyword.is_operator() {
                self.bump();
            }
            return Err(self.fault(Fault::new(Code::UnexpectedToken, message, remedy), span));
        }
        if self.is_operator_at(1) {
            return self.condition();
        }
        if self.is_call(word) {
            return self.call(word);
        }
        self.bump();
        if word == "*" {
            return Ok(Filter::All);
        }
        self.warn_condition_like(word, &span);
        let (phrase, star) = word.strip_suffix('*').map_or((word, false), |phrase| (phrase, true));
        self.phrase(phrase.to_owned(), star, &span)
    }

    /// Tells whether an operator stands there: a sign, a word such as LIKE, or NOT before either.
    fn is_operator_at(&self, count: usize) -> bool {
        let is_sign = |at| matches!(self.ahead(at).map(|s| &s.token), Some(Token::Compare(_)));
        let is_word = |at| self.keyword(at).is_some_and(Keyword::is_operator);
        let after_not =
            self.keyword(count) == Some(Keyword::Not) && (is_sign(count + 1) || is_word(count + 1));
        is_sign(count) || is_word(count) || after_not
    }

    fn compared_string(&mut self, text: &str, span: Range<usize>) -> Failed {
        let remedy = format!("quote field names with backticks: `{}`", brief(text).replace('`', "``"));
        self.fault(Fault::new(Code::BadKey, "a string cannot be compared", remedy), span)
    }

    fn group(&mut self) -> Outcome<Filter> {
        let open = self.span();
        if self.depth >= NESTING_MAX {
            return Err(self.halt(too_deep(), open));
        }
        self.bump();
        self.depth += 1;
        let inner = self.or();
        self.depth -= 1;
        if !self.take(&Token::Close) {
            let fault = Fault::new(Code::Unbalanced, "parenthesis is not closed", "add `)`");
            self.fault(fault, open);
        }
        Ok(inner)
    }

    /// Checks that the printed form is within the limits too: it is what is stored and read again.
    fn check_printed(&mut self, filter: &Filter) {
        if !self.faults.is_empty() {
            return;
        }
        if filter.nesting() > NESTING_MAX {
            self.fault(too_deep(), 0..0);
        }
        let bytes = filter.to_string().len();
        if bytes > TEXT_BYTES_MAX {
            self.fault(too_long("printed form of the text", bytes), 0..0);
        }
    }

    fn finish(mut self, filter: Filter) -> Parsed {
        self.faults.sort_by_key(|(_, span)| span.start);
        self.faults.truncate(ERRORS_MAX);
        let errors: Vec<SyntaxError> =
            self.faults.into_iter().map(|(fault, span)| fault.at(self.text, &span)).collect();
        let filter = errors.is_empty().then_some(filter);
        Parsed { filter, errors, warnings: self.warnings, keys: self.keys }
    }
}

fn too_deep() -> Fault {
    let message = format!("parentheses nest deeper than {NESTING_MAX} (NESTING_MAX)");
    Fault::new(Code::NestingTooDeep, message, "remove parentheses that change nothing, or use IN")
}

/// Says why a condition cannot start here.
fn unexpected(token: Option<&Token<'_>>, text: &str, span: &Range<usize>) -> Fault {
    let shown = brief(&text[span.clone()]);
    let (message, remedy) = match token {
        None | Some(Token::Pipe | Token::Semicolon) => {
            return Fault::new(
                Code::UnexpectedEnd,
                "expected a condition",
                "add one, or remove what asks for it",
            );
        }
        Some(Token::Var(_)) => {
            (format!("the variable `{shown}` stands for a value"), format!("compare it: field = {shown}"))
        }
        Some(Token::Compare(_)) => {
            (format!("expected a field before `{shown}`"), "add a field name".to_owned())
        }
        Some(Token::Close) => {
            ("expected a condition before `)`".to_owned(), "add one, or remove `()`".to_owned())
        }
        Some(Token::And | Token::Or) => {
            (format!("expected a condition before `{shown}`"), "add one".to_owned())
        }
        Some(Token::Comma) => ("unexpected `,`".to_owned(), "join conditions with AND or OR".to_owned()),
        Some(Token::Ampersand) => ("`&` is not an operator".to_owned(), "write AND or &&".to_owned()),
        Some(Token::OpenList | Token::CloseList) => (
            format!("unexpected `{shown}`"),
            "lists follow IN; any element of a list is written a[]".to_owned(),
        ),
        _ => (format!("unexpected `{shown}`"), "remove it, or quote it to search for it".to_owned()),
    };
    Fault::new(Code::UnexpectedToken, message, remedy)
}
