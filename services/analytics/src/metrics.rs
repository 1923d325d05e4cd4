//! The numbers of analytics.

use sightline_sdk::metrics::{Counter, KeyValue};

static FACTS: Counter =
    Counter::new("dotmac.analytics.facts", "{fact}", "Messages that were counted, by their kind");

/// A message was counted.
pub(crate) fn recorded(kind: &str) {
    FACTS.add(1, &[KeyValue::new("dotmac.bus.kind", kind.to_owned())]);
}
