//! Requests and errors by windows of ten seconds.
//!
//! A span belongs to the window in which it starts. The ledger knows when an action was sent and when its answer was
//! read, and every span that somebody waited for starts between the two. So for an action within one window the ledger
//! alone says where its spans belong. For an action across a boundary it says only that they start within the action:
//! there the caller tells the start, and is held to that.

use std::collections::BTreeMap;

use crate::expect::Node;
use crate::ledger::{Count, Entry, Ledger};

/// Width of a window.
pub const WINDOW_NS: u64 = 10_000_000_000;

/// Service, endpoint, tenant, and the start of the window (ns since the epoch).
pub type Cell = (String, String, String, u64);

/// Returns the start of the window that holds an instant.
#[must_use]
pub const fn window_of(at: u64) -> u64 {
    at - at % WINDOW_NS
}

impl Entry {
    /// Returns the window of all spans of the action; none when the action crosses a boundary.
    #[must_use]
    pub fn window(&self) -> Option<u64> {
        let first = window_of(self.started);
        (first == window_of(self.ended)).then_some(first)
    }
}

impl Ledger {
    /// Counts requests and errors per service, endpoint, tenant and window. `start` is asked for spans of actions
    /// across a boundary only.
    ///
    /// # Panics
    /// When a start lies outside of its action.
    #[must_use]
    pub fn red_by_window(&self, start: impl Fn(&Entry, &Node) -> u64) -> BTreeMap<Cell, Count> {
        let mut red: BTreeMap<Cell, Count> = BTreeMap::new();
        for entry in &self.entries {
            let within = |node: &Node| {
                let at = start(entry, node);
                let is_within = (entry.started..=entry.ended).contains(&at);
                assert!(is_within, "{} {} of {} starts at {at}", node.service, node.name, entry.trace_id);
                window_of(at)
            };
            entry.tree.visit(&mut |node| {
                if node.kind == "server" {
                    let window = entry.window().unwrap_or_else(|| within(node));
                    let key = (node.service.clone(), node.name.clone(), node.tenant.clone(), window);
                    let count = red.entry(key).or_default();
                    count.requests += 1;
                    count.errors += u64::from(node.status == "error");
                }
            });
        }
        red
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;

    fn ledger(started: u64, ended: u64) -> Ledger {
        let node = |kind: &str, status: &str, children| Node {
            service: "s".to_owned(),
            name: "GET /".to_owned(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            tenant: "t".to_owned(),
            children,
        };
        let tree = node("server", "error", vec![node("client", "error", Vec::new())]);
        let entry = Entry {
            trace_id: "1".to_owned(),
            action: Action::Login,
            tenant: "t".to_owned(),
            started,
            ended,
            status: 500,
            fault: None,
            amount: 0,
            tree,
            later: Vec::new(),
        };
        Ledger { entries: vec![entry], ..Ledger::default() }
    }

    #[test]
    fn the_ledger_decides_within_a_window_and_the_given_start_across_a_boundary() {
        let check = |started, ended, start, want| {
            let red = ledger(started, ended).red_by_window(|_, _| start);
            let got: Vec<_> = red.into_iter().map(|((.., window), count)| (window, count)).collect();
            assert_eq!(got, [(want, Count { requests: 1, errors: 1 })], "{started} to {ended}, {start}");
        };
        check(0, WINDOW_NS - 1, 999, 0);
        check(WINDOW_NS, WINDOW_NS + 5, 0, WINDOW_NS);
        check(WINDOW_NS - 5, WINDOW_NS + 5, WINDOW_NS - 1, 0);
        check(WINDOW_NS - 5, WINDOW_NS + 5, WINDOW_NS, WINDOW_NS);
    }

    #[test]
    #[should_panic(expected = "starts at 3")]
    fn a_start_outside_of_its_action_is_refused() {
        drop(ledger(WINDOW_NS - 5, WINDOW_NS + 5).red_by_window(|_, _| 3));
    }
}
