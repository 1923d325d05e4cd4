//! Types a value by the way it is written, the field that it meets and the operator between them.

use crate::{SpanId, TraceId};

use super::ast::Literal;
use super::error::{Code, Fault, brief};
use super::fields::{EnumMember, Field, Reading, ValueType};
use super::suggest::nearest;
use super::table::BOOLS;
use super::time::Time;
use super::units::{self, OutOfRange};

/// A value as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// What the value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// `= != IN`
    Equality,
    /// `< <= > >= BETWEEN`
    Ordering,
    /// `LIKE ILIKE CONTAINS REGEXP hasToken`
    Textual,
    /// `has hasAny hasAll`
    Member,
}

/// What the value is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    pub(super) field: Option<&'static Field>,
    pub(super) unit: Option<&'static str>,
    pub(super) reading: Reading,
}

impl Subject {
    /// Checks that the operator makes sense for the type of the field.
    pub(super) fn check_operator(&self, operator: &str, wanted: Use) -> Result<(), Fault> {
        let Some(field) = self.field else { return Ok(()) };
        if fits(field.value, wanted) && !(wanted == Use::Member && field.name != "body") {
            return Ok(());
        }
        let remedy = match field.value {
            ValueType::TraceId | ValueType::SpanId => "use =, !=, IN or EXISTS",
            ValueType::Bool | ValueType::Enum => "use =, !=, IN or EXISTS",
            ValueType::Text => "it is one text, not a list: use =, IN or CONTAINS",
            _ => "use =, !=, <, <=, >, >=, BETWEEN, IN or EXISTS",
        };
        let message =
            format!("`{operator}` does not fit `{}`, which is a {}", field.name, field.value.as_str());
        Err(Fault::new(Code::BadOperator, message, remedy))
    }

    /// Types the value.
    pub(super) fn literal(&self, raw: &Raw, wanted: Use) -> Result<Literal, Fault> {
        match self.field {
            Some(field) => self.of_field(field, raw),
            None => self.of_attribute(raw, wanted),
        }
    }

    fn of_field(&self, field: &'static Field, raw: &Raw) -> Result<Literal, Fault> {
        let text = raw.text.as_str();
        match field.value {
            ValueType::Text => Ok(Literal::Text(text.to_owned())),
            ValueType::Int => number(field, text),
            ValueType::Float => quantity(field, text),
            ValueType::Bool => {
                let member = BOOLS.iter().find(|member| member.name.eq_ignore_ascii_case(text));
                member
                    .map(|member| Literal::Bool(member.number == 1))
                    .ok_or_else(|| bad_enum(field.name, text, BOOLS))
            }
            ValueType::Time => Time::parse(text).map(Literal::Time).ok_or_else(|| {
                let message = format!("`{}` is not a time", brief(text));
                Fault::new(Code::BadTime, message, "write now-15m, now-1d/d or '2026-11-22T10:00:00Z'")
            }),
            ValueType::Duration => self.duration(field, text),
            ValueType::Enum | ValueType::Severity => member(field, text)
                .map(Literal::Enum)
                .ok_or_else(|| bad_enum(field.name, text, field.members)),
            ValueType::TraceId => TraceId::parse(text).map(Literal::TraceId).map_err(|_| {
                let message = format!("`{}` is not a trace id", brief(text));
                Fault::new(Code::BadId, message, "32 hex digits, not all zero")
            }),
            ValueType::SpanId => SpanId::parse(text).map(Literal::SpanId).map_err(|_| {
                let message = format!("`{}` is not a span id", brief(text));
                Fault::new(Code::BadId, message, "16 hex digits, not all zero")
            }),
        }
    }

    fn duration(&self, field: &Field, text: &str) -> Result<Literal, Fault> {
        if let Some(length) = units::duration(text) {
            return length.map(Literal::Duration).map_err(|why| out_of_range(text, why));
        }
        let is_number = units::number(text).is_some();
        if is_number && self.reading == Reading::Nanos {
            return match units::duration(&format!("{text}ns")) {
                Some(length) => length.map(Literal::Duration).map_err(|why| out_of_range(text, why)),
                None => Err(out_of_range(text, OutOfRange::TooFine)),
            };
        }
        if is_number {
            let (ms, s) = (format!("{text}ms"), format!("{text}s"));
            let remedy = format!("write {} or {}", brief(&ms), brief(&s));
            let fault = Fault::new(Code::UnitMissing, format!("`{}` has no unit", brief(text)), remedy);
            return Err(fault.suggest(vec![ms, s]));
        }
        let message = format!("`{}` is not a duration, which `{}` is", brief(text), field.name);
        Err(Fault::new(
            Code::UnitMismatch,
            message,
            "write a number with ns, us, ms, s, m, h, d or w, e.g. 250ms",
        ))
    }

