//! The numbers of devtools, and its events: what was broken, from when to when.

use sightline_sdk::metrics::{Counter, KeyValue};

use crate::experiment::Record;

static EXPERIMENTS: Counter =
    Counter::new("dotmac.chaos.experiments", "{experiment}", "Experiments that ended, by kind and outcome");

/// An experiment runs.
pub(crate) fn started(record: &Record) {
    let Record { id, service, kind, route, value, .. } = record;
    tracing::info!(event_name = "dotmac.chaos.started", dotmac.chaos.experiment = %id, dotmac.chaos.kind = %kind,
        dotmac.chaos.service = %service, dotmac.chaos.route = %route, dotmac.chaos.value = %value, "an experiment runs");
}

/// An experiment ended.
pub(crate) fn finished(record: &Record, outcome: &'static str) {
    let Record { id, service, kind, route, value, .. } = record;
    tracing::info!(event_name = "dotmac.chaos.finished", dotmac.chaos.experiment = %id, dotmac.chaos.kind = %kind,
        dotmac.chaos.service = %service, dotmac.chaos.route = %route, dotmac.chaos.value = %value,
        dotmac.chaos.outcome = outcome, "an experiment ended");
    let labels =
        [KeyValue::new("dotmac.chaos.kind", kind.clone()), KeyValue::new("dotmac.chaos.outcome", outcome)];
    EXPERIMENTS.add(1, &labels);
}
