//! The pipeline's own metrics: one place for their names and labels (vocabulary.md 8).

use sightline_model::{OrgId, RejectReason, Signal};
use sightline_runtime::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

fn by_org(name: &'static str, signal: Signal, org: OrgId) -> Counter {
    counter(name, &[("signal", signal.as_str()), ("org", &org.to_string())])
}

/// Counts records that arrived, kept or not.
pub(crate) fn received(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.received", signal, org)
}

/// Counts bytes that arrived, as they came over the wire.
pub(crate) fn received_bytes(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.received.bytes", signal, org)
}

/// Counts records that lie in the store.
pub(crate) fn stored(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.stored", signal, org)
}

/// Counts bytes of requests whose records lie in the store.
pub(crate) fn stored_bytes(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.stored.bytes", signal, org)
}

/// Counts records of requests that were sent again and acknowledged without storing them twice.
pub(crate) fn deduplicated(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.deduplicated", signal, org)
}

/// Counts records (a request refused before it was decoded counts as one) by the reason of [`RejectReason`].
/// The org is empty while it is not known.
pub(crate) fn rejected(signal: Signal, reason: RejectReason, org: Option<OrgId>) -> Counter {
    let org = org.map_or_else(String::new, |org| org.to_string());
    let labels = [("signal", signal.as_str()), ("reason", reason.as_str()), ("org", &org)];
    counter("sightline.pipeline.rejected", &labels)
}

/// Tells how many acknowledged records wait in the log.
pub(crate) fn in_wal(signal: Signal, org: OrgId) -> Gauge {
    gauge("sightline.pipeline.in_wal", &[("signal", signal.as_str()), ("org", &org.to_string())])
}

/// Measures from the first byte of a request to its acknowledgement.
pub(crate) fn ack_duration(signal: Signal) -> Histogram {
    histogram("sightline.pipeline.ack.duration", &[("signal", signal.as_str())])
}

/// Measures from arrival to being queryable.
pub(crate) fn freshness(signal: Signal) -> Histogram {
    histogram("sightline.pipeline.freshness", &[("signal", signal.as_str())])
}

/// Counts records with a property worth knowing: `tenant_invalid`, `tenant_inherited`, `endpoints_folded`, ...
pub(crate) fn noted(name: &'static str, signal: Signal) -> Counter {
    counter(name, &[("signal", signal.as_str())])
}

/// Counts attributes that were cut because they were over a limit; their record was kept.
pub(crate) fn attributes_cut(signal: Signal, org: OrgId) -> Counter {
    by_org("sightline.pipeline.attributes_cut", signal, org)
}

/// Counts connections by what became of them: `accepted`, `timed_out`.
pub(crate) fn connections(receiver: &'static str, outcome: &'static str) -> Counter {
    counter("sightline.pipeline.connections", &[("receiver", receiver), ("outcome", outcome)])
}

/// Counts what becomes of tailed files and their lines: `lines`, `lines_cut`, `invalid_utf8`, `truncated`,
/// `compressed`, `too_many`, `unreadable`, `checkpoint_failed`, `waits`.
pub(crate) fn files(outcome: &'static str) -> Counter {
    counter("sightline.pipeline.files", &[("outcome", outcome)])
}
