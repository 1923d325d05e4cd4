//! Where the value of a key may be on a record, and how a condition reads it there.

use sightline_model::language::{Literal, Op, Time};

use super::params::Params;
use super::test::{self, Test, Unit};

/// A place. Places of a key are tried in order; the first in which the record has a value decides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    /// The text map and the number map of a span's own attributes.
    Attribute {
        /// Mark of the key.
        key: String,
        /// Only on these records (the side of a call).
        guard: Option<String>,
        /// What the store economises: the column that holds the value when the map does not.
        stored: Option<Column>,
    },
    /// Any text expression.
    Text(Column),
    /// Any number expression.
    Number(Column),
    /// A closed list by number, whose literals are the numbers themselves.
    Code(&'static str),
    /// The line of a log record: whole words are looked up in its index of tokens first.
    Line,
    /// The severity of a log record: a word is a range of numbers, 0 is none.
    Severity,
    /// `Bool`.
    Flag(&'static str),
    /// `DateTime64`.
    Time(Column),
    /// A fixed number of raw bytes; zeros mean absent.
    Id { expr: &'static str, bytes: u8 },
    /// A place inside a sub-query over resources.
    Resource(Box<Self>),
    /// The condition holds for any element: `arrayExists((args) -> condition, over)`.
    Any { args: &'static str, over: &'static str, place: Box<Self> },
    /// Any element of the JSON list in the text of these places.
    Elements { lists: Vec<Self>, path: Option<String> },
    /// A property of the whole trace, over a sub-query with one row a trace.
    Trace { having: Box<Self> },
}

/// An expression and the condition under which it is a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    /// SQL that is true where there is a value; none where there always is.
    pub(crate) present: Option<String>,
    /// SQL of the value.
    pub(crate) expr: String,
}

impl Column {
    /// A column whose empty text means absent.
    pub(crate) fn text(expr: &str) -> Self {
        Self { present: Some(format!("{expr} != ''")), expr: expr.to_owned() }
    }

    /// A column that always has a value.
    pub(crate) fn always(expr: &str) -> Self {
        Self { present: None, expr: expr.to_owned() }
    }
}

/// What conditions need beside the place.
pub(crate) struct Context<'a> {
    pub(crate) params: &'a mut Params,
    pub(crate) unit: Unit,
    /// Turns an instant of the text into nanoseconds.
    pub(crate) resolve: &'a dyn Fn(&Time) -> i64,
    /// A sub-query over the spans of the range, grouped by trace, up to `HAVING`.
    pub(crate) traces: &'a str,
}

impl Place {
    /// Returns SQL that is true where the record has a value here.
    pub(crate) fn present(&self, cx: &mut Context<'_>) -> String {
        self.condition(&Test::Exists, cx)
    }

    /// Returns SQL that is true where the record has a value here and the value meets the test.
    pub(crate) fn condition(&self, test: &Test, cx: &mut Context<'_>) -> String {
        match self {
            Self::Attribute { key, guard, stored } => {
                let own = attribute(key, test, cx);
                let own = match stored {
                    Some(column) => format!("({own} OR {})", on_column(column, test, cx)),
                    None => own,
                };
                guard.iter().fold(own, |own, guard| format!("({guard} AND {own})"))
            }
            Self::Text(column) => on_column(column, test, cx),
            Self::Number(Column { present, expr }) => {
                with(present.as_ref(), &test::on_number(expr, test, cx.unit, cx.params))
            }
            Self::Line => line(test, cx),
            Self::Severity => severity(test),
            Self::Code(expr) => code(expr, test),
            Self::Flag(expr) => flag(expr, test),
            Self::Time(Column { present, expr }) => {
                let condition = time(expr, test, cx);
                if present.is_some() { with(present.as_ref(), &condition) } else { condition }
            }
            Self::Id { expr, bytes } => id(expr, *bytes, test, cx.params),
            Self::Resource(inner) => {
                let inner = inner.condition(test, cx);
                of_resources(&inner)
            }
            Self::Any { args, over, place } => {
                format!("arrayExists(({args}) -> ({}), {over})", place.condition(test, cx))
            }
            Self::Elements { lists, path } => elements(lists, path.as_deref(), test, cx),
            Self::Trace { having } => {
                let inner = having.condition(test, cx);
                format!("trace_id IN (SELECT trace_id FROM ({}) WHERE {inner})", cx.traces)
            }
        }
    }
}

