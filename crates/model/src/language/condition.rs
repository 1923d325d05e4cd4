//! Reads conditions: a field, an operator, values; and the functions `has`, `hasAny`, `hasAll`, `hasToken`, `search`.

use std::ops::Range;

use super::ast::{Filter, HasFn, Key, List, Literal, Op, Operand, Text};
use super::error::{Code, Fault, brief};
use super::fields::Reading;
use super::keyword::Keyword;
use super::lexer::{Compare, Token, source_offset};
use super::limits::LIST_ITEMS_MAX;
use super::literal::{Raw, Subject, Use};
use super::parser::{Failed, Outcome, Parser};
use super::pattern::{check_like, check_regex};
use super::resolve;
use super::suggest::nearest;

/// The names of the functions, as they are offered.
pub(super) const FUNCTIONS: [&str; 5] = ["has", "hasAny", "hasAll", "hasToken", "search"];

/// A value before it is typed.
enum Value {
    Raw(Raw),
    Var(String),
}

impl<'a> Parser<'a> {
    /// Reads a key and what is asked of it.
    pub(super) fn condition(&mut self) -> Outcome<Filter> {
        let span = self.span();
        self.count_condition(&span)?;
        let (key, subject) = self.key()?;
        let is_not = self.keyword(0) == Some(Keyword::Not);
        if is_not {
            self.bump();
        }
        let operator = self.span();
        if let Some(Token::Compare(sign)) = self.token() {
            let sign = *sign;
            self.bump();
            return if is_not {
                Err(self.not_sign(&operator))
            } else {
                self.comparison(key, subject, sign, &operator)
            };
        }
        let Some(keyword) = self.keyword(0).filter(|keyword| keyword.is_operator()) else {
            let remedy = format!("add a condition, e.g. {} EXISTS", brief(&self.text[span.clone()]));
            return Err(
                self.fault(Fault::new(Code::ExpectedOperator, "expected an operator", remedy), operator)
            );
        };
        self.bump();
        let filter = self.keyword_condition(key, subject, keyword, &operator)?;
        Ok(if is_not { filter.negate() } else { filter })
    }

    fn not_sign(&mut self, sign: &Range<usize>) -> Failed {
        let sign_text = &self.text[sign.clone()];
        let remedy = match sign_text {
            "=" | "==" => "write !=",
            "!=" | "<>" => "write =",
            "=~" => "write !~",
            _ => "put NOT before the field",
        };
        let fault =
            Fault::new(Code::UnexpectedToken, format!("`NOT {sign_text}` is not an operator"), remedy);
        self.fault(fault, sign.clone())
    }

    /// Reads a key: a bare word or a name in backticks.
    fn key(&mut self) -> Outcome<(Key, Subject)> {
        let span = self.span();
        let (key, reading) = match self.token() {
            Some(Token::Word(word)) => match resolve::bare(word, self.signal) {
                Ok(resolved) => {
                    if resolved.had_suffix {
                        let message =
                            "the type after the colon is dropped: the literal says the type".to_owned();
                        self.warn("type_suffix", message, &span);
                    }
                    (resolved.key, resolved.reading)
                }
                Err(fault) => return Err(self.fault(fault, span)),
            },
            Some(Token::Backticked { context, name }) => match resolve::literal(context, name, self.signal) {
                Ok(key) => (key, Reading::Same),
                Err(fault) => return Err(self.fault(fault, span)),
            },
            _ => {
                let fault = Fault::new(Code::BadKey, "expected a field name", "write the name of a field");
                return Err(self.fault(fault, span));
            }
        };
        self.bump();
        self.note_key(&key, &span);
        let subject = Subject { field: key.field(self.signal), unit: key.unit(self.signal), reading };
        Ok((key, subject))
    }

    fn comparison(
        &mut self,
        key: Key,
        subject: Subject,
        sign: Compare,
        operator: &Range<usize>,
    ) -> Outcome<Filter> {
        let op = match sign {
            Compare::Eq => Op::Eq,
            Compare::Ne => Op::Ne,
            Compare::Lt => Op::Lt,
            Compare::Le => Op::Le,
            Compare::Gt => Op::Gt,
            Compare::Ge => Op::Ge,
            Compare::Match => Op::Regexp,
            Compare::NotMatch => Op::NotRegexp,
        };
        let (value, span) = self.value(operator)?;
        if subject.reading == Reading::IsError {
            return self.is_error(&key, op, value, span);
        }
        match (op, value) {
            (Op::Regexp | Op::NotRegexp, value) => self.anchored(key, subject, op, value, span),
            (op, value) => {
                let wanted = if op.is_ordering() { Use::Ordering } else { Use::Equality };
                let value = self.operand_of(subject, value, wanted, operator, &span)?;
                Ok(Filter::Cmp { key, op, value })
            }
        }
    }

