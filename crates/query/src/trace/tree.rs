//! From spans in any order to a forest: who is whose child, whatever the ids say.

use std::collections::HashMap;

use super::SpanNode;

/// The spans of a trace as a forest. Indices are those of the slice it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    /// Spans without a parent among the others, by start.
    pub(crate) tops: Vec<usize>,
    /// Children of each span, by start.
    pub(crate) children: Vec<Vec<usize>>,
    /// The span that nothing caused: the earliest top without parent id; none when the root is missing.
    pub(crate) root: Option<usize>,
    /// Spans that name a parent which is not there.
    pub(crate) missing_parents: u64,
    /// Spans left out because another has the same id.
    pub(crate) doubles: u64,
    /// Spans that were their own ancestor; the circle is cut at its earliest span.
    pub(crate) cycles: u64,
}

impl Tree {
    /// Builds the forest. Spans must be sorted by start.
    pub(crate) fn build(spans: &[SpanNode]) -> Self {
        let mut by_id: HashMap<[u8; 8], usize> = HashMap::with_capacity(spans.len());
        let mut tree = Self { children: vec![Vec::new(); spans.len()], ..Self::default() };
        for (at, span) in spans.iter().enumerate() {
            // The first of several with one id is shown.
            if *by_id.entry(span.id).or_insert(at) != at {
                tree.doubles += 1;
            }
        }
        for (at, span) in spans.iter().enumerate().filter(|(at, span)| by_id.get(&span.id) == Some(at)) {
            match by_id.get(&span.parent) {
                _ if span.parent == [0; 8] => {
                    tree.root = tree.root.or(Some(at));
                    tree.tops.push(at);
                }
                // A span that names itself has no parent that could be shown.
                Some(parent) if *parent == at => {
                    tree.cycles += 1;
                    tree.tops.push(at);
                }
                Some(parent) => tree.children[*parent].push(at),
                None => {
                    tree.missing_parents += 1;
                    tree.tops.push(at);
                }
            }
        }
        tree.cut_circles(spans, &by_id);
        tree
    }

    /// Makes a top of the earliest span of every circle, so that no span is lost.
    fn cut_circles(&mut self, spans: &[SpanNode], by_id: &HashMap<[u8; 8], usize>) {
        let mut reached = vec![false; spans.len()];
        self.reach(&self.tops, &mut reached);
        for (at, span) in spans.iter().enumerate() {
            if reached[at] || by_id.get(&span.id) != Some(&at) {
                continue;
            }
            if let Some(parent) = by_id.get(&span.parent) {
                self.children[*parent].retain(|child| *child != at);
            }
            self.cycles += 1;
            self.tops.push(at);
            self.reach(&[at], &mut reached);
        }
        self.tops.sort_unstable();
    }

    fn reach(&self, from: &[usize], reached: &mut [bool]) {
        let mut open = from.to_vec();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                open.extend(&self.children[at]);
            }
        }
    }

    /// Sorts children and tops by the given starts, after clocks were corrected; the root stays first.
    pub(crate) fn sort_by_start(&mut self, starts: &[i64]) {
        for list in &mut self.children {
            list.sort_by_key(|at| (starts[*at], *at));
        }
        let root = self.root;
        self.tops.sort_by_key(|at| (Some(*at) != root, starts[*at], *at));
    }

    /// Returns every span in depth-first order with its parent and depth.
    pub(crate) fn depth_first(&self) -> Vec<Visit> {
        let mut order = Vec::with_capacity(self.children.len());
        let mut open: Vec<Visit> =
            self.tops.iter().rev().map(|at| Visit { span: *at, parent_row: None, depth: 0 }).collect();
        while let Some(visit) = open.pop() {
            let row = order.len();
            let children = self.children[visit.span].iter().rev();
            open.extend(children.map(|at| Visit {
                span: *at,
                parent_row: Some(row),
                depth: visit.depth + 1,
            }));
            order.push(visit);
        }
        order
    }
}

/// One row of the depth-first order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Index of the span.
    pub(crate) span: usize,
    /// Row of the parent in this order.
    pub(crate) parent_row: Option<usize>,
    /// Zero for tops.
    pub(crate) depth: u32,
}

#[cfg(test)]
mod tests {
    use super::super::testing::span;
    use super::*;

    /// Draws the forest: each row as many dots as it is deep, then the id.
    fn check(spans: &[(u8, u8, i64)], drawn: &str, counts: (u64, u64, u64)) {
        let nodes: Vec<SpanNode> =
            spans.iter().map(|(id, parent, start)| span(*id, *parent, *start, start + 10, "s")).collect();
        let tree = Tree::build(&nodes);
        let rows = tree.depth_first();
        let draw = |v: &Visit| format!("{}{}", ".".repeat(v.depth as usize), nodes[v.span].id[7]);
        let got: Vec<String> = rows.iter().map(draw).collect();
        assert_eq!(got.join(" "), drawn, "{spans:?}");
        assert_eq!((tree.missing_parents, tree.doubles, tree.cycles), counts, "{spans:?}");
    }

    #[test]
    fn every_span_appears_once_whatever_the_ids_say() {
        check(&[], "", (0, 0, 0));
        check(&[(1, 0, 0), (2, 1, 1), (3, 2, 2), (4, 1, 5)], "1 .2 ..3 .4", (0, 0, 0));
        check(&[(2, 9, 0), (3, 2, 1), (4, 8, 2)], "2 .3 4", (2, 0, 0));
        check(&[(1, 0, 0), (5, 5, 1)], "1 5", (0, 0, 1));
        check(&[(1, 2, 0), (2, 3, 1), (3, 1, 2)], "1 .3 ..2", (0, 0, 1));
        check(&[(1, 0, 0), (2, 1, 1), (2, 1, 2), (3, 2, 3)], "1 .2 ..3", (0, 1, 0));
        check(&[(1, 0, 0), (2, 0, 1), (3, 2, 2)], "1 2 .3", (0, 0, 0));
    }

    #[test]
    fn a_chain_of_twenty_thousand_does_not_overflow() {
        let id = |n: u32| u64::from(n).to_be_bytes();
        let nodes: Vec<SpanNode> = (0..20_000)
            .map(|n| SpanNode { id: id(n + 1), parent: id(n), start: i64::from(n), ..SpanNode::default() })
            .collect();
        assert_eq!(Tree::build(&nodes).depth_first().last().map(|v| v.depth), Some(19_999));
    }
}
