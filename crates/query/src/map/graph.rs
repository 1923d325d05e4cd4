//! Edges and nodes of the map, from the sums of windows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::red::measure::Measure;

/// What an edge tells of (the numbers of the column).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A call, as the callee served it.
    Call,
    /// The same call, as the caller saw it.
    Seen,
    /// A call of something that sends no spans: a database, a cache, another party.
    Virtual,
    /// A request from outside.
    Entry,
    /// A message into a queue.
    Send,
    /// A message out of a queue.
    Receive,
    /// How long messages waited between two services.
    Waited,
}

impl Kind {
    pub(super) const fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Call,
            2 => Self::Seen,
            3 => Self::Virtual,
            4 => Self::Entry,
            5 => Self::Send,
            6 => Self::Receive,
            7 => Self::Waited,
            _ => return None,
        })
    }

    /// Returns the word of the answer; latencies beside a count have none.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Virtual => "virtual",
            Self::Entry => "entry",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Seen | Self::Waited => "",
        }
    }
}

/// The sums of one client, server, kind and system.
#[derive(Debug, Clone)]
pub(super) struct EdgeRow {
    pub(super) client: String,
    pub(super) server: String,
    pub(super) kind: Kind,
    pub(super) system: String,
    pub(super) measure: Measure,
}

/// One edge of the answer.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) kind: Kind,
    /// That of most of its calls.
    pub(super) system: String,
    pub(super) measure: Measure,
    /// What the caller saw.
    pub(super) seen: Measure,
    /// How long messages waited.
    pub(super) waited: Measure,
}

/// One node of the answer.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) system: String,
    /// What it serves.
    pub(super) measure: Measure,
}

/// The map.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) edges: Vec<Edge>,
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// Makes the map, busiest first.
    pub(super) fn of(rows: Vec<EdgeRow>) -> Self {
        let (mut beside, mut counted) = (Vec::new(), Vec::new());
        for row in rows {
            if row.kind.word().is_empty() { beside.push(row) } else { counted.push(row) }
        }
        let mut edges = counted_edges(counted);
        let index = Index::of(&edges);
        for row in beside {
            index.add_beside(row, &mut edges);
        }
        edges.sort_by(|a, b| {
            let name = |edge: &Edge| (edge.source.clone(), edge.target.clone(), edge.kind);
            b.measure.count.total_cmp(&a.measure.count).then_with(|| name(a).cmp(&name(b)))
        });
        let nodes = nodes(&edges);
        Self { edges, nodes }
    }

    /// Leaves what one service (under any of its names) calls and is called by; through a queue, up to the other side.
    pub(super) fn keep_around(&mut self, names: &[String]) {
        let is_own = |id: &String| names.contains(id);
        let queues =
            |kind: Kind, own: fn(&Edge) -> &String, queue: fn(&Edge) -> &String| -> BTreeSet<String> {
                let fits = |edge: &&Edge| edge.kind == kind && is_own(own(edge));
                self.edges.iter().filter(fits).map(|edge| queue(edge).clone()).collect()
            };
        let into = queues(Kind::Send, |edge| &edge.source, |edge| &edge.target);
        let out_of = queues(Kind::Receive, |edge| &edge.target, |edge| &edge.source);
        self.edges.retain(|edge| {
            is_own(&edge.source)
                || is_own(&edge.target)
                || (edge.kind == Kind::Receive && into.contains(&edge.source))
                || (edge.kind == Kind::Send && out_of.contains(&edge.target))
        });
        let ends: BTreeSet<&String> =
            self.edges.iter().flat_map(|edge| [&edge.source, &edge.target]).collect();
        self.nodes.retain(|node| ends.contains(&node.id));
    }
}

/// Joins the systems of an edge.
fn counted_edges(rows: Vec<EdgeRow>) -> Vec<Edge> {
    let mut edges: BTreeMap<(String, String, Kind), (Edge, f64)> = BTreeMap::new();
    for row in rows {
        let key = (row.client.clone(), row.server.clone(), row.kind);
        let (edge, most) = edges.entry(key).or_insert_with(|| {
            let edge = Edge {
                source: row.client,
                target: row.server,
                kind: row.kind,
                system: String::new(),
                measure: Measure::default(),
                seen: Measure::default(),
                waited: Measure::default(),
            };
            (edge, -1.0)
        });
        if row.measure.count > *most {
            *most = row.measure.count;
            edge.system = row.system;
        }
        edge.measure.merge(&row.measure);
    }
    edges.into_values().map(|(edge, _)| edge).collect()
}

