//! Who calls whom, as the server answers it (frame `graph`): nodes, edges, and the tree that starts at the callers.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sightline_model::{Body, Column};

/// The columns of an answer of this kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Graph<'a> {
    nodes: &'a [Column],
    edges: &'a [Column],
}

/// What calls or is called: a service, a database, a queue, somebody outside.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// Calls, or messages, from one node to another. Rates per second, latencies in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) kind: String,
    pub(crate) calls: f64,
    pub(crate) errors: f64,
    pub(crate) rate: f64,
    pub(crate) p95: Option<f64>,
}

impl Edge {
    /// Returns the share of calls that failed, 0 to 1.
    pub(crate) fn error_share(&self) -> f64 {
        if self.calls > 0.0 { self.errors / self.calls } else { 0.0 }
    }
}

/// A line of the tree: a node as one of its callers reaches it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    /// The lines that lead to it (`│  ├─ `).
    pub(crate) lead: String,
    pub(crate) node: Node,
    /// How it is reached; none where the tree begins.
    pub(crate) edge: Option<Edge>,
    /// What it calls stands at an earlier line.
    pub(crate) is_repeated: bool,
}

impl<'a> Graph<'a> {
    /// Reads an answer; none when it is of another kind.
    pub(crate) fn of(body: &'a Body) -> Option<Self> {
        match body {
            Body::Graph { nodes, edges } => Some(Self { nodes: &nodes.columns, edges: &edges.columns }),
            _ => None,
        }
    }

    /// Returns the columns of the edges, for tables.
    pub(crate) const fn edge_columns(self) -> &'a [Column] {
        self.edges
    }

    /// Returns the columns of the nodes.
    pub(crate) const fn node_columns(self) -> &'a [Column] {
        self.nodes
    }

    pub(crate) fn nodes(self) -> Vec<Node> {
        let cell = |name, row| text(self.nodes, name, row);
        (0..length(self.nodes))
            .map(|row| Node { id: cell("id", row), kind: cell("kind", row), name: cell("name", row) })
            .collect()
    }

    pub(crate) fn edges(self) -> Vec<Edge> {
        let columns = self.edges;
        let amount = |name, row| number(columns, name, row);
        (0..length(columns))
            .map(|row| Edge {
                source: text(columns, "source", row),
                target: text(columns, "target", row),
                kind: text(columns, "kind", row),
                calls: amount("calls", row).unwrap_or(0.0),
                errors: amount("errors", row).unwrap_or(0.0),
                rate: amount("rate", row).unwrap_or(0.0),
                p95: amount("p95", row),
            })
            .collect()
    }

    /// Returns the tree: callers first, busiest first. Every edge is one line; what a node calls is shown once.
    pub(crate) fn tree(self) -> Vec<Branch> {
        tree(&self.nodes(), &self.edges())
    }
}

fn length(columns: &[Column]) -> usize {
    columns.first().map_or(0, |column| column.values.len())
}

fn value<'a>(columns: &'a [Column], name: &str, row: usize) -> Option<&'a Value> {
    columns.iter().find(|column| column.name == name)?.values.get(row)
}

