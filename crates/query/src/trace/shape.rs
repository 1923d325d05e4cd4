//! The spans of a trace become its frame body: depth-first rows with parents as row indices.

use std::collections::HashMap;

use serde_json::Value;
use sightline_model::{Body, Column, TraceId, Warning};

use super::critical::{self, Interval};
use super::tree::{Tree, Visit};
use super::{SpanNode, skew};
use crate::frame::{self, Described};
use crate::words;

/// A span of the waterfall.
#[derive(Debug, Clone, Default)]
pub(crate) struct WaterfallSpan {
    pub(crate) node: SpanNode,
    pub(crate) name: String,
    pub(crate) status: u8,
    pub(crate) is_error: bool,
    pub(crate) tenant: String,
    pub(crate) endpoint: String,
    /// What it calls, by number.
    pub(crate) dependency: u8,
    /// Attributes, resource, events, links; only when asked for.
    pub(crate) extra: Option<[Value; 4]>,
}

/// Names of the columns that hold what was asked for with `include`.
const EXTRA: [&str; 4] = ["attributes", "resource", "events", "links"];

/// Shapes the spans, in any order, into the body of a trace frame, with what the reader should know.
pub(crate) fn body(trace_id: TraceId, mut spans: Vec<WaterfallSpan>) -> (Body, Vec<Warning>) {
    spans.sort_by_key(|span| (span.node.start, span.node.id));
    let nodes: Vec<SpanNode> = spans.iter().map(|span| span.node.clone()).collect();
    let mut tree = Tree::build(&nodes);
    let skew = skew::corrections(&nodes, &tree);
    let times: Vec<Interval> = nodes
        .iter()
        .zip(&skew)
        .map(|(node, skew)| (node.start.saturating_add(*skew), node.end().saturating_add(*skew)))
        .collect();
    tree.sort_by_start(&times.iter().map(|(start, _)| *start).collect::<Vec<_>>());
    let rows = tree.depth_first();
    let on_path = match tree.tops.first() {
        Some(first) => critical::path(&times, &tree, *first),
        None => Vec::new(),
    };
    let shown = || rows.iter().map(|visit| times[visit.span]);
    let origin = shown().map(|(start, _)| start).min().unwrap_or(0);
    let end = shown().map(|(_, end)| end).max().unwrap_or(origin);
    let services = Services::of(&spans, &rows);
    let root = tree.root.and_then(|root| rows.iter().position(|visit| visit.span == root));
    let warnings = warnings(&tree, &skew);
    let facts =
        Facts { skew: &skew, times: &times, on_path: &on_path, selves: &critical::self_times(&times, &tree) };
    let columns = columns(&spans, &rows, &services, &facts, origin);
    let body = Body::Trace {
        trace_id: trace_id.to_string(),
        origin_ns: origin.to_string(),
        duration_ns: u64::try_from(end - origin).unwrap_or(0),
        root: root.map_or(-1, index),
        services: services.names,
        missing_parents: tree.missing_parents,
        rows: rows.len() as u64,
        columns,
    };
    (body, warnings)
}

/// What was computed about each span.
struct Facts<'a> {
    skew: &'a [i64],
    times: &'a [Interval],
    on_path: &'a [bool],
    selves: &'a [i64],
}

fn columns(
    spans: &[WaterfallSpan],
    rows: &[Visit],
    services: &Services,
    facts: &Facts<'_>,
    origin: i64,
) -> Vec<Column> {
    let each = || rows.iter().map(|visit| (visit, &spans[visit.span]));
    let at = |values: &'_ [i64]| rows.iter().map(|visit| values[visit.span]).collect::<Vec<_>>();
    let starts = rows.iter().map(|visit| facts.times[visit.span].0 - origin);
    let mut columns = vec![
        frame::id("span_id", each().map(|(_, span)| hex(&span.node.id))).key(),
        frame::int("parent", rows.iter().map(|visit| visit.parent_row.map_or(-1, index))),
        frame::int("depth", rows.iter().map(|visit| i64::from(visit.depth))),
        frame::int("start", starts).unit("ns"),
        frame::int("duration", each().map(|(_, span)| span.node.duration)).unit("ns"),
        frame::int("service", each().map(|(_, span)| services.index[span.node.service.as_str()])),
        frame::text("name", each().map(|(_, span)| span.name.as_str())),
        frame::word("kind", each().map(|(_, span)| words::kind(span.node.kind))),
        frame::word("status", each().map(|(_, span)| words::status(span.status))),
        frame::flag("is_error", each().map(|(_, span)| span.is_error)),
        frame::flag("critical", rows.iter().map(|visit| facts.on_path[visit.span])),
        frame::int("self", at(facts.selves)).unit("ns"),
        frame::text("tenant", each().map(|(_, span)| span.tenant.as_str())),
        frame::text("endpoint", each().map(|(_, span)| span.endpoint.as_str())),
        frame::word("dep_type", each().map(|(_, span)| words::dependency(span.dependency))),
        frame::int("skew", at(facts.skew)).unit("ns"),
    ];
    if spans.iter().any(|span| span.extra.is_some()) {
        for (part, name) in EXTRA.into_iter().enumerate() {
            let cell =
                |span: &WaterfallSpan| span.extra.as_ref().map_or(Value::Null, |all| all[part].clone());
            columns.push(frame::json(name, each().map(|(_, span)| cell(span))));
        }
    }
    columns
}

