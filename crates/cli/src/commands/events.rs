//! `sightline events [list|add]`: what happened to services, such as a deployment.

use serde_json::{Map, Value, json};

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  sightline events --since 1d\n  sightline events list 'type = deployment'\n  sightline events add deployment 'billing 1.8.2' --service billing --attribute version=1.8.2"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List events, newest first.
    List(List),
    /// Write down an event; charts mark it.
    #[command(
        after_help = "Examples:\n  sightline events add deployment 'billing 1.8.2' --service billing --environment production\n  sightline events add maintenance 'move the database' --at 2026-11-26T02:00:00Z --end 2026-11-26T03:30:00Z\n\nNeeds a key with the scope events:write."
    )]
    Add(Add),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Events that fit; everything when left out.
    filter: Option<String>,
    /// Events at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    #[command(flatten)]
    range: Range,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// What kind of event: `deployment`, `config`, `maintenance`, ...
    kind: String,
    /// In a few words.
    title: String,
    /// The service that it happened to.
    #[arg(long)]
    service: Option<String>,
    /// Its deployment environment.
    #[arg(long)]
    environment: Option<String>,
    /// When it began (RFC 3339); now when left out.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// When it ended (RFC 3339), for what takes time.
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// What else is known; repeatable.
    #[arg(long = "attribute", value_name = "KEY=VALUE")]
    attributes: Vec<String>,
}

impl Add {
    fn body(&self, tenant: Option<&str>) -> Result<Value, Failure> {
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(self.kind));
        body.insert("title".to_owned(), json!(self.title));
        let given = [
            ("service", self.service.as_deref()),
            ("environment", self.environment.as_deref()),
            ("tenant", tenant),
            ("timestamp", self.at.as_deref()),
            ("end", self.end.as_deref()),
        ];
        body.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
        let attributes: Map<String, Value> =
            self.attributes.iter().map(|text| pair(text)).collect::<Result<_, _>>()?;
        if !attributes.is_empty() {
            body.insert("attributes".to_owned(), Value::Object(attributes));
        }
        Ok(Value::Object(body))
    }
}

fn pair(text: &str) -> Result<(String, Value), Failure> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), json!(value))),
        _ => Err(Failure::Usage(format!("--attribute `{text}`: write it as KEY=VALUE"))),
    }
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    match &args.action {
        Some(Action::Add(add)) => {
            let body = add.body(session.tenant("an event belongs to")?.as_deref())?;
            let made: Value = session.client()?.post("/events", &body).await?;
            output::records(&[made], &["id"], session.format())
        }
        Some(Action::List(list)) => listed(session, list).await,
        None => listed(session, &args.list).await,
    }
}

async fn listed(session: &Session, list: &List) -> Result<(), Failure> {
    let mut parameters = list.range.parameters();
    parameters.extend(list.filter.clone().map(|filter| ("filter", filter)));
    parameters.push(("limit", list.limit.to_string()));
    let frame = session.client()?.frame("/events", &borrowed(&parameters)).await?;
    let shown = ["timestamp", "type", "title", "service", "environment", "tenant", "end"];
    output::picked(frame, &shown, session.format())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Line;
    use clap::Parser as _;

    fn body(line: &[&str]) -> Result<Value, String> {
        let line =
            Line::<Args>::try_parse_from([&["events", "add"], line].concat()).map_err(|e| e.to_string())?;
        let Some(Action::Add(add)) = line.args.action else { panic!("{line:?}") };
        add.body(None).map_err(|e| e.to_string())
    }

    #[test]
    fn an_event_is_sent_with_what_was_said_and_nothing_else() {
        for (line, want) in [
            (&["deployment", "1.8.2"][..], json!({"type": "deployment", "title": "1.8.2"})),
            (
                &[
                    "config",
                    "x",
                    "--service",
                    "billing",
                    "--attribute",
                    "a=b=c",
                    "--end",
                    "2026-11-26T03:30:00Z",
                ],
                json!({"type": "config", "title": "x", "service": "billing", "end": "2026-11-26T03:30:00Z",
                    "attributes": {"a": "b=c"}}),
            ),
        ] {
            assert_eq!(body(line), Ok(want));
        }
        let wrong = body(&["config", "x", "--attribute", "novalue"]).unwrap_err();
        assert_eq!(wrong, "--attribute `novalue`: write it as KEY=VALUE");
        assert!(body(&["config"]).is_err());
    }
}
