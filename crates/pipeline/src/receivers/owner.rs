//! Whose what the server fetches itself is: an org and, if the settings name one, a tenant of it.

use sightline_model::{IngestScope, OrgId, TenantBinding, TenantId};

use crate::Error;

/// Refuses a setting that is no name of a tenant; empty is none.
pub(super) fn check_tenant(setting: &'static str, tenant: &str) -> Result<(), Error> {
    if tenant.is_empty() || TenantId::parse(tenant).is_ok() {
        return Ok(());
    }
    Err(Error::Setting { setting, detail: format!("`{tenant}` is no name of a tenant") })
}

/// Returns the owner by settings that were checked.
pub(super) fn owner(org: u32, tenant: &str) -> IngestScope {
    let binding = TenantId::parse(tenant).map_or(TenantBinding::Trusted, TenantBinding::Bound);
    IngestScope { org: OrgId(org), binding }
}
