//! A row of bars: how something went, in the width of a word.

use serde_json::Value;

/// Heights of a bar, lowest first.
const BARS: [char; 8] =
    ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
/// Bars at most.
pub(crate) const SPARK_MAX: usize = 24;

/// Draws values by bin, the last ones when there are more than fit. Nothing is drawn where there is no value. Bars stand
/// on zero, and where values are below zero on the lowest of them: there, zero has a bar too.
pub(crate) fn spark(values: &[Value]) -> String {
    let shown = &values[values.len().saturating_sub(SPARK_MAX)..];
    let numbers = || shown.iter().filter_map(Value::as_f64);
    let floor = numbers().fold(0.0, f64::min);
    let height = numbers().fold(0.0, f64::max) - floor;
    shown.iter().map(|value| value.as_f64().map_or(' ', |value| bar(value, floor, height))).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "heights of a picture, 0 to 7")]
fn bar(value: f64, floor: f64, height: f64) -> char {
    if height <= 0.0 || (floor == 0.0 && value <= 0.0) {
        return ' ';
    }
    BARS[(((value - floor) / height * 7.0).round() as usize).min(7)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bars_are_as_high_as_their_share_of_the_highest() {
        for (values, want) in [
            (json!([0, 1, 7]), " \u{2582}\u{2588}"),
            (json!([null, 5, 5]), " \u{2588}\u{2588}"),
            (json!([0, 0]), "  "),
            (json!([]), ""),
        ] {
            assert_eq!(spark(values.as_array().unwrap()), want);
        }
        assert_eq!(spark(&vec![json!(1); 100]).chars().count(), SPARK_MAX);
    }

    #[test]
    fn values_below_zero_are_told_from_zero_and_from_gaps() {
        for (values, want) in [
            (json!([-3, 0, 3]), "\u{2581}\u{2585}\u{2588}"),
            (json!([-7, null, 0]), "\u{2581} \u{2588}"),
            (json!([-2, -1]), "\u{2581}\u{2585}"),
        ] {
            assert_eq!(spark(values.as_array().unwrap()), want);
        }
    }
}
