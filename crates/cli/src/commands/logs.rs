//! `sightline logs [FILTER]`

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::log_line;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline logs 'severity >= warn service = billing' --since 1h\n  sightline logs '\"payment failed\"' --limit 50\n  sightline logs --trace 4951...\n\nNewest last, as in a file. Follow with `sightline tail`."
)]
pub struct Args {
    /// Records that fit, words of the body or conditions; everything when left out.
    filter: Option<String>,
    /// Records of this trace, whatever the time range.
    #[arg(long, value_name = "TRACE_ID", conflicts_with = "filter")]
    trace: Option<String>,
    /// Records at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let client = session.client()?;
    let frame = if let Some(trace) = &args.trace {
        client.frame(&format!("/traces/{trace}/logs"), &[]).await?
    } else {
        let mut parameters = args.range.parameters();
        parameters.extend(args.filter.clone().map(|filter| ("filter", filter)));
        parameters.push(("limit", args.limit.to_string()));
        client.frame("/logs", &borrowed(&parameters)).await?
    };
    if !session.format().is_table() {
        return output::frame(&frame, session.format());
    }
    let text = log_line::lines(&frame, session.has_colour());
    if text.is_empty() {
        eprintln!("nothing found; widen the time range with --since, or loosen the filter");
    }
    output::write(text.as_bytes())
}
