//! Columns and heads of answers: numbers, times and gaps as the wire wants them (language.md 5.1).

use serde_json::Value;
use sightline_model::{
    Column, ColumnRole, ColumnType, Exactness, Incomplete, Nanos, RangeOut, TimeRange, Warning,
};

/// The largest whole number that every JSON reader keeps.
const INT_MAX: i64 = (1 << 53) - 1;

fn column(name: &str, kind: ColumnType, values: Vec<Value>) -> Column {
    Column { name: name.to_owned(), kind, unit: None, role: None, exactness: None, values }
}

/// A column of text.
pub(crate) fn text<S: Into<String>>(name: &str, values: impl IntoIterator<Item = S>) -> Column {
    column(name, ColumnType::String, values.into_iter().map(|v| Value::String(v.into())).collect())
}

/// A column of words from a closed list.
pub(crate) fn word<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Column {
    column(name, ColumnType::Enum, values.into_iter().map(|v| Value::String(v.to_owned())).collect())
}

/// A column of ids in hex.
pub(crate) fn id(name: &str, values: impl IntoIterator<Item = String>) -> Column {
    column(name, ColumnType::Id, values.into_iter().map(Value::String).collect())
}

/// A column of yes and no.
pub(crate) fn flag(name: &str, values: impl IntoIterator<Item = bool>) -> Column {
    column(name, ColumnType::Bool, values.into_iter().map(Value::Bool).collect())
}

/// A column of whole numbers: as numbers where every reader keeps them, else all as text.
pub(crate) fn int(name: &str, values: impl IntoIterator<Item = i64>) -> Column {
    let values: Vec<i64> = values.into_iter().collect();
    if values.iter().all(|v| v.unsigned_abs() <= INT_MAX.unsigned_abs()) {
        column(name, ColumnType::Int, values.into_iter().map(Value::from).collect())
    } else {
        column(name, ColumnType::Int64, values.into_iter().map(|v| Value::String(v.to_string())).collect())
    }
}

/// A column of numbers; none is a gap.
pub(crate) fn float(name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Column {
    column(name, ColumnType::Float, values.into_iter().map(number).collect())
}

/// A column of instants.
pub(crate) fn time_ns(name: &str, values: impl IntoIterator<Item = Nanos>) -> Column {
    column(name, ColumnType::TimeNs, values.into_iter().map(|v| Value::String(v.to_string())).collect())
}

/// A column of anything.
pub(crate) fn json(name: &str, values: impl IntoIterator<Item = Value>) -> Column {
    column(name, ColumnType::Json, values.into_iter().collect())
}

/// Says more of a column.
pub(crate) trait Described {
    /// Sets the unit.
    fn unit(self, unit: &str) -> Self;
    /// Marks the column as part of the row's identity.
    fn key(self) -> Self;
    /// Sets how far it can be trusted.
    fn exactness(self, exactness: Exactness) -> Self;
}

impl Described for Column {
    fn unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.to_owned());
        self
    }

    fn key(mut self) -> Self {
        self.role = Some(ColumnRole::Key);
        self
    }

    fn exactness(mut self, exactness: Exactness) -> Self {
        self.exactness = Some(exactness);
        self
    }
}

/// Returns a cell of a float column.
pub(crate) fn number(value: Option<f64>) -> Value {
    match value {
        None => Value::Null,
        Some(v) if v.is_nan() => Value::from("NaN"),
        Some(v) if v.is_infinite() => Value::from(if v > 0.0 { "+Inf" } else { "-Inf" }),
        Some(v) => Value::from(v),
    }
}

/// Writes a range.
pub(crate) fn range_out(range: TimeRange, tz: &str) -> RangeOut {
    RangeOut { from: range.from().to_string(), to: range.to().to_string(), tz: tz.to_owned() }
}

/// Says that rows are missing because there were more than the limit.
pub(crate) fn row_limit(detail: String, remedy: &str) -> Incomplete {
    Incomplete { reason: "row_limit".to_owned(), detail, remedy: remedy.to_owned() }
}

/// Makes a warning without a place in the text.
pub(crate) fn warning(code: &str, message: impl Into<String>) -> Warning {
    Warning { code: code.to_owned(), message: message.into(), start: None, end: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_beyond_what_readers_keep_are_text_for_the_whole_column() {
        let small = int("n", [1, INT_MAX]);
        assert_eq!((small.kind, &small.values[1]), (ColumnType::Int, &Value::from(INT_MAX)));
        let large = int("n", [1, INT_MAX + 1]);
        assert_eq!((large.kind, &large.values[0]), (ColumnType::Int64, &Value::from("1")));
    }

    #[test]
    fn numbers_that_json_lacks_are_words_and_gaps_are_null() {
        let cells = float("x", [Some(1.5), Some(f64::NAN), Some(f64::NEG_INFINITY), None]);
        assert_eq!(Value::from(cells.values).to_string(), r#"[1.5,"NaN","-Inf",null]"#);
    }
}
