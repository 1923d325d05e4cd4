//! Who is struck by a rule that strikes only some: decided by the trace, so that the generator can foretell it.

use std::hash::{BuildHasher, Hasher, RandomState};

use sightline_sdk::opentelemetry::Context;
use sightline_sdk::opentelemetry::trace::TraceContextExt;

/// Returns a number from 0 to 1 that is the same in every service of a trace, for the n-th attempt at the same thing:
/// 32 of the 128 random bits of its id, others for each of the first four attempts.
#[must_use]
pub fn of(trace_id: u128, attempt: u32) -> f64 {
    let [.., a, b, c, d] = trace_id.rotate_right(32 * (attempt % 4)).to_be_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

/// The luck of the current trace; outside a trace (the payment provider) it is drawn anew.
pub(super) fn current(attempt: u32) -> f64 {
    let span_context = Context::current().span().span_context().clone();
    if span_context.is_valid() {
        return of(u128::from_be_bytes(span_context.trace_id().to_bytes()), attempt);
    }
    of(u128::from(RandomState::new().build_hasher().finish()), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_is_thirty_two_bits_of_the_trace_id_and_others_for_each_attempt() {
        for (trace_id, attempt, want) in [
            (0, 0, 0.0),
            (0x8000_0000, 0, 0.5),
            (0x8000_0000, 1, 0.0),
            (0x8000_0000 << 32, 1, 0.5),
            (0x4000_0000 << 96, 3, 0.25),
            (0x8000_0000, 4, 0.5),
        ] {
            assert!((of(trace_id, attempt) - want).abs() < f64::EPSILON, "{trace_id:x} {attempt}");
        }
    }
}
