//! The numbers of the bus.

use service_kit::latest::{self, Latest, Value};
use sightline_sdk::metrics::{Counter, KeyValue, Kind};

use crate::groups::Progress;

static STORED: Counter = Counter::new("dotmac.bus.stored", "{message}", "Messages that the bus stored");
static SETTLED: Counter =
    Counter::new("dotmac.bus.settled", "{message}", "Messages that a group acknowledged");

static REDELIVERED: Counter =
    Counter::new("dotmac.bus.redelivered", "{message}", "Messages that a group was given again");

/// A message was stored.
pub(crate) fn stored(topic: &str) {
    STORED.add(1, &[KeyValue::new("messaging.destination.name", topic.to_owned())]);
}

/// A group acknowledged a message.
pub(crate) fn settled(topic: &str, group: &str) {
    let topic = KeyValue::new("messaging.destination.name", topic.to_owned());
    SETTLED.add(1, &[topic, KeyValue::new("messaging.consumer.group.name", group.to_owned())]);
}

/// A group was given messages again.
pub(crate) fn redelivered(topic: &str, group: &str, count: u64) {
    let topic = KeyValue::new("messaging.destination.name", topic.to_owned());
    REDELIVERED.add(count, &[topic, KeyValue::new("messaging.consumer.group.name", group.to_owned())]);
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

/// Reports what every group has been given in vain and is given no more.
pub(crate) fn parked() -> Latest {
    Latest::report(Kind::Gauge, "dotmac.bus.parked", "{message}", "Messages given up for a group")
}

/// Makes values of a number of every group.
pub(crate) fn of_groups(progress: Vec<Progress>, number: fn(&Progress) -> i64) -> Vec<Value> {
    let of = |p: Progress| {
        let count = number(&p);
        let of = [("messaging.destination.name", p.topic), ("messaging.consumer.group.name", p.name)];
        latest::value(count, of)
    };
    progress.into_iter().map(of).collect()
}
