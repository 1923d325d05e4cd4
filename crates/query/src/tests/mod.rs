//! Questions against the real engine: one engine for all tests, one org each.

mod cost;
mod deployments;
mod derived;
mod events;
mod exact;
mod fields;
mod filters;
mod hostile;
mod hours;
mod lines;
mod logs;
mod map;
mod map_spans;
mod metric_cost;
mod metric_families;
mod metric_odd;
mod metric_points;
mod metrics;
mod red;
mod search;
mod service_exemplars;
mod traces;
mod usage;
mod world;

use sightline_model::{Body, Frame};

/// Returns the cells of a column as JSON text; panics when there is no such column.
fn cells(frame: &Frame, name: &str) -> Vec<String> {
    let columns = match &frame.body {
        Body::Table { columns, .. } | Body::Trace { columns, .. } | Body::Logs { columns, .. } => columns,
        Body::Graph { edges, .. } => &edges.columns,
        Body::Series { .. } => panic!("a series has no cells"),
    };
    let column =
        columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no column {name}"));
    column
        .values
        .iter()
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .collect()
}
