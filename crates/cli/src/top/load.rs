//! Questions to the server.

use serde_json::Value;
use sightline_client::{Client, Error, Events};
use sightline_model::Frame;

use super::state::View;

/// Traces on a page.
const TRACES: &str = "100";

/// What a view wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) view: View,
    pub(super) filter: String,
    pub(super) since: String,
}

/// What the server says.
#[derive(Debug)]
pub(super) enum Answer {
    Frame(Box<Frame>),
    Status(Value),
}

/// Asks what a view wants to know; none for a view that is fed by the live stream.
pub(super) async fn load(client: Client, ask: Ask) -> (Ask, Option<Result<Answer, String>>) {
    let answer = match answer(&client, &ask).await {
        Ok(None) => None,
        Ok(Some(answer)) => Some(Ok(answer)),
        Err(error) => Some(Err(error.to_string())),
    };
    (ask, answer)
}

async fn answer(client: &Client, ask: &Ask) -> Result<Option<Answer>, Error> {
    let frame = |frame| Some(Answer::Frame(Box::new(frame)));
    let range = ("from", ask.since.as_str());
    Ok(match &ask.view {
        View::Services => frame(client.frame("/services", &[range]).await?),
        View::Traces => {
            let all = [range, ("limit", TRACES), ("filter", ask.filter.as_str())];
            let asked = if ask.filter.is_empty() { &all[..2] } else { &all };
            frame(client.frame("/traces", asked).await?)
        }
        View::Trace(id) => frame(client.frame(&format!("/traces/{id}"), &[]).await?),
        View::Logs => None,
        View::Pipeline => Some(Answer::Status(client.get("/status", &[]).await?)),
    })
}

/// Opens the live stream of log records.
pub(super) async fn tail(client: Client, filter: String) -> Result<Events, Error> {
    let all = [("filter", filter.as_str())];
    client.events("/logs/tail", if filter.is_empty() { &[] } else { &all }).await
}