/// The services of a trace, numbered in the order in which the rows first name them.
struct Services {
    names: Vec<String>,
    index: HashMap<String, i64>,
}

impl Services {
    fn of(spans: &[WaterfallSpan], rows: &[Visit]) -> Self {
        let mut services = Self { names: Vec::new(), index: HashMap::new() };
        for visit in rows {
            let name = &spans[visit.span].node.service;
            if !services.index.contains_key(name) {
                services.index.insert(name.clone(), index(services.names.len()));
                services.names.push(name.clone());
            }
        }
        services
    }
}

fn warnings(tree: &Tree, skew: &[i64]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let moved = skew.iter().filter(|ns| **ns != 0).count();
    if moved > 0 {
        let text = format!(
            "{moved} spans were moved into their parents because clocks differ; column `skew` says by how much"
        );
        warnings.push(frame::warning("clock_skew", text));
    }
    if tree.doubles > 0 {
        let text = format!("{} spans have the id of another; one of each is shown", tree.doubles);
        warnings.push(frame::warning("duplicate_span_id", text));
    }
    if tree.cycles > 0 {
        let text = format!("{} spans are their own ancestors; they are shown without parent", tree.cycles);
        warnings.push(frame::warning("span_cycle", text));
    }
    warnings
}

/// Returns a row number as it goes on the wire.
fn index(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// Writes bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing into a String cannot fail.
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::span;
    use super::*;

    fn of(nodes: Vec<SpanNode>) -> (Body, Vec<Warning>) {
        let spans =
            nodes.into_iter().map(|node| WaterfallSpan { node, ..WaterfallSpan::default() }).collect();
        body(TraceId([1; 16]), spans)
    }

    fn cells(body: &Body, name: &str) -> String {
        let Body::Trace { columns, .. } = body else { panic!("not a trace") };
        let column = columns.iter().find(|c| c.name == name).unwrap();
        Value::from(column.values.clone()).to_string()
    }

    #[test]
    fn rows_are_depth_first_with_offsets_from_the_earliest_start() {
        let (body, warnings) =
            of(vec![span(2, 1, 1010, 1050, "b"), span(1, 0, 1000, 1100, "a"), span(3, 1, 1005, 1008, "a")]);
        assert_eq!(cells(&body, "parent"), "[-1,0,0]");
        assert_eq!(cells(&body, "start"), "[0,5,10]");
        assert_eq!(cells(&body, "service"), "[0,0,1]");
        assert_eq!(cells(&body, "critical"), "[true,true,true]");
        assert_eq!(cells(&body, "self"), "[57,3,40]");
        let Body::Trace { root, origin_ns, duration_ns, services, .. } = body else { panic!() };
        assert_eq!(
            (root, origin_ns.as_str(), duration_ns, services.join(" ")),
            (0, "1000", 100, "a b".to_owned())
        );
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_moved_span_says_by_how_much() {
        let (body, warnings) = of(vec![span(1, 0, 100, 200, "a"), span(2, 1, 50, 90, "b")]);
        assert_eq!((cells(&body, "start"), cells(&body, "skew")), ("[0,30]".to_owned(), "[0,80]".to_owned()));
        assert_eq!(warnings[0].code, "clock_skew");
    }

    #[test]
    fn a_trace_without_its_root_says_so() {
        let (body, _) = of(vec![span(2, 9, 0, 10, "a"), span(3, 8, 5, 6, "a")]);
        let Body::Trace { root, missing_parents, .. } = body else { panic!() };
        assert_eq!((root, missing_parents), (-1, 2));
    }
}
