//! `sightline logs [FILTER]`

use sightline_client::encoded;

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

impl Args {
    /// Returns what to ask the API: path and parameters.
    fn question(&self) -> (String, Vec<(&'static str, String)>) {
        let limit = ("limit", self.limit.to_string());
        if let Some(trace) = &self.trace {
            return (format!("/traces/{}/logs", encoded(trace)), vec![limit]);
        }
        let mut parameters = self.range.parameters();
        parameters.extend(self.filter.clone().map(|filter| ("filter", filter)));
        parameters.push(limit);
        ("/logs".to_owned(), parameters)
    }
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let client = session.client()?;
    let (path, parameters) = args.question();
    let frame = client.frame(&path, &borrowed(&parameters)).await?;
    if !session.format().is_table() {
        return output::frame(&frame, session.format());
    }
    let text = log_line::lines(&frame, session.has_colour());
    if text.is_empty() {
        eprintln!("nothing found; widen the time range with --since, or loosen the filter");
    }
    output::write(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn check(words: &[&str], path: &str, parameters: &str) {
        let command = Args::augment_args(clap::Command::new("logs").no_binary_name(true));
        let args = Args::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap();
        let (asked, given) = args.question();
        let given: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!((asked.as_str(), given.join("&").as_str()), (path, parameters), "{words:?}");
    }

    #[test]
    fn the_limit_holds_for_a_trace_too() {
        check(&[], "/logs", "from=now-15m&to=now&limit=100");
        check(&["paid", "--limit", "5"], "/logs", "from=now-15m&to=now&filter=paid&limit=5");
        check(&["--trace", "ab", "--limit", "1000"], "/traces/ab/logs", "limit=1000");
        check(&["--trace", "a/../b"], "/traces/a%2F..%2Fb/logs", "limit=100");
    }
}
