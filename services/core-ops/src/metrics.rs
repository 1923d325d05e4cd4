//! The numbers of core-ops; those of runs are made by the SDK (`dotmac.job.*`, `dotmac.schedule.*`).

use service_kit::latest::{self, Latest, Value};
use sightline_sdk::metrics::Kind;

use crate::queue::Depth;

/// Reports how many jobs wait or run.
pub(crate) fn queue_depth() -> Latest {
    Latest::report(Kind::UpDownCounter, "dotmac.queue.depth", "{item}", "Jobs that wait or run")
}

/// Makes a value of the depth.
pub(crate) fn depth(depth: Depth) -> Vec<Value> {
    vec![latest::value(depth.queued + depth.running, [("dotmac.queue.name", "jobs".to_owned())])]
}
