//! `sightline flows [NAME]`: named ways through several services, and their traces.

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;
use sightline_model::{Body, Frame};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline flows\n  sightline flows billing --since 1h\n\nFlows are set by the server's administrator (query.flows)."
)]
pub struct Args {
    /// Show the traces of this flow instead of the list.
    flow: Option<String>,
    /// Traces at most.
    #[arg(long, default_value_t = 20, requires = "flow")]
    limit: u32,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let client = session.client()?;
    let flows = client.frame("/flows", &[]).await?;
    let Some(flow) = &args.flow else { return output::frame(&flows, session.format()) };
    let mut parameters = args.range.parameters();
    parameters.push(("filter", filter_of(&flows, flow)?));
    parameters.push(("limit", args.limit.to_string()));
    let traces = client.frame("/traces", &borrowed(&parameters)).await?;
    output::picked(traces, &super::traces::SHOWN, session.format())
}

/// Returns the filter of a flow.
fn filter_of(flows: &Frame, flow: &str) -> Result<String, Failure> {
    let texts = |name: &str| -> Vec<String> {
        let Body::Table { columns, .. } = &flows.body else { return Vec::new() };
        let column = columns.iter().find(|column| column.name == name);
        let values = column.map(|column| column.values.as_slice()).unwrap_or_default();
        values.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect()
    };
    let names = texts("name");
    let at = names.iter().position(|name| name == flow);
    at.and_then(|at| texts("filter").get(at).cloned()).ok_or_else(|| {
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Failure::NotFound(format!("there is no flow `{flow}`; known: {known}"))
    })
}