fn with(present: Option<&String>, condition: &str) -> String {
    match present {
        Some(present) => format!("({present} AND {condition})"),
        None => format!("({condition})"),
    }
}

fn on_column(column: &Column, test: &Test, cx: &mut Context<'_>) -> String {
    with(column.present.as_ref(), &test::on_text(&column.expr, test, cx.unit, cx.params))
}

/// A text and a number of the same key are never both meant: a whole number beyond 2^53 is in both maps, and there
/// the text is exact.
fn attribute(key: &str, test: &Test, cx: &mut Context<'_>) -> String {
    let text = test::on_text(&format!("attrs[{key}]"), test, cx.unit, cx.params);
    let text = format!("(mapContains(attrs, {key}) AND {text})");
    let number = test::on_number(&format!("num_attrs[{key}]"), test, cx.unit, cx.params);
    match number.as_str() {
        "0" => text,
        "1" => format!("(mapContains(attrs, {key}) OR mapContains(num_attrs, {key}))"),
        _ if matches!(test, Test::Textual(..) | Test::Words(_)) || test.has_inexact_number() => format!(
            "({text} OR (mapContains(num_attrs, {key}) AND NOT mapContains(attrs, {key}) AND {number}))"
        ),
        _ => format!("({text} OR (mapContains(num_attrs, {key}) AND {number}))"),
    }
}

/// Numbers of a closed list are ours, not the asker's: they stand in the statement.
fn code(expr: &str, test: &Test) -> String {
    match test {
        Test::Exists => "1".to_owned(),
        Test::OneOf(literals) => {
            let number = |literal: &Literal| match literal {
                Literal::Enum(member) => Some(member.number.to_string()),
                _ => None,
            };
            let numbers: Vec<String> = literals.iter().filter_map(number).collect();
            if numbers.is_empty() { "0".to_owned() } else { format!("{expr} IN ({})", numbers.join(", ")) }
        }
        _ => "0".to_owned(),
    }
}

/// The index is on exactly this expression (schema.md D4); what it lets through is then matched.
fn line(test: &Test, cx: &mut Context<'_>) -> String {
    let own = on_column(&Column::text("body"), test, cx);
    let Test::Words(words) = test else { return own };
    let tokens = words.tokens.iter().map(|token| format!("hasToken(lower(body), {})", cx.params.text(token)));
    let all: Vec<String> = tokens.chain([own]).collect();
    format!("({})", all.join(" AND "))
}

/// Numbers of a closed list are ours, not the asker's: they stand in the statement.
fn severity(test: &Test) -> String {
    let range = |literal: &Literal| match literal {
        Literal::Enum(member) => Some((member.number, member.last)),
        _ => None,
    };
    let sent = "severity_number != 0";
    match test {
        Test::Exists => sent.to_owned(),
        Test::OneOf(literals) => {
            let ranges = literals.iter().filter_map(range);
            let each: Vec<String> =
                ranges.map(|(low, high)| format!("severity_number BETWEEN {low} AND {high}")).collect();
            if each.is_empty() { "0".to_owned() } else { format!("({})", each.join(" OR ")) }
        }
        Test::Order(op, literal) => range(literal).map_or("0".to_owned(), |(low, high)| match op {
            Op::Ge => format!("severity_number >= {low}"),
            Op::Gt => format!("severity_number > {high}"),
            Op::Lt => format!("({sent} AND severity_number < {low})"),
            _ => format!("({sent} AND severity_number <= {high})"),
        }),
        Test::Between(low, high) => match (range(low), range(high)) {
            (Some((low, _)), Some((_, high))) => format!("(severity_number BETWEEN {low} AND {high})"),
            _ => "0".to_owned(),
        },
        _ => "0".to_owned(),
    }
}

fn flag(expr: &str, test: &Test) -> String {
    let truth = |literal: &Literal| match literal {
        Literal::Bool(value) => Some(*value),
        Literal::Enum(member) => Some(member.number == 1),
        _ => None,
    };
    match test {
        Test::Exists => "1".to_owned(),
        Test::OneOf(literals) => {
            let values: Vec<bool> = literals.iter().filter_map(truth).collect();
            match (values.contains(&true), values.contains(&false)) {
                (true, true) => "1".to_owned(),
                (true, false) => expr.to_owned(),
                (false, true) => format!("(NOT {expr})"),
                (false, false) => "0".to_owned(),
            }
        }
        _ => "0".to_owned(),
    }
}

