//! `sightline tail [FILTER]`: log records as they are stored, until ctrl-c.

use serde::Deserialize;
use sightline_client::Event;
use sightline_model::Frame;

use crate::exit::Failure;
use crate::log_line;
use crate::output::{self, Format};
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline tail 'severity >= warn'\n  sightline tail 'service = billing' -o jsonl | jq .body\n\nWhat a slow terminal misses is counted and said on standard error."
)]
pub struct Args {
    /// Records that fit; everything when left out.
    filter: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Dropped {
    count: u64,
    reason: String,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let filter = args.filter.as_ref().map(|filter| ("filter", filter.as_str()));
    let mut events = session.client()?.events("/logs/tail", filter.as_slice()).await?;
    let stopped = tokio::signal::ctrl_c();
    tokio::pin!(stopped);
    loop {
        let event = tokio::select! {
            event = events.next() => event?,
            _ = &mut stopped => return Ok(()),
        };
        let Some(event) = event else { return Ok(()) };
        show(session, &event)?;
    }
}

fn show(session: &Session, event: &Event) -> Result<(), Failure> {
    match event.name.as_str() {
        "open" => eprintln!("waiting for records; ctrl-c ends"),
        "rows" => rows(session, &event.json::<Frame>()?)?,
        "dropped" => {
            let dropped: Dropped = event.json()?;
            eprintln!("{} records were left out ({}); narrow the filter", dropped.count, dropped.reason);
        }
        "error" => eprintln!("error: {}", event.data),
        _ => {}
    }
    Ok(())
}

fn rows(session: &Session, frame: &Frame) -> Result<(), Failure> {
    match session.format() {
        Format::Table | Format::Wide => {
            output::write(log_line::lines(frame, session.has_colour()).as_bytes())
        }
        // A document has an end, and this has none.
        Format::Json | Format::Yaml | Format::Jsonl => output::frame(frame, Format::Jsonl),
        Format::Csv | Format::Dot => output::frame(frame, session.format()),
    }
}
