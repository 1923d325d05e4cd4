//! Reads the functions `has`, `hasAny`, `hasAll`, `hasToken` and `search`.

use std::ops::Range;

use super::ast::{Filter, HasFn, List, Text};
use super::cursor::{Failed, Outcome, Parser};
use super::error::{Code, Fault, brief};
use super::lexer::Token;
use super::literal::Use;
use super::suggest::nearest;
use super::value::Value;

/// The names of the functions, as they are offered.
pub(super) const FUNCTIONS: [&str; 5] = ["has", "hasAny", "hasAll", "hasToken", "search"];

impl<'a> Parser<'a> {
    /// Tells whether the word calls a function: `(` follows at once, or after a space if the word is the name of one and a field
    /// and `,` follow.
    pub(super) fn is_call(&self, word: &str) -> bool {
        let token = |at: usize| self.ahead(at).map(|spanned| &spanned.token);
        let is_known = FUNCTIONS.iter().any(|name| name.eq_ignore_ascii_case(word));
        let is_glued = self.ahead(1).is_some_and(|next| next.glued);
        token(1) == Some(&Token::Open) && (is_glued || (is_known && token(3) == Some(&Token::Comma)))
    }

    /// Reads a call.
    pub(super) fn call(&mut self, word: &'a str) -> Outcome<Filter> {
        let span = self.span();
        self.count_condition(&span)?;
        let Some(name) = FUNCTIONS.iter().find(|name| name.eq_ignore_ascii_case(word)) else {
            let suggestions = nearest(word, FUNCTIONS);
            let remedy = match suggestions.first() {
                Some(best) => format!("did you mean `{best}`?"),
                None => format!("one of: {}; or put a space before `(`", FUNCTIONS.join(", ")),
            };
            let message = format!("unknown function `{}`", brief(word));
            let fault = Fault::new(Code::UnknownFunction, message, remedy).suggest(suggestions);
            return Err(self.fault(fault, span));
        };
        self.bump();
        let open = self.span();
        self.bump();
        let called = match HasFn::ALL.into_iter().find(|fun| fun.as_str() == *name) {
            Some(fun) => self.has(fun, &open),
            None => self.search(&open),
        };
        called.inspect_err(|Failed| self.skip_list(&Token::Close))
    }

    fn has(&mut self, fun: HasFn, open: &Range<usize>) -> Outcome<Filter> {
        let key_span = self.span();
        let (key, subject) = self.key()?;
        let wanted = if fun == HasFn::HasToken { Use::Textual } else { Use::Member };
        self.check_operator(subject, fun.as_str(), wanted, &key_span)?;
        let comma = self.span();
        if !self.take(&Token::Comma) {
            return Err(self.arity(fun.as_str(), "a field and a value", open));
        }
        let list = if fun.takes_list() {
            self.list(subject, wanted, &comma)?
        } else {
            let (value, span) = self.value(&comma)?;
            if let (HasFn::HasToken, Value::Raw(raw)) = (fun, &value) {
                self.check_phrase(&raw.text, &span)?;
            }
            List::Items(vec![self.operand_of(subject, value, wanted, &comma, &span)?])
        };
        if !self.take(&Token::Close) {
            return Err(self.arity(fun.as_str(), "a field and a value", open));
        }
        Ok(Filter::Has { fun, key, list })
    }

    fn search(&mut self, open: &Range<usize>) -> Outcome<Filter> {
        let span = self.span();
        let (phrase, prefix) = match self.token() {
            Some(Token::Quoted { text, star }) => (text.clone(), *star),
            Some(Token::Word(word)) => match word.strip_suffix('*') {
                Some(phrase) => (phrase.to_owned(), true),
                None => ((*word).to_owned(), false),
            },
            _ => return Err(self.arity("search", "a text and perhaps fields", open)),
        };
        self.bump();
        let mut keys = Vec::new();
        while self.take(&Token::Comma) {
            let key_span = self.span();
            let (key, subject) = self.key()?;
            self.check_operator(subject, "search", Use::Textual, &key_span)?;
            keys.push(key);
        }
        if !self.take(&Token::Close) {
            return Err(self.arity("search", "a text and perhaps fields", open));
        }
        if keys.is_empty() {
            return self.phrase(phrase, prefix, &span);
        }
        self.check_phrase(&phrase, &span)?;
        Ok(Filter::Text(Text { phrase, prefix, keys }))
    }

    fn arity(&mut self, name: &str, takes: &str, open: &Range<usize>) -> Failed {
        if self.token().is_none() {
            let fault = Fault::new(Code::Unbalanced, "parenthesis is not closed", "add `)`");
            return self.fault(fault, open.clone());
        }
        let span = self.span();
        self.fault(Fault::new(Code::BadArity, format!("{name} takes {takes}"), example(name)), span)
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "hasAny" => "write hasAny(tags, ('a', 'b'))",
        "hasAll" => "write hasAll(tags, ('a', 'b'))",
        "hasToken" => "write hasToken(body, 'word')",
        "search" => "write search(\"words\", body)",
        _ => "write has(tags, 'a')",
    }
}
