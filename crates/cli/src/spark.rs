//! A row of bars: how something went, in the width of a word.

use serde_json::Value;

/// Heights of a bar, lowest first.
const BARS: [char; 8] =
    ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
/// Bars at most.
pub(crate) const SPARK_MAX: usize = 24;

/// Draws values by bin, the last ones when there are more than fit. Nothing is drawn where there is no value.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "heights of a picture, 0 to 7")]
pub(crate) fn spark(values: &[Value]) -> String {
    let values: Vec<f64> = values.iter().map(|value| value.as_f64().unwrap_or(0.0)).collect();
    let shown = &values[values.len().saturating_sub(SPARK_MAX)..];
    let highest = shown.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| match *value {
        value if value <= 0.0 || highest <= 0.0 => ' ',
        value => BARS[((value / highest * 7.0).round() as usize).min(7)],
    };
    shown.iter().map(bar).collect()
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
            (json!([-3, 3]), " \u{2588}"),
            (json!([]), ""),
        ] {
            assert_eq!(spark(values.as_array().unwrap()), want);
        }
        assert_eq!(spark(&vec![json!(1); 100]).chars().count(), SPARK_MAX);
    }
}
