//! The numbers of platform.

use sightline_sdk::metrics::{Counter, KeyValue};

static CHANGES: Counter =
    Counter::new("dotmac.platform.settings_changes", "{change}", "Settings that tenants changed");

/// A tenant changed a setting.
pub(crate) fn changed(name: &str) {
    CHANGES.add(1, &[KeyValue::new("dotmac.setting.name", name.to_owned())]);
}
