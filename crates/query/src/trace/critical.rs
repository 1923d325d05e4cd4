//! What a trace waited for: the critical path, and the time a span spent itself.
//!
//! **Critical path.** Start at the end of the root and walk back. Among the children of the span, the one that ended
//! last at or before the cursor was being waited for: it is on the path, the cursor moves to its start, and inside
//! the child the same walk begins at its end. Children are clipped to their parent; one that starts after the parent
//! ended was not waited for. What is between cursor and child is the span's own share.
//!
//! **Self time** is the span's duration less the union of its children, clipped to the span.

use super::tree::Tree;

/// Start and end of each span, with clocks corrected.
pub(crate) type Interval = (i64, i64);

/// Tells for each span whether it is on the critical path below `root`.
pub(crate) fn path(times: &[Interval], tree: &Tree, root: usize) -> Vec<bool> {
    let mut on_path = vec![false; times.len()];
    let mut open = vec![(root, times[root].1)];
    while let Some((at, end)) = open.pop() {
        on_path[at] = true;
        let start = times[at].0;
        let mut children: Vec<(i64, usize)> = tree.children[at]
            .iter()
            .filter(|child| times[**child].0 < end)
            .map(|child| (times[*child].1.min(end), *child))
            .collect();
        children.sort_unstable_by(|a, b| b.cmp(a));
        let mut cursor = end;
        for (child_end, child) in children {
            if child_end <= cursor && cursor > start && child_end >= start {
                open.push((child, child_end));
                cursor = cursor.min(times[child].0);
            }
        }
    }
    on_path
}

/// Returns for each span the nanoseconds not covered by its children.
pub(crate) fn self_times(times: &[Interval], tree: &Tree) -> Vec<i64> {
    times
        .iter()
        .enumerate()
        .map(|(at, span)| (span.1 - span.0) - covered(*span, times, &tree.children[at]))
        .collect()
}

fn covered(span: Interval, times: &[Interval], children: &[usize]) -> i64 {
    let mut parts: Vec<Interval> = children
        .iter()
        .map(|child| (times[*child].0.max(span.0), times[*child].1.min(span.1)))
        .filter(|(start, end)| start < end)
        .collect();
    parts.sort_unstable();
    let mut total = 0;
    let mut reached = i64::MIN;
    for (start, end) in parts {
        total += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::SpanNode;
    use super::super::testing::span;
    use super::*;

    fn check(spans: &[(u8, u8, i64, i64)], critical: &[u8], selves: &[i64]) {
        let nodes: Vec<SpanNode> = spans.iter().map(|(id, p, s, e)| span(*id, *p, *s, *e, "s")).collect();
        let times: Vec<Interval> = nodes.iter().map(|n| (n.start, n.end())).collect();
        let tree = Tree::build(&nodes);
        let on_path = path(&times, &tree, 0);
        let got: Vec<u8> = nodes.iter().zip(&on_path).filter(|(_, on)| **on).map(|(n, _)| n.id[7]).collect();
        assert_eq!(got, critical, "critical path of {spans:?}");
        assert_eq!(self_times(&times, &tree), selves, "self times of {spans:?}");
    }

    #[test]
    fn the_path_follows_what_was_waited_for() {
        // One after the other: both.
        check(&[(1, 0, 0, 100), (2, 1, 10, 40), (3, 1, 50, 90)], &[1, 2, 3], &[30, 30, 40]);
        // Side by side: the one that ended last; the other was not waited for.
        check(&[(1, 0, 0, 100), (2, 1, 10, 60), (3, 1, 20, 90)], &[1, 3], &[20, 50, 70]);
        // A child of the one that was not waited for is not on it either.
        check(&[(1, 0, 0, 100), (2, 1, 10, 60), (3, 1, 20, 90), (4, 2, 20, 30)], &[1, 3], &[20, 40, 70, 10]);
        // Grandchildren.
        check(&[(1, 0, 0, 100), (2, 1, 10, 90), (3, 2, 20, 80)], &[1, 2, 3], &[20, 20, 60]);
        // Sticks out of its parent: clipped. Starts after it ended: not waited for, takes nothing away.
        check(&[(1, 0, 0, 100), (2, 1, 50, 150)], &[1, 2], &[50, 100]);
        check(&[(1, 0, 0, 100), (2, 1, 120, 150)], &[1], &[100, 30]);
        check(&[(1, 0, 0, 0)], &[1], &[0]);
    }
}
