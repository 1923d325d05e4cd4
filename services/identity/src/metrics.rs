//! The numbers of identity.

use sightline_sdk::metrics::{Counter, KeyValue};

static LOGINS: Counter =
    Counter::new("dotmac.identity.logins", "{login}", "Passwords that fitted (ok) or did not (failed)");

/// Somebody tried to log in.
pub(crate) fn login(is_ok: bool) {
    LOGINS.add(1, &[KeyValue::new("dotmac.outcome", if is_ok { "ok" } else { "failed" })]);
}
