//! Publishing: a PRODUCER span around the call of the bus.

use serde_json::Value;
use sightline_sdk::bus::{self, Headers, Topic};
use sightline_sdk::opentelemetry::trace::TraceContextExt;
use sightline_sdk::opentelemetry::{Context, KeyValue};

use super::{NewMessage, SYSTEM};
use crate::call;
use crate::error::ApiError;

/// Where the bus is; clones share connections.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(super) url: String,
    pub(super) http: reqwest::Client,
}

impl Bus {
    /// Names the bus by the URL of `core-events`. Nothing is sent yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), http: reqwest::Client::new() }
    }

    /// Publishes a message and returns when the bus has stored it.
    ///
    /// # Errors
    /// When the bus does not answer or refuses (502, or its 4xx).
    pub async fn publish(
        &self,
        topic: &'static str,
        kind: &'static str,
        body: Value,
    ) -> Result<(), ApiError> {
        bus::publish(&Topic::new(SYSTEM, topic), Headers::new(), |headers| async move {
            let id = uuid::Uuid::new_v4().simple().to_string();
            let context = Context::current();
            let span = context.span();
            span.set_attribute(KeyValue::new("messaging.message.id", id.clone()));
            span.set_attribute(KeyValue::new("dotmac.bus.kind", kind));
            let message = NewMessage { id, kind: kind.to_owned(), headers, body };
            let request = self.http.post(format!("{}/topics/{topic}/messages", self.url)).json(&message);
            call::done(&self.http, request, "/topics/{topic}/messages").await
        })
        .await
    }
}
