//! A condition on one value in one place: SQL over a text expression or over a number expression.
//!
//! An attribute may be text on one record and a number on the next, so each condition says what it means for both
//! (language.md 1.4, "Types"). Expressions here never see an absent value: the caller has tested presence.

use sightline_model::language::{Literal, Number, Op};
use sightline_store::Parameter;

use super::params::Params;
use super::pattern::{self, Words};

/// A positive condition; negative ones are its exact negation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// Equals one of these.
    OneOf(Vec<Literal>),
    /// `< <= > >=`.
    Order(Op, Literal),
    /// Between, both ends included.
    Between(Literal, Literal),
    /// `LIKE`, `ILIKE`, `CONTAINS`, `REGEXP`.
    Textual(Op, String),
    /// Whole words in order.
    Words(Words),
    /// The list in the value holds any of these, or all.
    Holds { all: bool, items: Vec<String> },
    /// Any presence will do.
    Exists,
}

impl Test {
    /// Tells whether a float may equal the number although the text beside it, which is exact, does not.
    pub(crate) fn has_inexact_number(&self) -> bool {
        let inexact = |literal: &Literal| match literal {
            Literal::Number(Number::Int(n)) => n.unsigned_abs() >= Number::EXACT_MAX.unsigned_abs(),
            _ => false,
        };
        matches!(self, Self::OneOf(literals) if literals.iter().any(inexact))
    }
}

/// How units are read at the place: whether a duration or bytes are numbers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    #[default]
    None,
    Bytes,
    Time,
}

/// What a literal means at a place.
enum Meaning {
    /// This number; equality also accepts the text when the value is text.
    Number(Number, String),
    /// This text.
    Text(String),
}

fn meaning(literal: &Literal, unit: Unit) -> Meaning {
    let text = literal.text();
    match literal {
        Literal::Number(n) => Meaning::Number(*n, text),
        Literal::Percent(p) => {
            let value = p / 100.0;
            Meaning::Number(Number::Float(value), value.to_string())
        }
        Literal::Duration(ns) if unit == Unit::Time => {
            Meaning::Number(Number::Int(i128::from(*ns)), ns.to_string())
        }
        Literal::Bytes(n) if unit == Unit::Bytes => {
            Meaning::Number(Number::Int(i128::from(*n)), n.to_string())
        }
        _ => Meaning::Text(text),
    }
}

/// Returns the condition over a text expression.
pub(crate) fn on_text(expr: &str, test: &Test, unit: Unit, params: &mut Params) -> String {
    match test {
        Test::Exists => "1".to_owned(),
        Test::OneOf(literals) => {
            let texts = literals.iter().map(|l| match meaning(l, unit) {
                Meaning::Number(_, text) | Meaning::Text(text) => text,
            });
            equals_any(expr, texts.collect(), params)
        }
        Test::Order(op, literal) => order_text(expr, op.as_str(), &meaning(literal, unit), params),
        Test::Between(low, high) => {
            let low = order_text(expr, ">=", &meaning(low, unit), params);
            format!("{low} AND {}", order_text(expr, "<=", &meaning(high, unit), params))
        }
        Test::Textual(op, pattern) => textual(expr, *op, pattern, params),
        Test::Words(words) => format!("match(lower({expr}), {})", params.text(&words.expression)),
        Test::Holds { all, items } => {
            let fun = if *all { "hasAll" } else { "hasAny" };
            format!("{fun}({}, {})", elements(expr), params.add(items.clone()))
        }
    }
}

/// Returns the condition over a number expression.
pub(crate) fn on_number(expr: &str, test: &Test, unit: Unit, params: &mut Params) -> String {
    match test {
        Test::Exists => "1".to_owned(),
        Test::OneOf(literals) => {
            let each: Vec<String> =
                literals.iter().filter_map(|l| equals_number(expr, &meaning(l, unit), params)).collect();
            any_of(&each)
        }
        Test::Order(op, literal) => order_number(expr, op.as_str(), &meaning(literal, unit), params),
        Test::Between(low, high) => {
            let low = order_number(expr, ">=", &meaning(low, unit), params);
            format!("{low} AND {}", order_number(expr, "<=", &meaning(high, unit), params))
        }
        Test::Textual(..) | Test::Words(_) => on_text(&format!("toString({expr})"), test, unit, params),
        Test::Holds { .. } => "0".to_owned(),
    }
}

/// Returns the members of a JSON array as texts; none for any other text.
fn elements(expr: &str) -> String {
    unquoted(&format!("JSONExtractArrayRaw({expr})"))
}

/// Returns pieces of JSON as texts: a string without its quotes, all else as it is written.
pub(crate) fn unquoted(raw: &str) -> String {
    format!("arrayMap(x -> if(startsWith(x, '\"'), JSONExtractString(x), x), {raw})")
}

fn equals_any(expr: &str, mut texts: Vec<String>, params: &mut Params) -> String {
    match texts.len() {
        0 => "0".to_owned(),
        1 => format!("{expr} = {}", params.text(texts.remove(0))),
        _ => format!("{expr} IN {}", params.add(texts)),
    }
}

fn any_of(each: &[String]) -> String {
    match each {
        [] => "0".to_owned(),
        [one] => one.clone(),
        many => format!("({})", many.join(" OR ")),
    }
}

fn equals_number(expr: &str, meaning: &Meaning, params: &mut Params) -> Option<String> {
    match meaning {
        // Beyond 2^53 a float is not the number: the text beside it decides.
        Meaning::Number(n, _) if !n.is_exact() => None,
        Meaning::Number(n, _) => Some(format!("{expr} = {}", number(*n, params))),
        Meaning::Text(text) => {
            let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
            (value.to_string() == *text).then(|| format!("{expr} = {}", params.add(value)))
        }
    }
}

fn order_text(expr: &str, op: &str, meaning: &Meaning, params: &mut Params) -> String {
    match meaning {
        Meaning::Text(text) => format!("{expr} {op} {}", params.text(text)),
        Meaning::Number(n, _) => {
            let value = format!("toFloat64OrNull({expr})");
            format!("ifNull({value} {op} {} AND isFinite({value}), 0)", number(*n, params))
        }
    }
}

fn order_number(expr: &str, op: &str, meaning: &Meaning, params: &mut Params) -> String {
    match meaning {
        Meaning::Text(_) => "0".to_owned(),
        Meaning::Number(n, _) => format!("{expr} {op} {}", number(*n, params)),
    }
}

fn number(n: Number, params: &mut Params) -> String {
    let value = match n {
        Number::Int(v) => match (i64::try_from(v), u64::try_from(v)) {
            (Ok(v), _) => Parameter::Signed(v),
            (_, Ok(v)) => Parameter::Unsigned(v),
            _ => Parameter::Float(n.as_f64()),
        },
        Number::Float(v) => Parameter::Float(v),
    };
    params.add(value)
}

fn textual(expr: &str, op: Op, pattern: &str, params: &mut Params) -> String {
    match op {
        Op::Contains => format!("positionCaseInsensitive({expr}, {}) > 0", params.text(pattern)),
        Op::Like => format!("match({expr}, {})", params.text(pattern::like(pattern, false))),
        Op::ILike => format!("match({expr}, {})", params.text(pattern::like(pattern, true))),
        _ => format!("match({expr}, {})", params.text(pattern)),
    }
}
