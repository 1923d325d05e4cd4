//! Reads values and lists of values, and types them by the field that they meet.

use std::ops::Range;

use super::ast::{List, Op, Operand};
use super::cursor::{Failed, Outcome, Parser};
use super::error::{Code, Fault, brief};
use super::keyword::Keyword;
use super::lexer::{Token, source_offset};
use super::limits::LIST_ITEMS_MAX;
use super::literal::{Raw, Subject, Use};
use super::pattern::{check_like, check_regex};

/// A value before it is typed.
pub(super) enum Value {
    Raw(Raw),
    Var(String),
}

impl Parser<'_> {
    /// Reads one value after an operator.
    pub(super) fn value(&mut self, after: &Range<usize>) -> Outcome<(Value, Range<usize>)> {
        let span = self.span();
        let value = match self.token() {
            Some(Token::Word(word)) if Keyword::of(word).is_some() => {
                let fault = Fault::new(
                    Code::KeywordAsValue,
                    format!("`{word}` is a keyword"),
                    format!("quote it to mean the text: '{word}'"),
                );
                self.bump();
                return Err(self.fault(fault, span));
            }
            Some(Token::Word(word)) => Value::Raw(Raw { text: (*word).to_owned(), quoted: false }),
            Some(Token::Quoted { star: true, .. }) => {
                let fault = Fault::new(
                    Code::UnexpectedToken,
                    "`*` after a value is not a pattern",
                    "write LIKE 'x%' for values that start with x",
                );
                self.bump();
                return Err(self.fault(fault, span.end - 1..span.end));
            }
            Some(Token::Quoted { text, .. }) => Value::Raw(Raw { text: text.clone(), quoted: true }),
            Some(Token::Var(name)) => {
                let name = *name;
                Value::Var(self.variable(name, &span)?)
            }
            other => {
                let shown = brief(&self.text[after.clone()]);
                let remedy = match other {
                    Some(Token::Backticked { .. }) => {
                        "fields cannot be compared with each other; quote text with '"
                    }
                    _ => "add a value, e.g. a = 'x'",
                };
                let fault =
                    Fault::new(Code::ExpectedValue, format!("expected a value after `{shown}`"), remedy);
                return Err(self.fault(fault, span));
            }
        };
        self.bump();
        Ok((value, span))
    }

    pub(super) fn check_operator(
        &mut self,
        subject: Subject,
        operator: &str,
        wanted: Use,
        span: &Range<usize>,
    ) -> Outcome<()> {
        subject.check_operator(operator, wanted).map_err(|fault| self.fault(fault, span.clone()))
    }

    /// Types a value, or keeps the variable.
    pub(super) fn operand_of(
        &mut self,
        subject: Subject,
        value: Value,
        wanted: Use,
        operator: &Range<usize>,
        span: &Range<usize>,
    ) -> Outcome<Operand> {
        let operator = &self.text[operator.clone()];
        self.check_operator(subject, operator, wanted, span)?;
        match value {
            Value::Var(name) => Ok(Operand::Var(name)),
            Value::Raw(raw) => {
                self.check_string(&raw.text, span)?;
                let literal = subject.literal(&raw, wanted);
                literal.map(Operand::Lit).map_err(|fault| self.fault(fault, span.clone()))
            }
        }
    }

    pub(super) fn check_pattern(&mut self, op: Op, raw: &Raw, span: &Range<usize>) -> Outcome<()> {
        match op {
            Op::Like | Op::ILike => check_like(&raw.text).map_err(|fault| self.fault(fault, span.clone())),
            Op::Regexp => {
                self.count_regex(span)?;
                check_regex(&raw.text).map_err(|(fault, place)| {
                    let source = &self.text[span.clone()];
                    let at = |byte: usize| match raw.quoted {
                        true => span.start + source_offset(source, byte),
                        false => span.start + byte.min(source.len()),
                    };
                    let place = at(place.start)..at(place.end);
                    self.fault(fault, place)
                })
            }
            _ => Ok(()),
        }
    }

    /// Reads `(a, b)`, `[a, b]`, `$v` or a single value.
    pub(super) fn list(&mut self, subject: Subject, wanted: Use, operator: &Range<usize>) -> Outcome<List> {
        let close = match self.token() {
            Some(Token::Open) => Token::Close,
            Some(Token::OpenList) => Token::CloseList,
            _ => {
                let (value, span) = self.value(operator)?;
                return Ok(match self.operand_of(subject, value, wanted, operator, &span)? {
                    Operand::Var(name) => List::Var(name),
                    literal => List::Items(vec![literal]),
                });
            }
        };
        let open = self.span();
        self.bump();
        self.items(subject, wanted, operator, &open, &close).inspect_err(|Failed| self.skip_list(&close))
    }

    fn items(
        &mut self,
        subject: Subject,
        wanted: Use,
        operator: &Range<usize>,
        open: &Range<usize>,
        close: &Token<'_>,
    ) -> Outcome<List> {
        if self.token() == Some(close) {
            let fault = Fault::new(Code::EmptyList, "the list is empty", "add a value, e.g. ('x')");
            let span = self.span();
            return Err(self.fault(fault, span));
        }
        let mut items = Vec::new();
        loop {
            let (value, span) = self.value(operator)?;
            if items.len() == LIST_ITEMS_MAX {
                let message = format!("the list has more than {LIST_ITEMS_MAX} values (LIST_ITEMS_MAX)");
                return Err(
                    self.fault(Fault::new(Code::ListTooLong, message, "use two lists, or a pattern"), span)
                );
            }
            items.push(self.operand_of(subject, value, wanted, operator, &span)?);
            if self.take(close) {
                return Ok(match <[Operand; 1]>::try_from(items) {
                    Ok([Operand::Var(name)]) => List::Var(name),
                    Ok([literal]) => List::Items(vec![literal]),
                    Err(items) => List::Items(items),
                });
            }
            if !self.take(&Token::Comma) {
                return Err(self.not_listed(open));
            }
        }
    }

    fn not_listed(&mut self, open: &Range<usize>) -> Failed {
        let span = self.span();
        let (fault, span) = match self.token() {
            None => (Fault::new(Code::Unbalanced, "the list is not closed", "add `)`"), open.clone()),
            Some(_) => {
                let shown = brief(&self.text[span.clone()]);
                let message = format!("unexpected `{shown}` in a list");
                (
                    Fault::new(Code::UnexpectedToken, message, "separate values with `,` and close the list"),
                    span,
                )
            }
        };
        self.fault(fault, span)
    }

    /// Skips a list with a fault, so that its end is not taken for the end of a group.
    pub(super) fn skip_list(&mut self, close: &Token<'_>) {
        let mut open = 0_usize;
        while let Some(token) = self.token() {
            let is_end = open == 0 && token == close;
            match token {
                Token::Open => open += 1,
                Token::Close => open = open.saturating_sub(1),
                _ => {}
            }
            self.bump();
            if is_end {
                return;
            }
        }
    }
}
