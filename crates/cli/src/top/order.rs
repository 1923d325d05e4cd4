//! The order of a table's rows: as answered, or by a column that was chosen.

use std::cmp::Ordering;

use serde_json::Value;
use sightline_model::Column;

/// By which of the columns that are shown, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct By {
    pub(super) column: &'static str,
    pub(super) is_rising: bool,
}

/// Returns the rows in order; those without a value are last either way.
pub(super) fn order(columns: &[Column], rows: usize, by: Option<By>) -> Vec<usize> {
    let mut out: Vec<usize> = (0..rows).collect();
    let column = by.and_then(|by| Some((by, columns.iter().find(|column| column.name == by.column)?)));
    if let Some((by, column)) = column {
        let cell = |row: usize| column.values.get(row).filter(|value| !value.is_null());
        out.sort_by(|a, b| match (cell(*a), cell(*b)) {
            (Some(a), Some(b)) if by.is_rising => compare(a, b),
            (Some(a), Some(b)) => compare(b, a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
    }
    out
}

/// Numbers as numbers, also those that travel as text.
fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().unwrap_or_default().cmp(b.as_str().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sightline_model::ColumnType;

    #[test]
    fn numbers_are_ordered_as_numbers_and_nothing_is_last() {
        let check = |values: Value, is_rising: bool, want: &[usize]| {
            let values = values.as_array().unwrap().clone();
            let (kind, n) = (ColumnType::Json, values.len());
            let column =
                Column { name: "x".to_owned(), kind, unit: None, role: None, exactness: None, values };
            assert_eq!(order(&[column], n, Some(By { column: "x", is_rising })), want);
        };
        check(json!([9, 10, null, 1]), true, &[3, 0, 1, 2]);
        check(json!([9, 10, null, 1]), false, &[1, 0, 3, 2]);
        check(json!(["9", "10", "b", "a"]), false, &[2, 3, 1, 0]);
        assert_eq!(order(&[], 2, Some(By { column: "x", is_rising: true })), [0, 1]);
    }
}
