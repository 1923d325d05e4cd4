//! The body of a live tail: each time the client has taken what there was, the next look at the store.
//!
//! Nothing runs ahead of the client: a slow one is asked for more later, finds more than fits, and is told what was left
//! out. So there is no queue to bound.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::Frame as Piece;
use serde::Serialize;
use serde_json::{Value, json};
use sightline_model::{Kind, TimeRange};
use sightline_query::{Look, Tail};
use tokio::sync::OwnedSemaphorePermit;

use crate::call::Call;
use crate::cursor::{Binding, Position};
use crate::running::RunningQuery;
use crate::{ApiError, ApiState};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// A client hears from us at least so often, in looks.
const QUIET_LOOKS_MAX: u32 = 15;

/// What a live tail needs while it is open.
pub(crate) struct Follow {
    pub(crate) api: ApiState,
    pub(crate) tail: Tail,
    pub(crate) running: RunningQuery,
    pub(crate) binding: Binding,
    /// Given back when the client goes.
    #[expect(dead_code, reason = "held, not read")]
    pub(crate) permit: OwnedSemaphorePermit,
    pub(crate) call: Call,
}

impl Follow {
    /// For how long a lost connection can be taken up again.
    pub(crate) const RESUME_NS: i64 = 60_000_000_000;

    /// Returns what there is to say now; none after the last word.
    async fn step(mut self, quiet: u32, is_first: bool) -> (String, Option<(Self, u32)>) {
        if is_first {
            let opened = event("open", None, &json!({ "query_id": self.call.query_id }));
            return (opened, Some((self, 0)));
        }
        tokio::time::sleep(PAUSE).await;
        // A key that was revoked or a session that ended sees nothing more.
        if self.api.auth.reader(&self.call.credential).is_err() {
            return (event("end", None, &json!({ "reason": "signed_out" })), None);
        }
        let outcome = self.running.until_cancelled(self.tail.look()).await;
        match outcome {
            Err(_) => (event("end", None, &json!({ "reason": "cancelled" })), None),
            Ok(Ok(look)) => {
                let said = self.told(&look);
                match (said.is_empty(), quiet + 1 >= QUIET_LOOKS_MAX) {
                    (true, true) => (": hb\n\n".to_owned(), Some((self, 0))),
                    (true, false) => (String::new(), Some((self, quiet + 1))),
                    (false, _) => (said, Some((self, 0))),
                }
            }
            Ok(Err(error)) => {
                let kind = error.kind();
                let problem = ApiError::from(error).with_query(&self.call.query_id).problem();
                let said = event("error", None, &problem);
                // The engine comes back; what arrives meanwhile is found by the look after that.
                let goes_on = kind.retry() || kind == Kind::Timeout;
                (said, goes_on.then_some((self, 0)))
            }
        }
    }

    /// Writes what a look found: what was left out first, because it is older.
    fn told(&self, look: &Look) -> String {
        let mut said = String::new();
        if let Some(dropped) = look.dropped {
            let content = json!({
                "count": dropped.count,
                "from_ns": dropped.from_ns.to_string(),
                "to_ns": dropped.to_ns.to_string(),
                "reason": "rate",
            });
            said.push_str(&event("dropped", None, &content));
        }
        let token = self.token(look.resume);
        for frame in &look.frames {
            let mut frame = frame.clone();
            frame.meta.query_id.clone_from(&self.call.query_id);
            said.push_str(&event("rows", token.as_deref(), &frame));
        }
        said
    }

    /// Seals where the tail is, for the same caller and the same filter.
    fn token(&self, batch: u64) -> Option<String> {
        let now = self.api.clock.unix_nanos();
        let range = TimeRange::new(now - 1, now)?;
        let position = Position { range, after: batch.to_string() };
        self.api.cursors.seal(&position, &self.binding, now)
    }
}

fn event(name: &str, id: Option<&str>, content: &impl Serialize) -> String {
    let data = serde_json::to_string(content).unwrap_or_else(|_| Value::Null.to_string());
    let id = id.map_or(String::new(), |id| format!("id: {id}\n"));
    format!("event: {name}\n{id}data: {data}\n\n")
}

type Step = Pin<Box<dyn Future<Output = (String, Option<(Follow, u32)>)> + Send>>;

/// Looks one after the other, as the body of a response. Dropping it ends the look that runs.
pub(crate) struct Events(Option<Step>);

impl Events {
    pub(crate) fn new(follow: Follow) -> Self {
        Self(Some(Box::pin(follow.step(0, true))))
    }
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<Bytes>, Infallible>>> {
        loop {
            let Some(step) = self.0.as_mut() else { return Poll::Ready(None) };
            let Poll::Ready((said, rest)) = step.as_mut().poll(cx) else { return Poll::Pending };
            self.0 = rest.map(|(follow, quiet)| Box::pin(follow.step(quiet, false)) as Step);
            if !said.is_empty() {
                return Poll::Ready(Some(Ok(Piece::data(Bytes::from(said)))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_data_whatever_it_holds() {
        let said = event("rows", Some("t1"), &json!({ "body": "two\nlines\r\n\nevent: end" }));
        assert_eq!(said.lines().count(), 4, "{said}");
        assert!(said.starts_with("event: rows\nid: t1\ndata: {"), "{said}");
        assert!(said.ends_with("}\n\n"), "{said}");
    }
}
