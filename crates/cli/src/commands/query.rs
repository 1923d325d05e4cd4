//! `sightline query FILTER`

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline query 'service = billing status = error'\n  sightline query 'http.route LIKE \"/invoices%\" duration > 100ms' -o csv\n\nThe language: docs/query-language.md"
)]
pub struct Args {
    /// Spans that fit.
    filter: String,
    /// Spans at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    range: Range,
}

/// Columns that fit a terminal.
const SHOWN: [&str; 8] = ["start", "duration", "service", "name", "kind", "status", "tenant", "trace_id"];

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let mut parameters = args.range.parameters();
    parameters.push(("filter", args.filter.clone()));
    parameters.push(("limit", args.limit.to_string()));
    let frame = session.client()?.frame("/spans", &borrowed(&parameters)).await?;
    output::picked(frame, &SHOWN, session.format())
}
