//! The map as columns.

use std::collections::BTreeSet;

use sightline_model::{Body, Column, Exactness, Grid};

use super::graph::{Edge, Graph, Node};
use crate::ask::Open;
use crate::frame::{self, Described};
use crate::red::measure::Measure;

/// Most edges in an answer.
const EDGES_MAX: usize = 5_000;

/// Makes the answer; beyond the limit the busiest edges stay, with their nodes.
pub(super) fn of(mut graph: Graph, covered_s: f64, open: &mut Open<'_>) -> Body {
    if graph.edges.len() > EDGES_MAX {
        let detail = format!("{EDGES_MAX} of {} edges", graph.edges.len());
        open.incomplete.push(frame::row_limit(detail, "use one environment, or ask about one service"));
        graph.edges.truncate(EDGES_MAX);
        let ends: BTreeSet<&String> =
            graph.edges.iter().flat_map(|edge| [&edge.source, &edge.target]).collect();
        graph.nodes.retain(|node| ends.contains(&node.id));
    }
    let whole = open.exactness;
    Body::Graph { nodes: nodes(&graph.nodes, covered_s, whole), edges: edges(&graph.edges, covered_s, whole) }
}

fn nodes(nodes: &[Node], covered_s: f64, whole: Exactness) -> Grid {
    let mut columns = vec![
        frame::text("id", nodes.iter().map(|node| node.id.as_str())).key(),
        frame::word("kind", nodes.iter().map(|node| kind_and_name(&node.id).0)),
        frame::text("name", nodes.iter().map(|node| kind_and_name(&node.id).1)),
        frame::text("system", nodes.iter().map(|node| node.system.as_str())),
    ];
    columns.extend(measured(&nodes.iter().map(|node| &node.measure), covered_s, whole));
    Grid { rows: nodes.len() as u64, columns }
}

fn edges(edges: &[Edge], covered_s: f64, whole: Exactness) -> Grid {
    let mut columns = vec![
        frame::text("source", edges.iter().map(|edge| edge.source.as_str())).key(),
        frame::text("target", edges.iter().map(|edge| edge.target.as_str())).key(),
        frame::word("kind", edges.iter().map(|edge| edge.kind.word())).key(),
        frame::text("system", edges.iter().map(|edge| edge.system.as_str())),
    ];
    columns.extend(measured(&edges.iter().map(|edge| &edge.measure), covered_s, whole));
    columns.push(quantile("client_p95", edges.iter().map(|edge| &edge.seen), 0.95, whole));
    columns.push(quantile("queue_p50", edges.iter().map(|edge| &edge.waited), 0.5, whole));
    columns.push(quantile("queue_p95", edges.iter().map(|edge| &edge.waited), 0.95, whole));
    Grid { rows: edges.len() as u64, columns }
}

/// Calls, errors, rate and quantiles.
fn measured<'a>(
    measures: &(impl Iterator<Item = &'a Measure> + Clone),
    covered_s: f64,
    whole: Exactness,
) -> [Column; 6] {
    // Counts are exact unless senders kept a part only.
    let counts = if whole >= Exactness::Adjusted { whole } else { Exactness::Exact };
    let number = |name: &str, unit: &str, value: fn(&Measure, f64) -> Option<f64>| {
        let values = measures.clone().map(|measure| value(measure, covered_s));
        frame::float(name, values).unit(unit).exactness(counts)
    };
    [
        number("calls", "{request}", |m, _| Some(m.count)),
        number("errors", "{error}", |m, _| Some(m.errors)),
        number("rate", "1/s", |m, s| (s > 0.0).then(|| m.count / s)),
        quantile("p50", measures.clone(), 0.5, whole),
        quantile("p95", measures.clone(), 0.95, whole),
        quantile("p99", measures.clone(), 0.99, whole),
    ]
}

fn quantile<'a>(name: &str, measures: impl Iterator<Item = &'a Measure>, q: f64, whole: Exactness) -> Column {
    let values = measures.map(|measure| measure.latency.quantile(q));
    frame::float(name, values).unit("s").exactness(whole.max(Exactness::Approximated))
}

/// Reads the id of a node (vocabulary.md 3).
fn kind_and_name(id: &str) -> (&'static str, &str) {
    const KINDS: [(&str, &str); 5] = [
        ("service:", "service"),
        ("db:", "database"),
        ("cache:", "cache"),
        ("queue:", "queue"),
        ("external:", "external"),
    ];
    let known =
        KINDS.iter().find_map(|(prefix, kind)| Some((*kind, without_empty(kind, id.strip_prefix(prefix)?))));
    known.unwrap_or(match id {
        "(user)" => ("user", "user"),
        _ => ("unknown", id),
    })
}

/// Cuts what stands before an absent part: a database in a file has no host, and some have no name.
fn without_empty<'a>(kind: &str, name: &'a str) -> &'a str {
    if !matches!(kind, "database" | "cache") {
        return name;
    }
    let Some(name) = name.strip_suffix('@') else { return name };
    name.strip_suffix('/').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_nodes_tell_kind_and_name() {
        for (id, expected) in [
            ("service:billing", ("service", "billing")),
            ("db:postgresql/billing@pg:5432", ("database", "postgresql/billing@pg:5432")),
            ("db:sqlite/billing.db@", ("database", "sqlite/billing.db")),
            ("db:mysql/@", ("database", "mysql")),
            ("db:mysql/@host", ("database", "mysql/@host")),
            ("cache:redis@cache", ("cache", "redis@cache")),
            ("cache:memcached@", ("cache", "memcached")),
            ("queue:sqs/a@", ("queue", "sqs/a@")),
            ("queue:kafka/orders", ("queue", "kafka/orders")),
            ("external:(other)", ("external", "(other)")),
            ("(user)", ("user", "user")),
            ("(unknown)", ("unknown", "(unknown)")),
        ] {
            assert_eq!(kind_and_name(id), expected);
        }
    }
}
