//! Messages over an event bus: PRODUCER and CONSUMER spans, and the trace and tenant in the message's headers.
//!
//! The consumer's span is a child of the producer's, so a flow is one trace across the bus, and linked to it; the time in
//! the queue lies between them. Names: semantic conventions, messaging.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use sightline_sdk::bus::{self, Delivery, Headers, Topic};
//!
//! let topic = Topic::new("dotmac_bus", "invoice.paid");
//! let mut queue: Vec<Headers> = Vec::new();
//! bus::publish(&topic, Headers::new(), |headers| {
//!     queue.push(headers);
//!     async { Ok::<_, String>(()) }
//! })
//! .await?;
//! let headers = queue.remove(0);
//! let delivery = Delivery { headers: &headers, message_id: None, attempt: 1 };
//! bus::process(&topic, "mailer", delivery, async { Ok::<_, String>(()) }).await
//! # }).unwrap();
//! ```

use std::collections::BTreeMap;
use std::future::Future;

use opentelemetry::trace::{FutureExt, Link, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};

use crate::exchange::Call;
use crate::metrics::{Counter, Histogram};
use crate::propagation::{self, texts};

/// Headers of a message, or what is stored beside a queued job.
pub type Headers = BTreeMap<String, String>;

static SENT: Counter = Counter::new("messaging.client.sent.messages", "{message}", "Messages sent");
static CONSUMED: Counter =
    Counter::new("messaging.client.consumed.messages", "{message}", "Messages delivered to the application");
static SEND_DURATION: Histogram =
    Histogram::new("messaging.client.operation.duration", "s", "Duration of sending");
static PROCESS_DURATION: Histogram =
    Histogram::new("messaging.process.duration", "s", "Duration of processing messages");

/// A place where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    system: &'static str,
    name: String,
}

impl Topic {
    /// `system` is `messaging.system` (`kafka`, `dotmac_bus`), `name` the topic or queue.
    #[must_use]
    pub fn new(system: &'static str, name: impl Into<String>) -> Self {
        Self { system, name: name.into() }
    }

    fn labels(&self, operation: &'static str) -> Vec<KeyValue> {
        vec![
            KeyValue::new("messaging.system", self.system),
            KeyValue::new("messaging.destination.name", self.name.clone()),
            KeyValue::new("messaging.operation.type", operation),
            KeyValue::new("messaging.operation.name", operation),
        ]
    }
}

/// A message as it was delivered.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// Its headers, as `publish` made them.
    pub headers: &'a Headers,
    /// Its id, if the bus gives one.
    pub message_id: Option<&'a str>,
    /// 1 at the first delivery, 2 at the first redelivery.
    pub attempt: u32,
}

/// Sends a message: `send` gets the headers with the trace and tenant added. The bus is part of the platform, so the
/// tenant always goes along.
///
/// # Errors
/// Those of `send`.
pub async fn publish<T, E, F, Fut>(topic: &Topic, mut headers: Headers, send: F) -> Result<T, E>
where
    F: FnOnce(Headers) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    let labels = topic.labels("send");
    let tracer = global::tracer("sightline-sdk/bus");
    let builder = tracer.span_builder(format!("send {}", topic.name)).with_kind(SpanKind::Producer);
    let span = builder.with_attributes(labels.clone()).start(&tracer);
    let mut call = Call::new(&Context::current_with_span(span), &SEND_DURATION, labels);
    propagation::inject(call.context(), &mut texts::Write(&mut headers), true);
    let result = send(headers).with_context(call.context().clone()).await;
    settle(&mut call, &result);
    SENT.add_in(&call.tenant_context(), 1, call.labels());
    result
}

/// Processes a delivered message on behalf of the producer's tenant, as a consumer of the group.
///
/// # Errors
/// Those of `work`.
pub async fn process<T, E>(
    topic: &Topic,
    group: &str,
    delivery: Delivery<'_>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E>
where
    E: std::fmt::Display,
{
    let producer = propagation::extract(&texts::Read(delivery.headers), true);
    let mut labels = topic.labels("process");
    labels.push(KeyValue::new("messaging.consumer.group.name", group.to_owned()));
    let mut attributes = labels.clone();
    attributes.extend(delivery.message_id.map(|id| KeyValue::new("messaging.message.id", id.to_owned())));
    attributes.push(KeyValue::new("dotmac.bus.delivery.attempt", i64::from(delivery.attempt)));
    let tracer = global::tracer("sightline-sdk/bus");
    let builder = tracer.span_builder(format!("process {}", topic.name)).with_kind(SpanKind::Consumer);
    let span = builder
        .with_attributes(attributes)
        .with_links(link_to(&producer))
        .start_with_context(&tracer, &producer);
    let mut call = Call::new(&producer.with_span(span), &PROCESS_DURATION, labels);
    let result = work.with_context(call.context().clone()).await;
    settle(&mut call, &result);
    CONSUMED.add_in(&call.tenant_context(), 1, call.labels());
    result
}

/// The link to where work comes from; none when that is not known.
pub(crate) fn link_to(origin: &Context) -> Vec<Link> {
    let span_context = origin.span().span_context().clone();
    span_context.is_valid().then(|| Link::with_context(span_context)).into_iter().collect()
}

/// Notes a failure; its type is the name of the error's type, which has few values.
pub(crate) fn settle<T, E: std::fmt::Display>(call: &mut Call, result: &Result<T, E>) {
    if let Err(error) = result {
        call.fail(short_type_name::<E>(), error.to_string());
    }
}

/// `ApiError` for `service_kit::error::ApiError`.
pub(crate) fn short_type_name<E>() -> String {
    let full = std::any::type_name::<E>();
    let without_parameters = full.split('<').next().unwrap_or(full);
    without_parameters.rsplit("::").next().unwrap_or(full).to_owned()
}