fn text(columns: &[Column], name: &str, row: usize) -> String {
    value(columns, name, row).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Counts beyond 2^53 come as text.
fn number(columns: &[Column], name: &str, row: usize) -> Option<f64> {
    let value = value(columns, name, row)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn tree(nodes: &[Node], edges: &[Edge]) -> Vec<Branch> {
    let mut edges = edges.to_vec();
    edges.sort_by(|a, b| b.rate.total_cmp(&a.rate).then_with(|| a.target.cmp(&b.target)));
    let called: HashSet<&str> =
        edges.iter().filter(|e| e.source != e.target).map(|e| e.target.as_str()).collect();
    let mut calls: HashMap<&str, Vec<&Edge>> = HashMap::new();
    edges.iter().for_each(|edge| calls.entry(&edge.source).or_default().push(edge));
    let busy = |node: &Node| calls.get(node.id.as_str()).into_iter().flatten().map(|e| e.rate).sum::<f64>();
    let busy: HashMap<&str, f64> = nodes.iter().map(|node| (node.id.as_str(), busy(node))).collect();
    let mut roots: Vec<&Node> = nodes.iter().collect();
    // Nodes that nobody calls first; then those of circles, which have no beginning.
    roots.sort_by(|a, b| {
        let is_called = |node: &Node| called.contains(node.id.as_str());
        let order =
            is_called(a).cmp(&is_called(b)).then_with(|| busy[b.id.as_str()].total_cmp(&busy[a.id.as_str()]));
        order.then_with(|| a.id.cmp(&b.id))
    });
    let nodes = nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let mut growing = Growing { nodes, calls: &calls, seen: HashSet::new(), out: Vec::new() };
    for root in roots {
        if growing.seen.insert(root.id.clone()) {
            let branch = Branch { lead: String::new(), node: root.clone(), edge: None, is_repeated: false };
            growing.out.push(branch);
            growing.below(&root.id);
        }
    }
    growing.out
}

struct Growing<'a> {
    nodes: HashMap<&'a str, &'a Node>,
    /// What each node calls, busiest first.
    calls: &'a HashMap<&'a str, Vec<&'a Edge>>,
    seen: HashSet<String>,
    out: Vec<Branch>,
}

impl<'a> Growing<'a> {
    /// Without recursion: a chain of services may be as long as the map is large.
    fn below(&mut self, root: &str) {
        let mut waiting: Vec<(&'a Edge, String, bool)> = self.children(root, "");
        while let Some((edge, indent, is_last)) = waiting.pop() {
            let is_new = self.seen.insert(edge.target.clone());
            let goes_on = self.calls.contains_key(edge.target.as_str());
            let found = self.nodes.get(edge.target.as_str()).copied().cloned();
            let node = found.unwrap_or_else(|| Node {
                id: edge.target.clone(),
                kind: "unknown".to_owned(),
                name: edge.target.clone(),
            });
            self.out.push(Branch {
                lead: format!("{indent}{}", if is_last { "└─ " } else { "├─ " }),
                node,
                edge: Some(edge.clone()),
                is_repeated: !is_new && goes_on,
            });
            if is_new {
                let indent = format!("{indent}{}", if is_last { "   " } else { "│  " });
                waiting.extend(self.children(&edge.target, &indent));
            }
        }
    }

    /// The edges of a node, last one first, as a stack wants them.
    fn children(&self, node: &str, indent: &str) -> Vec<(&'a Edge, String, bool)> {
        let edges = self.calls.get(node).into_iter().flatten().rev();
        edges.enumerate().map(|(n, edge)| (*edge, indent.to_owned(), n == 0)).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;
    use sightline_model::{Frame, Meta};

    /// Source, target, rate, errors out of a hundred.
    type Call<'a> = (&'a str, &'a str, f64, u32);

    /// A graph of calls `source > target`, each with a rate and errors out of a hundred calls.
    pub(crate) fn graph(calls: &[Call<'_>]) -> Frame {
        let column = |name: &str, kind: &str, values: Vec<Value>| json!({"name": name, "type": kind, "values": values});
        let mut ids: Vec<&str> = calls.iter().flat_map(|(a, b, ..)| [*a, *b]).collect();
        ids.sort_unstable();
        ids.dedup();
        let kind = |id: &&str| if id.starts_with("db:") { json!("database") } else { json!("service") };
        let edge = |name, kind, pick: &dyn Fn(&Call<'_>) -> Value| {
            column(name, kind, calls.iter().map(pick).collect())
        };
        serde_json::from_value(json!({
            "kind": "graph",
            "meta": Meta::default(),
            "nodes": {"rows": ids.len(), "columns": [
                column("id", "string", ids.iter().map(|id| json!(id)).collect()),
                column("kind", "enum", ids.iter().map(kind).collect()),
                column("name", "string", ids.iter().map(|id| json!(id)).collect()),
            ]},
            "edges": {"rows": calls.len(), "columns": [
                edge("source", "string", &|call| json!(call.0)),
                edge("target", "string", &|call| json!(call.1)),
                edge("kind", "enum", &|_| json!("call")),
                edge("calls", "int", &|_| json!(100)),
                edge("errors", "int", &|call| json!(call.3)),
                edge("rate", "float", &|call| json!(call.2)),
                edge("p95", "float", &|call| json!(call.2 / 100.0)),
            ]},
        }))
        .unwrap()
    }

    fn check(calls: &[Call<'_>], want: &[&str]) {
        let frame = graph(calls);
        let tree = Graph::of(&frame.body).unwrap().tree();
        let got: Vec<String> = tree
            .iter()
            .map(|b| format!("{}{}{}", b.lead, b.node.name, if b.is_repeated { " ^" } else { "" }))
            .collect();
        assert_eq!(got, want);
        assert_eq!(tree.iter().filter(|b| b.edge.is_some()).count(), calls.len(), "every edge is a line");
    }

    #[test]
    fn the_tree_starts_at_callers_and_shows_every_edge_once() {
        check(
            &[
                ("user", "gateway", 9.0, 0),
                ("gateway", "billing", 2.0, 1),
                ("gateway", "identity", 5.0, 0),
                ("billing", "identity", 1.0, 0),
                ("identity", "db:users", 6.0, 0),
            ],
            &[
                "user",
                "└─ gateway",
                "   ├─ identity",
                "   │  └─ db:users",
                "   └─ billing",
                "      └─ identity ^",
            ],
        );
    }

    #[test]
    fn circles_and_self_calls_end() {
        check(&[("a", "b", 1.0, 0), ("b", "a", 1.0, 0)], &["a", "└─ b", "   └─ a ^"]);
        check(&[("a", "a", 1.0, 0)], &["a", "└─ a ^"]);
        check(&[], &[]);
    }

    #[test]
    fn a_chain_of_thousands_does_not_overflow() {
        let names: Vec<String> = (0..3000).map(|n| format!("s{n}")).collect();
        let calls: Vec<_> = names.windows(2).map(|w| (w[0].as_str(), w[1].as_str(), 1.0, 0)).collect();
        assert_eq!(Graph::of(&graph(&calls).body).unwrap().tree().len(), 3000);
    }
}
