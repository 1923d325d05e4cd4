//! The numbers of identity.

use sightline_sdk::metrics::{self, Counter, KeyValue, Kind};

static LOGINS: Counter =
    Counter::new("dotmac.identity.logins", "{login}", "Passwords that fitted (ok) or did not (failed)");

/// Somebody tried to log in.
pub(crate) fn login(is_ok: bool) {
    LOGINS.add(1, &[KeyValue::new("dotmac.outcome", if is_ok { "ok" } else { "failed" })]);
}

/// From now on every export says that a stand-in takes the place of Redis for this cache.
pub(crate) fn stand_in(cache: &'static str) {
    let about = "Caches that something built into the service keeps, for want of their server";
    metrics::observe(Kind::Gauge, "dotmac.cache.stand_in", "{cache}", about, move || {
        vec![(1.0, vec![KeyValue::new("dotmac.cache.name", cache), KeyValue::new("db.system.name", "redis")])]
    });
}
