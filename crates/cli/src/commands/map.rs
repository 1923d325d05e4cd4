//! `sightline map [SERVICE]`: who calls whom.

use std::fmt::Write as _;

use sightline_client::encoded;

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::graph::{Branch, Graph};
use crate::output::{self, Format};
use crate::safe_text::shown;
use crate::session::Session;
use crate::units;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline map --since 1h\n  sightline map billing\n  sightline map -o wide\n  sightline map -o csv > edges.csv\n  sightline map -o dot | dot -Tsvg > map.svg\n\nA table is the tree from the callers down; wide adds every edge with its numbers; jsonl and csv are the edges."
)]
pub struct Args {
    /// Only this service, who calls it and what it calls.
    service: Option<String>,
    /// With jsonl and csv: the nodes instead of the edges.
    #[arg(long)]
    nodes: bool,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let parameters = args.range.parameters();
    let path = match &args.service {
        Some(service) => format!("/services/{}/dependencies", encoded(service)),
        None => "/service_map".to_owned(),
    };
    let answer = session.client()?.frame(&path, &borrowed(&parameters)).await?;
    let format = session.format();
    let Some(graph) = Graph::of(&answer.body) else { return output::frame(&answer, format) };
    match format {
        Format::Json | Format::Yaml => return output::frame(&answer, format),
        _ => output::remarks(&answer.meta),
    }
    match format {
        Format::Dot => output::write(dot(graph).as_bytes()),
        Format::Table | Format::Wide => {
            let tree = graph.tree();
            if tree.is_empty() {
                eprintln!("no calls between services in this range; widen it with --since");
                return Ok(());
            }
            output::write(picture(&tree, session.has_colour()).as_bytes())?;
            if format == Format::Table {
                return Ok(());
            }
            output::write(b"\n")?;
            output::rows(graph.edge_columns(), Format::Wide)
        }
        _ => output::rows(if args.nodes { graph.node_columns() } else { graph.edge_columns() }, format),
    }
}

/// The tree with rate, errors and latency in columns.
fn picture(tree: &[Branch], has_colour: bool) -> String {
    let names: Vec<String> = tree.iter().map(label).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
    let mut out = format!("{:<width$}  {:<8}  {:>9}  {:>7}  {:>9}\n", "NODE", "HOW", "RATE", "ERRORS", "P95");
    for (branch, name) in tree.iter().zip(&names) {
        let [how, rate, errors, p95] = numbers(branch);
        let line = format!("{name:<width$}  {how:<8}  {rate:>9}  {errors:>7}  {p95:>9}");
        let is_red = has_colour && branch.edge.as_ref().is_some_and(|edge| edge.errors > 0.0);
        let (on, off) = if is_red { ("\x1b[31m", "\x1b[0m") } else { ("", "") };
        let _never_fails = writeln!(out, "{on}{}{off}", line.trim_end());
    }
    out
}

/// The name with its lines; a node whose calls stand above says so.
pub(crate) fn label(branch: &Branch) -> String {
    let more = if branch.is_repeated { " (above)" } else { "" };
    format!("{}{}{more}", branch.lead, shown(&branch.node.name))
}

/// How a node is reached, how often, with which share of errors, how fast; empty where the tree begins.
pub(crate) fn numbers(branch: &Branch) -> [String; 4] {
    let Some(edge) = &branch.edge else { return [const { String::new() }; 4] };
    let latency = edge.p95.map_or_else(|| "-".to_owned(), units::duration);
    let how = if edge.kind == "virtual" { branch.node.kind.as_str() } else { edge.kind.as_str() };
    [shown(how).into_owned(), units::rate(edge.rate), units::share(edge.error_share()), latency]
}

/// The graph in the language of Graphviz.
fn dot(graph: Graph<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", shown(text).replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = "digraph sightline {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for node in graph.nodes() {
        let shape = match node.kind.as_str() {
            "database" | "cache" => "cylinder",
            "queue" => "cds",
            "external" | "unknown" => "ellipse",
            "user" => "plain",
            _ => "box",
        };
        out += &format!("  {} [label={}, shape={shape}];\n", quoted(&node.id), quoted(&node.name));
    }
    for edge in graph.edges() {
        let label = format!("{} {}", units::rate(edge.rate), units::share(edge.error_share()));
        let colour = if edge.errors > 0.0 { ", color=red" } else { "" };
        let ends = format!("{} -> {}", quoted(&edge.source), quoted(&edge.target));
        out += &format!("  {ends} [label={}{colour}];\n", quoted(&label));
    }
    out + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    #[test]
    fn a_map_reads_from_the_callers_down() {
        let answer = graph(&[
            ("(user)", "gateway", 9.5, 0),
            ("gateway", "billing", 2.0, 7),
            ("billing", "db:bills\u{1b}", 0.25, 0),
        ]);
        let graph = Graph::of(&answer.body).unwrap();
        insta::assert_snapshot!(picture(&graph.tree(), false));
        assert!(picture(&graph.tree(), true).contains("\u{1b}[31m   └─ billing"));
    }

    #[test]
    fn the_picture_for_graphviz_cannot_be_broken_out_of() {
        let answer = graph(&[("a\"b", "db:\\x", 1.0, 1)]);
        insta::assert_snapshot!(dot(Graph::of(&answer.body).unwrap()));
    }
}