    /// `has_error = true` is `status = error`.
    fn is_error(&mut self, key: &Key, op: Op, value: Value, span: Range<usize>) -> Outcome<Filter> {
        let Value::Raw(raw) = value else {
            return Err(self.only_is_error(span));
        };
        let is_true = raw.text.eq_ignore_ascii_case("true");
        if !matches!(op, Op::Eq | Op::Ne) {
            return Err(self.only_is_error(span));
        }
        if !is_true && !raw.text.eq_ignore_ascii_case("false") {
            let message = format!("`{}` is not a value of has_error", brief(&raw.text));
            return Err(self.fault(Fault::new(Code::BadEnum, message, "one of: true, false"), span));
        }
        let op = if is_true == (op == Op::Eq) { Op::Eq } else { Op::Ne };
        let members = key.field(self.signal).map_or(&[][..], |field| field.members);
        match members.iter().find(|member| member.name == "error") {
            Some(member) => {
                Ok(Filter::Cmp { key: key.clone(), op, value: Operand::Lit(Literal::Enum(member)) })
            }
            None => Err(self.only_is_error(span)),
        }
    }

    fn only_is_error(&mut self, span: Range<usize>) -> Failed {
        let message = "this spelling of the status compares only with true and false";
        self.fault(
            Fault::new(Code::BadOperator, message, "write status = error, or another condition on status"),
            span,
        )
    }

    /// `=~` and `!~` match the whole value, as in `PromQL`.
    fn anchored(
        &mut self,
        key: Key,
        subject: Subject,
        op: Op,
        value: Value,
        span: Range<usize>,
    ) -> Outcome<Filter> {
        let Value::Raw(raw) = value else {
            let fault = Fault::new(
                Code::ExpectedValue,
                "expected an expression after `=~`, which takes no variable",
                "write the expression in quotes, or use IN $variable",
            );
            return Err(self.fault(fault, span));
        };
        self.check_operator(subject, "=~", Use::Textual, &span)?;
        self.check_string(&raw.text, &span)?;
        self.check_pattern(Op::Regexp, &raw, &span)?;
        let pattern = format!("^(?:{})$", raw.text);
        let whole = Raw { text: pattern, quoted: raw.quoted };
        self.check_pattern(Op::Regexp, &whole, &span)?;
        Ok(Filter::Cmp { key, op, value: Operand::Lit(Literal::Text(whole.text)) })
    }

    fn keyword_condition(
        &mut self,
        key: Key,
        subject: Subject,
        keyword: Keyword,
        operator: &Range<usize>,
    ) -> Outcome<Filter> {
        if keyword == Keyword::Exists {
            return Ok(Filter::Exists { key, negated: false });
        }
        if subject.reading == Reading::IsError {
            let span = self.span();
            return Err(self.only_is_error(span));
        }
        if keyword == Keyword::In {
            let list = self.list(subject, Use::Equality, operator)?;
            return Ok(Filter::In { key, list, negated: false });
        }
        if keyword == Keyword::Between {
            return self.between(key, subject, operator);
        }
        let op = keyword.comparison().unwrap_or(Op::Contains);
        let (value, span) = self.value(operator)?;
        if let Value::Raw(raw) = &value {
            self.check_operator(subject, op.as_str(), Use::Textual, &span)?;
            self.check_pattern(op, raw, &span)?;
        }
        let value = self.operand_of(subject, value, Use::Textual, operator, &span)?;
        Ok(Filter::Cmp { key, op, value })
    }

    fn between(&mut self, key: Key, subject: Subject, operator: &Range<usize>) -> Outcome<Filter> {
        let (low, low_span) = self.value(operator)?;
        let low = self.operand_of(subject, low, Use::Ordering, operator, &low_span)?;
        if self.keyword(0) != Some(Keyword::And) && self.token() != Some(&Token::And) {
            let fault = Fault::new(
                Code::UnexpectedToken,
                "expected AND between the two values",
                "write BETWEEN 1 AND 5",
            );
            let span = self.span();
            return Err(self.fault(fault, span));
        }
        let and = self.span();
        self.bump();
        let (high, high_span) = self.value(&and)?;
        let high = self.operand_of(subject, high, Use::Ordering, operator, &high_span)?;
        Ok(Filter::Between { key, low, high, negated: false })
    }

    // --- values

    /// Reads one value after an operator.
    fn value(&mut self, after: &Range<usize>) -> Outcome<(Value, Range<usize>)> {
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

    fn check_operator(
        &mut self,
        subject: Subject,
        operator: &str,
        wanted: Use,
        span: &Range<usize>,
    ) -> Outcome<()> {
        subject.check_operator(operator, wanted).map_err(|fault| self.fault(fault, span.clone()))
    }

    /// Types a value, or keeps the variable.
    fn operand_of(
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

    fn check_pattern(&mut self, op: Op, raw: &Raw, span: &Range<usize>) -> Outcome<()> {
        match op {
            Op::Like | Op::ILike => check_like(&raw.text).map_err(|fault| self.fault(fault, span.clone())),
            Op::Regexp => check_regex(&raw.text).map_err(|(fault, place)| {
                let source = &self.text[span.clone()];
                let at = |byte: usize| match raw.quoted {
                    true => span.start + source_offset(source, byte),
                    false => span.start + byte.min(source.len()),
                };
                let place = at(place.start)..at(place.end);
                self.fault(fault, place)
            }),
            _ => Ok(()),
        }
    }

    /// Reads `(a, b)`, `[a, b]`, `$v` or a single value.
    fn list(&mut self, subject: Subject, wanted: Use, operator: &Range<usize>) -> Outcome<List> {
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
    fn skip_list(&mut self, close: &Token<'_>) {
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

    // --- functions

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