fn time(expr: &str, test: &Test, cx: &mut Context<'_>) -> String {
    let mut instant = |literal: &Literal| {
        // Of keys that the language does not know as times, such as the end of an event, the text is one.
        let time = match literal {
            Literal::Time(time) => Some(*time),
            other => Time::parse(&other.text()),
        };
        match time {
            Some(time) => format!("fromUnixTimestamp64Nano({})", cx.params.add((cx.resolve)(&time))),
            None => "NULL".to_owned(),
        }
    };
    match test {
        Test::Exists => "1".to_owned(),
        Test::OneOf(literals) => {
            let each: Vec<String> = literals.iter().map(|l| format!("{expr} = {}", instant(l))).collect();
            format!("({})", each.join(" OR "))
        }
        Test::Order(op, literal) => format!("{expr} {} {}", op.as_str(), instant(literal)),
        Test::Between(low, high) => format!("({expr} >= {} AND {expr} <= {})", instant(low), instant(high)),
        _ => "0".to_owned(),
    }
}

fn id(expr: &str, bytes: u8, test: &Test, params: &mut Params) -> String {
    let hex = |literal: &Literal| match literal {
        Literal::TraceId(id) => Some(id.to_string()),
        Literal::SpanId(id) => Some(id.to_string()),
        _ => None,
    };
    match test {
        Test::Exists => format!("{expr} != toFixedString('', {bytes})"),
        Test::OneOf(literals) => {
            let each: Vec<String> = literals
                .iter()
                .filter_map(hex)
                .map(|hex| format!("toFixedString(unhex({}), {bytes})", params.text(hex)))
                .collect();
            if each.is_empty() { "0".to_owned() } else { format!("{expr} IN ({})", each.join(", ")) }
        }
        _ => "0".to_owned(),
    }
}

/// The list is the text of the first place that has one; its elements are compared as texts.
fn elements(lists: &[Place], path: Option<&str>, test: &Test, cx: &mut Context<'_>) -> String {
    let path = path.map(|path| {
        let steps: Vec<String> = path.split('.').map(|step| cx.params.text(step)).collect();
        steps.join(", ")
    });
    let raw = |list: &str| match &path {
        Some(steps) => format!(
            "arrayFilter(x -> x != '', arrayMap(x -> JSONExtractRaw(x, {steps}), JSONExtractArrayRaw({list})))"
        ),
        None => format!("JSONExtractArrayRaw({list})"),
    };
    let matches: Box<dyn Fn(String) -> String> = match test {
        Test::Holds { all, items } => {
            let (fun, items) = (if *all { "hasAll" } else { "hasAny" }, cx.params.add(items.clone()));
            Box::new(move |texts| format!("{fun}({texts}, {items})"))
        }
        _ => {
            let inner = test::on_text("e", test, cx.unit, cx.params);
            Box::new(move |texts| format!("arrayExists(e -> ({inner}), {texts})"))
        }
    };
    let any = |list: &str| matches(test::unquoted(&raw(list)));
    let each = lists.iter().map(|place| {
        let inside = |present: &Option<String>, expr: &str| {
            format!("({} AND {})", present.as_deref().unwrap_or("1"), any(expr))
        };
        match place {
            Place::Attribute { key, .. } => {
                inside(&Some(format!("mapContains(attrs, {key})")), &format!("attrs[{key}]"))
            }
            Place::Text(Column { present, expr }) => inside(present, expr),
            Place::Resource(place) => match &**place {
                Place::Text(Column { present, expr }) => of_resources(&inside(present, expr)),
                _ => "0".to_owned(),
            },
            _ => "0".to_owned(),
        }
    });
    format!("({})", each.collect::<Vec<_>>().join(" OR "))
}

fn of_resources(inner: &str) -> String {
    format!(
        "resource_id IN (SELECT resource_id FROM sightline.resources WHERE {{scope:resources}} AND ({inner}))"
    )
}
