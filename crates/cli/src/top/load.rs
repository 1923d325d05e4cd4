//! Questions to the server.

use serde_json::Value;
use sightline_client::{Client, Error, ErrorKind, Events};
use sightline_model::Frame;
use tokio::time::Instant;

use super::books::Books;
use super::view::{View, encoded};

/// Traces on a page.
const TRACES: &str = "100";
/// Metrics on a page.
const METRICS: &str = "500";
/// Lines of a chart.
const LINES: &str = "12";
/// Points of a line: as many as a wide terminal has dots.
const POINTS: &str = "240";

/// What a view wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) view: View,
    pub(super) filter: String,
    pub(super) search: String,
    pub(super) since: String,
}

/// What the server says.
#[derive(Debug)]
pub(super) enum Answer {
    Frame(Box<Frame>),
    Detail(Value),
    Books(Box<Books>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) text: String,
    /// The server is there, but not ready.
    pub(super) is_passing: bool,
}

/// Asks what a view wants to know; none for a view that is fed by the live stream.
pub(super) async fn load(
    client: Client,
    ask: Ask,
    started: Instant,
) -> (Ask, Option<Result<Answer, Trouble>>) {
    let answer = match answer(&client, &ask, started).await {
        Ok(None) => None,
        Ok(Some(answer)) => Some(Ok(answer)),
        Err(error) => Some(Err(Trouble::of(&error))),
    };
    (ask, answer)
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        Self { text: error.to_string(), is_passing: error.kind() == ErrorKind::Unavailable }
    }
}

async fn answer(client: &Client, ask: &Ask, started: Instant) -> Result<Option<Answer>, Error> {
    let frame = |frame| Some(Answer::Frame(Box::new(frame)));
    let with = |more: &[(&'static str, &'static str)]| {
        let mut out = vec![("from", ask.since.as_str())];
        out.extend(more);
        out
    };
    let filtered = |more| {
        let mut out = with(more);
        out.extend((!ask.filter.is_empty()).then_some(("filter", ask.filter.as_str())));
        out
    };
    Ok(match &ask.view {
        View::Services => frame(client.frame("/services", &filtered(&[])).await?),
        View::Traces => frame(client.frame("/traces", &filtered(&[("limit", TRACES)])).await?),
        View::Trace(id) => frame(client.frame(&format!("/traces/{}", encoded(id)), &[]).await?),
        View::Span(trace, span) => {
            let path = format!("/traces/{}/spans/{}", encoded(trace), encoded(span));
            Some(Answer::Detail(client.get(&path, &[]).await?))
        }
        View::Logs => None,
        View::Map => frame(client.frame("/service_map", &with(&[])).await?),
        View::Metrics => {
            let mut parameters = with(&[("limit", METRICS)]);
            parameters.extend((!ask.search.is_empty()).then_some(("search", ask.search.as_str())));
            frame(client.metrics(&parameters).await?)
        }
        View::Metric(name) => {
            let parameters = filtered(&[("limit", LINES), ("max_points", POINTS)]);
            frame(client.metric_over_time(name, &parameters).await?)
        }
        View::Pipeline => {
            let status = client.get("/status", &[]).await?;
            let (_, text) = client.plain("/metrics").await?;
            Some(Answer::Books(Box::new(Books::read(status, &text, started.elapsed().as_secs_f64()))))
        }
    })
}

/// Opens the live stream of log records.
pub(super) async fn tail(client: Client, filter: String) -> Result<Events, Error> {
    let all = [("filter", filter.as_str())];
    client.events("/logs/tail", if filter.is_empty() { &[] } else { &all }).await
}
