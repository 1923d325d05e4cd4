//! Which traces are recorded, and with what probability: traces that start here say it in `tracestate` (`ot=th:...`), so
//! that the platform counts each recorded request for those that were not.
//!
//! OpenTelemetry specification, "TraceState: Probability Sampling": the last 56 bits of the trace id are random; a trace
//! is recorded when they are at least the rejection threshold, which is written as hex digits without trailing zeros.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::Sampling;

/// 2^56.
const RANDOM_VALUES: u64 = 1 << 56;

/// Returns the sampler of a setting.
pub(crate) fn of(sampling: Sampling) -> Box<dyn ShouldSample> {
    match sampling {
        Sampling::AlwaysOn => Box::new(Sampler::AlwaysOn),
        Sampling::AlwaysOff => Box::new(Sampler::AlwaysOff),
        Sampling::ParentBasedRatio(ratio) if ratio >= 1.0 => {
            Box::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        }
        Sampling::ParentBasedRatio(ratio) => Box::new(Ratio::new(ratio)),
    }
}

/// Children follow their parent; roots are recorded with a probability.
#[derive(Debug, Clone)]
struct Ratio {
    /// Roots whose random value is below are not recorded.
    rejected_below: u64,
    /// What recorded roots write.
    state: TraceState,
}

impl Ratio {
    fn new(ratio: f64) -> Self {
        let rejected_below = rejection_threshold(ratio);
        let state = TraceState::from_key_value([("ot", format!("th:{}", threshold_text(rejected_below)))]);
        Self { rejected_below, state: state.unwrap_or_default() }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of 2^56, from 0 to 2^56: a double holds it to 53 bits"
)]
fn rejection_threshold(ratio: f64) -> u64 {
    ((1.0 - ratio.clamp(0.0, 1.0)) * RANDOM_VALUES as f64).round() as u64
}

/// 14 hex digits without trailing zeros; a threshold of zero is `0`.
fn threshold_text(threshold: u64) -> String {
    let digits = format!("{:014x}", threshold.min(RANDOM_VALUES - 1));
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

fn random_value(trace_id: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g] = trace_id.to_bytes();
    u64::from_be_bytes([0, a, b, c, d, e, f, g])
}

impl ShouldSample for Ratio {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let parent = parent_context.map(|context| context.span().span_context().clone());
        let (is_recorded, trace_state) = match parent.filter(|parent| parent.is_valid()) {
            Some(parent) => (parent.is_sampled(), parent.trace_state().clone()),
            None if random_value(trace_id) >= self.rejected_below => (true, self.state.clone()),
            None => (false, TraceState::default()),
        };
        let decision = if is_recorded { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    fn check(ratio: f64, parent: Option<&Context>, random: u64) -> (bool, String) {
        let trace_id = TraceId::from_bytes((u128::MAX << 56 | u128::from(random)).to_be_bytes());
        let result = Ratio::new(ratio).should_sample(parent, trace_id, "", &SpanKind::Server, &[], &[]);
        (result.decision == SamplingDecision::RecordAndSample, result.trace_state.header())
    }

    #[test]
    fn a_recorded_root_says_with_what_probability() {
        let half = RANDOM_VALUES / 2;
        for (ratio, random, recorded, state) in [
            (0.5, half, true, "ot=th:8"),
            (0.5, half - 1, false, ""),
            (0.25, RANDOM_VALUES - 1, true, "ot=th:c"),
            (0.1, RANDOM_VALUES - 1, true, "ot=th:e6666666666668"),
            (0.0, RANDOM_VALUES - 1, false, ""),
        ] {
            assert_eq!(check(ratio, None, random), (recorded, state.to_owned()), "{ratio} {random:x}");
        }
    }

    #[test]
    fn a_child_follows_its_parent_and_keeps_its_state() {
        for (flags, recorded) in [(TraceFlags::SAMPLED, true), (TraceFlags::NOT_SAMPLED, false)] {
            let state = TraceState::from_key_value([("vendor", "x")]).unwrap();
            let span = SpanContext::new(TraceId::from(7), SpanId::from(7), flags, true, state);
            let parent = Context::new().with_remote_span_context(span);
            for random in [0, RANDOM_VALUES - 1] {
                assert_eq!(check(0.5, Some(&parent), random), (recorded, "vendor=x".to_owned()));
            }
        }
    }
}
