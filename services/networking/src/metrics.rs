//! The numbers of networking.

use service_kit::latest::{self, Latest, Value};
use sightline_sdk::metrics::{Counter, KeyValue, Kind};

use crate::devices::Count;

static PROVISIONINGS: Counter = Counter::new(
    "dotmac.network.provisionings",
    "{provisioning}",
    "Devices that became active, or could not",
);

/// A device became active, or could not.
pub(crate) fn provisioned(is_ok: bool) {
    PROVISIONINGS.add(1, &[KeyValue::new("dotmac.outcome", if is_ok { "ok" } else { "failed" })]);
}

/// Reports the devices that stand.
pub(crate) fn device_count() -> Latest {
    Latest::report(
        Kind::UpDownCounter,
        "dotmac.network.device.count",
        "{device}",
        "Devices by state and type",
    )
}

/// Makes values of the counted devices.
pub(crate) fn devices(counts: Vec<Count>) -> Vec<Value> {
    let of = |(tenant, state, kind, count): Count| {
        let of = [("tenant.id", tenant), ("dotmac.device.state", state), ("dotmac.device.type", kind)];
        latest::value(count, of)
    };
    counts.into_iter().map(of).collect()
}
