//! How many spans a sampled one stands for: `ot=th:...` in `tracestate`.
//!
//! <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>: the threshold is a fraction of
//! 2^56 in hex with trailing zeros left out; a span is kept when its 56 random bits are at or above it.

/// Hex digits of 56 bits.
const DIGITS: usize = 14;

/// Returns the adjusted count; 1 when nothing is said, or nothing that makes sense.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a count is kept with 24 bits, which is far finer than sampling"
)]
pub(crate) fn adjusted_count(trace_state: &[u8]) -> f32 {
    threshold(trace_state).map_or(1.0, |rejected| {
        // Subtracted as integers: 2^56 - 1 is no double.
        let all = 1_u64 << 56;
        (all as f64 / (all - rejected) as f64) as f32
    })
}

fn threshold(trace_state: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(trace_state).ok()?;
    let member = text.split(',').find_map(|member| member.trim().strip_prefix("ot="))?;
    let hex = member.split(';').find_map(|field| field.strip_prefix("th:"))?;
    let is_hex = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !(1..=DIGITS).contains(&hex.len()) || !is_hex {
        return None;
    }
    let value = u64::from_str_radix(hex, 16).ok()?;
    Some(value << (4 * (DIGITS - hex.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_says_how_many_a_span_stands_for() {
        for (text, expected) in [
            ("", 1.0),
            ("ot=th:0", 1.0),
            ("ot=th:8", 2.0),
            ("ot=th:c", 4.0),
            ("vendor=x, ot=rv:123456789abcde;th:fd70a3d70a3d71", 100.0),
            ("ot=th:ffffffffffffff", 72_057_594_037_927_936.0),
            ("ot=th:xyz", 1.0),
            ("ot=th:C", 1.0),
            ("ot=th:", 1.0),
            ("ot=th:000000000000000", 1.0),
            ("other=th:8", 1.0),
        ] {
            let got = adjusted_count(text.as_bytes());
            assert!((got - expected).abs() <= expected * 1e-6, "`{text}` gave {got}, not {expected}");
        }
    }
}
