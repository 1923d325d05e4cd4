//! The numbers of the bus.

use service_kit::latest::{self, Latest, Value};
use sightline_sdk::metrics::{Counter, KeyValue, Kind};

use crate::groups::Progress;

static STORED: Counter = Counter::new("dotmac.bus.stored", "{message}", "Messages that the bus stored");
static SETTLED: Counter =
    Counter::new("dotmac.bus.settled", "{message}", "Messages that a group acknowledged");

/// A message was stored.
pub(crate) fn stored(topic: &str) {
    STORED.add(1, &[KeyValue::new("messaging.destination.name", topic.to_owned())]);
}

/// A group acknowledged a message.
pub(crate) fn settled(topic: &str, group: &str) {
    let topic = KeyValue::new("messaging.destination.name", topic.to_owned());
    SETTLED.add(1, &[topic, KeyValue::new("messaging.consumer.group.name", group.to_owned())]);
}

/// Reports the lag of every group.
pub(crate) fn lag() -> Latest {
    Latest::report(
        Kind::Gauge,
        "dotmac.bus.consumer.lag",
        "{message}",
        "Messages that a group has not acknowledged",
    )
}

/// Makes values of the progress of groups.
pub(crate) fn lags(progress: Vec<Progress>) -> Vec<Value> {
    let of = |p: Progress| {
        let of = [("messaging.destination.name", p.topic), ("messaging.consumer.group.name", p.name)];
        latest::value(p.lag, of)
    };
    progress.into_iter().map(of).collect()
}
