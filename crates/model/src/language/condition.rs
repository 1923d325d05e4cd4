//! Reads conditions: a field, an operator and what it is compared with.

use std::ops::Range;

use super::ast::{Filter, Key, Literal, Op, Operand};
use super::cursor::{Failed, Outcome, Parser};
use super::error::{Code, Fault, brief};
use super::fields::Reading;
use super::keyword::Keyword;
use super::lexer::{Compare, Token};
use super::literal::{Subject, Use};
use super::pattern::check_regex;
use super::resolve;
use super::value::Value;

impl Parser<'_> {
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
    pub(super) fn key(&mut self) -> Outcome<(Key, Subject)> {
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
        // Checked alone first: `a)(b` would be balanced by the group around it.
        let whole = format!("^(?:{})$", raw.text);
        check_regex(&whole).map_err(|(fault, _)| self.fault(fault, span))?;
        Ok(Filter::Cmp { key, op, value: Operand::Lit(Literal::Text(whole)) })
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
}
