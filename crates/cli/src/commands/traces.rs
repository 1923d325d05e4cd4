//! `sightline traces [FILTER]`

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline traces 'service = billing status = error' --since 1h\n  sightline traces 'duration > 250ms' --sort duration"
)]
pub struct Args {
    /// Traces that have a span which fits; everything when left out.
    filter: Option<String>,
    /// Order, greatest first.
    #[arg(long, value_enum, default_value_t = Sort::Start)]
    sort: Sort,
    /// Traces at most.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    range: Range,
}

/// Columns that fit a terminal.
pub(super) const SHOWN: [&str; 8] =
    ["start", "duration", "root_service", "root_name", "spans", "errors", "tenant", "trace_id"];

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Sort {
    Start,
    Duration,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let mut parameters = args.range.parameters();
    parameters.extend(args.filter.clone().map(|f| ("filter", f)));
    parameters.push(("limit", args.limit.to_string()));
    let sort = match args.sort {
        Sort::Start => "start",
        Sort::Duration => "duration",
    };
    parameters.push(("sort", sort.to_owned()));
    let frame = session.client()?.frame("/traces", &borrowed(&parameters)).await?;
    output::picked(frame, &SHOWN, session.format())
}