/// Where the edges are that a latency belongs to: there are tens of thousands of both.
#[derive(Debug, Default)]
struct Index {
    /// Calls, by who calls whom.
    calls: HashMap<(String, String), usize>,
    /// What a service receives.
    receives: HashMap<String, Vec<usize>>,
    /// Who sends into each queue.
    senders: HashMap<String, HashSet<String>>,
}

impl Index {
    fn of(edges: &[Edge]) -> Self {
        let mut index = Self::default();
        for (at, edge) in edges.iter().enumerate() {
            let (source, target) = (edge.source.clone(), edge.target.clone());
            match edge.kind {
                Kind::Call => drop(index.calls.insert((source, target), at)),
                Kind::Receive => index.receives.entry(target).or_default().push(at),
                Kind::Send => drop(index.senders.entry(target).or_default().insert(source)),
                Kind::Seen | Kind::Virtual | Kind::Entry | Kind::Waited => {}
            }
        }
        index
    }

    /// Puts a latency beside the edges it belongs to: what a caller saw to the call; a wait between two services to
    /// what the second receives from the queues that the first sends into.
    fn add_beside(&self, row: EdgeRow, edges: &mut [Edge]) {
        if row.kind == Kind::Seen {
            if let Some(at) = self.calls.get(&(row.client, row.server)) {
                edges[*at].seen.merge(&row.measure);
            }
            return;
        }
        let sends =
            |queue: &String| self.senders.get(queue).is_some_and(|sources| sources.contains(&row.client));
        for at in self.receives.get(&row.server).into_iter().flatten() {
            if sends(&edges[*at].source) {
                edges[*at].waited.merge(&row.measure);
            }
        }
    }
}

/// Returns the ends of the edges, each with what it serves.
fn nodes(edges: &[Edge]) -> Vec<Node> {
    let mut nodes: BTreeMap<&str, Node> = BTreeMap::new();
    let new = |id: &str| Node { id: id.to_owned(), system: String::new(), measure: Measure::default() };
    for edge in edges {
        let source = nodes.entry(&edge.source).or_insert_with(|| new(&edge.source));
        // A queue that is only read from.
        if edge.kind == Kind::Receive && source.system.is_empty() {
            source.system.clone_from(&edge.system);
        }
        let target = nodes.entry(&edge.target).or_insert_with(|| new(&edge.target));
        target.measure.merge(&edge.measure);
        if matches!(edge.kind, Kind::Virtual | Kind::Send) && target.system.is_empty() {
            target.system.clone_from(&edge.system);
        }
    }
    let mut nodes: Vec<Node> = nodes.into_values().collect();
    nodes.sort_by(|a, b| b.measure.count.total_cmp(&a.measure.count).then_with(|| a.id.cmp(&b.id)));
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(client: &str, server: &str, kind: Kind, n: u32) -> EdgeRow {
        let measure = Measure { count: f64::from(n), ..Measure::default() };
        EdgeRow {
            client: client.to_owned(),
            server: server.to_owned(),
            kind,
            system: "kafka".to_owned(),
            measure,
        }
    }

    #[test]
    fn latencies_stand_beside_their_own_edges() {
        let graph = Graph::of(vec![
            row("a", "b", Kind::Call, 9),
            row("c", "b", Kind::Call, 8),
            row("a", "q", Kind::Send, 7),
            row("q", "b", Kind::Receive, 6),
            row("other", "b", Kind::Receive, 5),
            row("a", "b", Kind::Seen, 4),
            row("a", "nobody", Kind::Seen, 4),
            row("a", "b", Kind::Waited, 3),
            row("c", "b", Kind::Waited, 2),
        ]);
        let beside = |edge: &Edge| format!("{} {}", edge.seen.count, edge.waited.count);
        let got: Vec<String> = graph.edges.iter().map(beside).collect();
        assert_eq!(got, ["4 0", "0 0", "0 0", "0 3", "0 0"]);
    }

    #[test]
    fn a_queue_that_is_only_read_from_has_a_system() {
        let graph = Graph::of(vec![row("queue:kafka/x", "service:b", Kind::Receive, 1)]);
        let systems: Vec<(&str, &str)> =
            graph.nodes.iter().map(|node| (node.id.as_str(), node.system.as_str())).collect();
        assert_eq!(systems, [("service:b", ""), ("queue:kafka/x", "kafka")]);
    }
}
