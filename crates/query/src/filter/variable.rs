//! Variables of a request: bound values, never text that is pasted into a filter.

use std::collections::BTreeMap;

use sightline_model::Signal;
use sightline_model::language::{BOOLS, Key, Literal, Number, Time, fields::ValueType};
use sightline_model::{SpanId, TraceId};

use crate::Error;

/// Most values of one variable.
const VALUES_MAX: usize = 1_000;

/// The value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Variable {
    /// Whatever condition it stands in is true.
    All,
    /// These values; none match nothing.
    Values(Vec<serde_json::Value>),
}

/// The variables of a request by name.
pub type Variables = BTreeMap<String, Variable>;

/// Finds a variable and types its values by the key that they meet; none means "all".
pub(crate) fn bound(
    name: &str,
    key: &Key,
    signal: Signal,
    variables: &Variables,
) -> Result<Option<Vec<Literal>>, Error> {
    let values = match variables.get(name) {
        Some(Variable::All) => return Ok(None),
        Some(Variable::Values(values)) => values,
        None => {
            return Err(problem(
                "unbound_variable",
                format!("`${name}` has no value"),
                "give it one in `vars`",
            ));
        }
    };
    if values.len() > VALUES_MAX {
        let text = format!("`${name}` has {} values, limit {VALUES_MAX}", values.len());
        return Err(Error::too_expensive("list_too_long", "vars", text, "choose fewer values"));
    }
    values.iter().map(|value| literal(name, key, signal, value)).collect::<Result<_, _>>().map(Some)
}

/// Finds a variable that must have one value.
pub(crate) fn single(
    name: &str,
    key: &Key,
    signal: Signal,
    variables: &Variables,
) -> Result<Option<Literal>, Error> {
    let Some(mut values) = bound(name, key, signal, variables)? else { return Ok(None) };
    match values.len() {
        1 => Ok(Some(values.remove(0))),
        n => Err(problem(
            "list_variable",
            format!("`${name}` has {n} values"),
            &format!("write {} IN ${name}", key.name),
        )),
    }
}

fn problem(code: &'static str, detail: String, remedy: &str) -> Error {
    Error::invalid(code, "vars", detail, remedy)
}

fn literal(name: &str, key: &Key, signal: Signal, value: &serde_json::Value) -> Result<Literal, Error> {
    use serde_json::Value;
    match value {
        Value::Bool(truth) => Ok(Literal::Bool(*truth)),
        Value::Number(n) => number(n)
            .ok_or_else(|| problem("bad_number", format!("`{n}` is out of range"), "use a 64-bit number")),
        Value::String(text) => {
            let fits = typed(key, signal, text);
            fits.ok_or_else(|| {
                problem(
                    "bad_variable",
                    format!("the value of `${name}` does not fit `{}`", key.name),
                    "use a value of its type",
                )
            })
        }
        _ => Err(problem(
            "bad_variable",
            format!("`${name}` holds an object or a list in a list"),
            "use texts, numbers or bools",
        )),
    }
}

fn number(n: &serde_json::Number) -> Option<Literal> {
    let whole = n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    whole.map(Number::Int).or_else(|| n.as_f64().map(Number::Float)).map(Literal::Number)
}

/// Types a text by the field it meets.
fn typed(key: &Key, signal: Signal, text: &str) -> Option<Literal> {
    let Some(field) = key.field(signal) else { return Some(Literal::Text(text.to_owned())) };
    let lower = text.to_lowercase();
    match field.value {
        ValueType::Enum | ValueType::Severity => {
            let found = field.members.iter().find(|m| m.name == lower || m.also.contains(&lower.as_str()));
            found.map(Literal::Enum)
        }
        ValueType::Bool => BOOLS.iter().find(|m| m.name == lower).map(|m| Literal::Bool(m.number == 1)),
        ValueType::TraceId => TraceId::parse(text).ok().map(Literal::TraceId),
        ValueType::SpanId => SpanId::parse(text).ok().map(Literal::SpanId),
        ValueType::Time => Time::parse(text).map(Literal::Time),
        // A length of time as text: digits and a unit, as in a filter.
        ValueType::Duration => duration(text).map(Literal::Duration),
        _ => Some(Literal::Text(text.to_owned())),
    }
}

/// Reads `250ms` by asking the language itself, so that units mean the same everywhere.
fn duration(text: &str) -> Option<i64> {
    use sightline_model::language::{Filter, Operand, parse_filter};
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') {
        return None;
    }
    match parse_filter(&format!("duration = {text}"), Signal::Traces).ok()? {
        Filter::Cmp { value: Operand::Lit(Literal::Duration(ns)), .. } => Some(ns),
        _ => None,
    }
}
