//! Clocks that differ: a child of another service that lies outside its parent is moved into it, as Jaeger does.
//!
//! Walking from the tops down, a span of another service than its parent gets a correction of its own, and the spans
//! below it of the same service share it. If the child is not longer than the parent and sticks out, it is centred
//! (the network took as long there as back). If it is longer, or a message that may be consumed later, it is moved
//! only when it starts before its cause.

use super::SpanNode;
use super::tree::Tree;

/// OTLP span kinds of messaging: what a consumer does may well happen after its producer ended.
const PRODUCER: u8 = 4;
const CONSUMER: u8 = 5;

/// Returns by how many nanoseconds each span's start was moved; zero for those that fit.
pub(crate) fn corrections(spans: &[SpanNode], tree: &Tree) -> Vec<i64> {
    let mut skew = vec![0; spans.len()];
    let mut open: Vec<(usize, Option<usize>)> = tree.tops.iter().map(|at| (*at, None)).collect();
    while let Some((at, parent)) = open.pop() {
        if let Some(parent) = parent {
            skew[at] = if spans[at].service == spans[parent].service {
                skew[parent]
            } else {
                against(&spans[at], &spans[parent], spans[parent].start.saturating_add(skew[parent]))
            };
        }
        open.extend(tree.children[at].iter().map(|child| (*child, Some(at))));
    }
    skew
}

/// Returns the correction of a child against its already corrected parent.
fn against(child: &SpanNode, parent: &SpanNode, parent_start: i64) -> i64 {
    let parent_end = parent_start.saturating_add(parent.duration);
    let early = parent_start.saturating_sub(child.start).max(0);
    let may_be_late = child.kind == CONSUMER || parent.kind == PRODUCER || child.duration > parent.duration;
    if may_be_late || (early == 0 && child.end() <= parent_end) {
        return early;
    }
    let latency = (parent.duration - child.duration) / 2;
    parent_start.saturating_sub(child.start).saturating_add(latency)
}

#[cfg(test)]
mod tests {
    use super::super::testing::span;
    use super::*;

    fn check(spans: &[SpanNode], expected: &[i64]) {
        assert_eq!(corrections(spans, &Tree::build(spans)), expected, "{spans:?}");
    }

    #[test]
    fn a_child_of_another_service_is_moved_into_its_parent() {
        // Fits: stays.
        check(&[span(1, 0, 0, 100, "a"), span(2, 1, 10, 50, "b")], &[0, 0]);
        // Too early by 50: 40 long inside 100, so centred at 30.
        check(&[span(1, 0, 100, 200, "a"), span(2, 1, 50, 90, "b")], &[0, 80]);
        // Sticks out at the end.
        check(&[span(1, 0, 100, 200, "a"), span(2, 1, 190, 230, "b")], &[0, -60]);
        // Same service: its clock is its parent's.
        check(&[span(1, 0, 100, 200, "a"), span(2, 1, 190, 230, "a")], &[0, 0]);
    }

    #[test]
    fn the_correction_is_shared_below_and_reset_by_the_next_service() {
        let spans = [
            span(1, 0, 1000, 1100, "a"),
            span(2, 1, 500, 540, "b"),
            span(3, 2, 510, 520, "b"),
            span(4, 3, 1041, 1043, "a"),
        ];
        check(&spans, &[0, 530, 530, 0]);
    }

    #[test]
    fn what_may_happen_later_is_moved_only_when_it_precedes_its_cause() {
        let consumer = |start, end| SpanNode { kind: CONSUMER, ..span(2, 1, start, end, "b") };
        check(&[span(1, 0, 100, 200, "a"), consumer(500, 550)], &[0, 0]);
        check(&[span(1, 0, 100, 200, "a"), consumer(60, 90)], &[0, 40]);
        // Longer than its parent: the caller gave up before.
        check(&[span(1, 0, 100, 200, "a"), span(2, 1, 150, 500, "b")], &[0, 0]);
        check(&[span(1, 0, 100, 200, "a"), span(2, 1, 70, 500, "b")], &[0, 30]);
    }
}
