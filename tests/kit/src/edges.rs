//! The service map as the ledger knows it: who called whom, how often, and how often that failed.

use std::collections::BTreeMap;

use crate::expect::Node;
use crate::ledger::{Count, Ledger};

/// Source, kind and target: ids of nodes as the platform writes them, but for the parts that a run chooses
/// (`db:`, `cache:` and `external:` stand without name, host and port).
pub type Edge = (String, &'static str, String);

/// Counts of edges.
pub type Edges = BTreeMap<Edge, Count>;

impl Ledger {
    /// Counts calls and errors of every edge, of one tenant or of all.
    ///
    /// The generator names a span of its own as the parent of each request and never sends it, so who calls the gateway
    /// is `(unknown)`. Topics are queues of the bus (`dotmac_bus`).
    #[must_use]
    pub fn edges(&self, tenant: Option<&str>) -> Edges {
        let mut edges = Edges::new();
        for entry in self.entries.iter().filter(|entry| tenant.is_none_or(|only| entry.tenant == only)) {
            walk(&entry.whole(), None, &mut edges);
        }
        edges
    }
}

/// Counts the span of a node by the side that served it, and those below.
fn walk(node: &Node, parent: Option<&Node>, edges: &mut Edges) {
    let is_answered = node.children.iter().any(|child| child.kind == "server");
    let own = format!("service:{}", node.service);
    let caller = || parent.map(|parent| format!("service:{}", parent.service));
    let topic = |verb: &str| format!("queue:dotmac_bus/{}", node.name.trim_start_matches(verb));
    let edge = match node.kind.as_str() {
        "server" => Some(match caller() {
            Some(caller) => (caller, "call", own),
            None => ("(unknown)".to_owned(), "entry", own),
        }),
        "producer" => Some((own, "send", topic("send "))),
        "consumer" => Some((topic("process "), "receive", own)),
        "client" if !is_answered => Some((own, "virtual", asked(&node.name).to_owned())),
        _ => None,
    };
    if let Some(edge) = edge {
        let count = edges.entry(edge).or_default();
        count.requests += 1;
        count.errors += u64::from(node.status == "error");
    }
    node.children.iter().for_each(|child| walk(child, Some(node), edges));
}

/// What a CLIENT span asks that no service answers: the payment provider, the cache, or a database.
fn asked(name: &str) -> &'static str {
    match name {
        "POST /charges" => "external:",
        "GET" | "SET" => "cache:",
        _ => "db:",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::{self, Told};
    use crate::ledger::Entry;
    use crate::plan::Action;

    fn check(action: Action, status: u16, fault: Option<&str>, want: &[&str]) {
        let told = Told { tenant: "t", status, fault, failing_attempts: 0 };
        let (tree, later) = expect::trace(action, &told);
        let entry = Entry {
            trace_id: "1".to_owned(),
            action,
            tenant: "t".to_owned(),
            started: 0,
            ended: 0,
            status,
            fault: fault.map(str::to_owned),
            amount: 0,
            tree,
            later,
        };
        let ledger = Ledger { entries: vec![entry], ..Ledger::default() };
        let line = |((source, kind, target), count): (Edge, Count)| {
            format!("{source} {kind} {target} {}/{}", count.requests, count.errors)
        };
        let got: Vec<String> = ledger.edges(None).into_iter().map(line).collect();
        assert_eq!(got, want, "{action:?}");
        assert!(ledger.edges(Some("other")).is_empty());
    }

    #[test]
    fn each_action_has_its_edges() {
        check(
            Action::WrongLogin,
            401,
            None,
            &[
                "(unknown) entry service:api-gateway 1/0",
                "service:api-gateway call service:identity 1/0",
                "service:identity virtual db: 1/0",
            ],
        );
        check(
            Action::Pay,
            502,
            Some("billing provider"),
            &[
                "(unknown) entry service:api-gateway 1/1",
                "service:api-gateway call service:billing 1/1",
                "service:api-gateway call service:identity 1/0",
                "service:billing virtual db: 1/0",
                "service:billing virtual external: 1/1",
                "service:identity virtual cache: 1/0",
            ],
        );
        check(
            Action::Change,
            200,
            None,
            &[
                "(unknown) entry service:api-gateway 1/0",
                "queue:dotmac_bus/tenants receive service:analytics 1/0",
                "service:analytics call service:core-events 1/0",
                "service:analytics virtual db: 1/0",
                "service:api-gateway call service:identity 1/0",
                "service:api-gateway call service:platform 1/0",
                "service:core-events virtual db: 2/0",
                "service:identity virtual cache: 1/0",
                "service:platform call service:core-events 1/0",
                "service:platform send queue:dotmac_bus/tenants 1/0",
                "service:platform virtual db: 3/0",
            ],
        );
    }
}