    /// A field of a record may hold any type: the way the value is written decides.
    fn of_attribute(&self, raw: &Raw, wanted: Use) -> Result<Literal, Fault> {
        let text = raw.text.as_str();
        if raw.quoted || wanted == Use::Textual {
            return Ok(Literal::Text(text.to_owned()));
        }
        if wanted != Use::Ordering {
            if let Some(member) = BOOLS.iter().find(|member| member.name.eq_ignore_ascii_case(text)) {
                return Ok(Literal::Bool(member.number == 1));
            }
            if has_leading_zero(text) {
                return Ok(Literal::Text(text.to_owned()));
            }
        }
        if let Some(percent) = text.strip_suffix('%').and_then(units::number) {
            return percent.map(|n| Literal::Percent(n.as_f64())).map_err(|why| out_of_range(text, why));
        }
        if let Some(number) = units::number(text) {
            return number.map(Literal::Number).map_err(|why| out_of_range(text, why));
        }
        self.of_unit(text, wanted)
    }

    /// A word with a unit. Where the key is not known to have that unit, equality means the text as it was typed; so it stays a
    /// duration or an amount of bytes only if printing it gives the same text.
    fn of_unit(&self, text: &str, wanted: Use) -> Result<Literal, Fault> {
        let is_bytes = self.unit == Some("By");
        let read = match (units::duration(text), units::bytes(text)) {
            (Some(_), _) if is_bytes => {
                let message = format!("`{}` is not an amount of bytes", brief(text));
                return Err(Fault::new(
                    Code::UnitMismatch,
                    message,
                    "write a number with B, kB, MB, KiB, MiB, ...",
                ));
            }
            (Some(length), _) => length.map(Literal::Duration),
            (None, Some(bytes)) => bytes.map(Literal::Bytes),
            (None, None) => return Ok(Literal::Text(text.to_owned())),
        };
        let as_typed = wanted != Use::Ordering && !is_bytes;
        match read {
            Ok(literal) if !as_typed || literal.text() == text => Ok(literal),
            Err(why) if !as_typed => Err(out_of_range(text, why)),
            _ => Ok(Literal::Text(text.to_owned())),
        }
    }
}

/// `007` and `01234` are identifiers, unless they are compared in order.
fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

const fn fits(value: ValueType, wanted: Use) -> bool {
    match wanted {
        Use::Equality => true,
        Use::Ordering => {
            !matches!(value, ValueType::Bool | ValueType::Enum | ValueType::TraceId | ValueType::SpanId)
        }
        Use::Textual | Use::Member => matches!(value, ValueType::Text),
    }
}

fn number(field: &Field, text: &str) -> Result<Literal, Fault> {
    match units::number(text) {
        Some(number) => number.map(Literal::Number).map_err(|why| out_of_range(text, why)),
        None => {
            let message = format!("`{}` is not a number, which `{}` is", brief(text), field.name);
            Err(Fault::new(Code::BadNumber, message, "write digits, e.g. 42"))
        }
    }
}

/// The value of a point: its unit is the metric's, so any quantity may be meant.
fn quantity(field: &Field, text: &str) -> Result<Literal, Fault> {
    if let Some(percent) = text.strip_suffix('%').and_then(units::number) {
        return percent.map(|n| Literal::Percent(n.as_f64())).map_err(|why| out_of_range(text, why));
    }
    match (units::duration(text), units::bytes(text)) {
        (Some(length), _) => length.map(Literal::Duration).map_err(|why| out_of_range(text, why)),
        (_, Some(bytes)) => bytes.map(Literal::Bytes).map_err(|why| out_of_range(text, why)),
        _ => number(field, text),
    }
}

/// Finds the member that a word or its number on the wire names.
fn member(field: &'static Field, text: &str) -> Option<&'static EnumMember> {
    let lower = text.trim().to_ascii_lowercase();
    let number = lower.parse::<u8>().ok().filter(|_| field.value == ValueType::Enum);
    field.members.iter().find(|member| {
        member.name == lower || member.also.contains(&lower.as_str()) || number == Some(member.number)
    })
}

fn bad_enum(field: &str, text: &str, members: &'static [EnumMember]) -> Fault {
    let names: Vec<&str> = members.iter().map(|member| member.name).collect();
    let suggestions = nearest(text, names.iter().copied());
    let list = format!("one of: {}", names.join(", "));
    let remedy = match suggestions.first() {
        Some(best) => format!("did you mean `{best}`? {list}"),
        None => list,
    };
    let message = format!("`{}` is not a value of {field}", brief(text));
    Fault::new(Code::BadEnum, message, remedy).suggest(suggestions)
}

fn out_of_range(text: &str, why: OutOfRange) -> Fault {
    let message = match why {
        OutOfRange::TooLarge => format!("`{}` is out of range", brief(text)),
        OutOfRange::TooFine => format!("`{}` is not a whole number of the smallest unit", brief(text)),
    };
    Fault::new(Code::BadNumber, message, "write a smaller or shorter number, or quote it to compare as text")
}
