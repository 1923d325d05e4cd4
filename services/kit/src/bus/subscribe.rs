//! Subscribing: asks the bus for messages, handles each in a CONSUMER span, and acknowledges those that went well.
//!
//! A message whose handling fails is not acknowledged; the bus gives it again when the time for its acknowledgement is
//! over. Asking carries no span: a poll that finds nothing is no work.

use std::time::Duration;

use sightline_sdk::bus::{self, Delivery, Topic};
use sightline_sdk::opentelemetry::trace::TraceContextExt;
use sightline_sdk::opentelemetry::{Context, KeyValue};

use super::{Bus, Message, SYSTEM};
use crate::call;
use crate::clock::Clock;
use crate::error::ApiError;
use crate::stop::Stop;

/// Messages asked for at a time.
const BATCH: u32 = 16;
/// How long the bus may hold an empty answer back.
const WAIT_MS: u32 = 5_000;
/// Pause after a failed poll.
const PAUSE: Duration = Duration::from_millis(500);

/// A group's interest in a topic.
#[derive(Debug, Clone)]
pub struct Subscription {
    bus: Bus,
    topic: &'static str,
    group: &'static str,
}

impl Subscription {
    /// Names topic and group. Members of a group share its messages; each group gets all.
    #[must_use]
    pub const fn new(bus: Bus, topic: &'static str, group: &'static str) -> Self {
        Self { bus, topic, group }
    }

    /// Handles messages until the service stops.
    pub async fn run<F, Fut>(self, stop: Stop, handle: F)
    where
        F: Fn(Message) -> Fut,
        Fut: Future<Output = Result<(), ApiError>>,
    {
        let mut is_failing = false;
        while !stop.is_stopping() {
            let received = tokio::select! {
                received = self.receive() => received,
                () = stop.stopped() => return,
            };
            match received {
                Ok(messages) => {
                    is_failing = false;
                    for message in messages {
                        self.process(message, &handle).await;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, topic = self.topic, "the bus gives no messages; asking on");
                    }
                    stop.sleep(PAUSE).await;
                }
            }
        }
    }

    async fn receive(&self) -> reqwest::Result<Vec<Message>> {
        let (url, topic, group) = (&self.bus.url, self.topic, self.group);
        let url = format!("{url}/topics/{topic}/groups/{group}/receive?max={BATCH}&wait_ms={WAIT_MS}");
        let timeout = Duration::from_millis(u64::from(WAIT_MS)) + Duration::from_secs(10);
        self.bus.http.post(url).timeout(timeout).send().await?.error_for_status()?.json().await
    }

    async fn process<F, Fut>(&self, message: Message, handle: &F)
    where
        F: Fn(Message) -> Fut,
        Fut: Future<Output = Result<(), ApiError>>,
    {
        let position = message.position;
        let (headers, id) = (message.content.headers.clone(), message.content.id.clone());
        let attempt = u32::try_from(message.delivery).unwrap_or(u32::MAX);
        let delivery = Delivery { headers: &headers, message_id: Some(&id), attempt };
        let work = async {
            describe(&message);
            handle(message).await?;
            self.acknowledge(position).await
        };
        let result = bus::process(&Topic::new(SYSTEM, self.topic), self.group, delivery, work).await;
        if let Err(error) = result {
            tracing::warn!(%error, topic = self.topic, position, "a message was not handled; it will come again");
        }
    }

    async fn acknowledge(&self, position: i64) -> Result<(), ApiError> {
        let (url, topic, group) = (&self.bus.url, self.topic, self.group);
        let request = self.bus.http.post(format!("{url}/topics/{topic}/groups/{group}/acks/{position}"));
        call::done(&self.bus.http, request, "/topics/{topic}/groups/{group}/acks/{position}").await
    }
}

/// Says more on the span of the message: what it is, and how long it waited.
fn describe(message: &Message) {
    let waited_ms = (Clock::System.now_ms() - message.published_at).max(0);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of waiting are far below 2^52")]
    let waited = waited_ms as f64 / 1_000.0;
    let context = Context::current();
    let span = context.span();
    span.set_attribute(KeyValue::new("dotmac.bus.kind", message.content.kind.clone()));
    span.set_attribute(KeyValue::new("dotmac.bus.position", message.position));
    span.set_attribute(KeyValue::new("dotmac.bus.queue_time", waited));
}
