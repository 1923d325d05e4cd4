//! What a credential opens: the org and the tenants that may be read, and how ingested records get their tenant.
//!
//! *Invariant:* a scope is made once, at the door, from a credential; everything behind it takes the scope as an argument.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{OrgId, TenantId};

/// The tenants that a reader may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Every tenant of the org, and the records without one.
    All,
    /// These only; a record without a tenant is not among them. An empty set sees nothing.
    Set(Arc<BTreeSet<TenantId>>),
}

/// The org and tenants a reader may see. Nothing is read without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    org: OrgId,
    tenants: Tenants,
}

impl TenantScope {
    /// Makes the scope of an authenticated credential.
    #[must_use]
    pub const fn new(org: OrgId, tenants: Tenants) -> Self {
        Self { org, tenants }
    }

    /// Returns the org.
    #[must_use]
    pub const fn org(&self) -> OrgId {
        self.org
    }

    /// Returns the tenants.
    #[must_use]
    pub const fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    /// Narrows the scope to the wanted tenants. It never widens: a tenant outside the scope is left out.
    #[must_use]
    pub fn narrow(&self, wanted: impl IntoIterator<Item = TenantId>) -> Self {
        let mut set: BTreeSet<TenantId> = wanted.into_iter().collect();
        if let Tenants::Set(own) = &self.tenants {
            set.retain(|tenant| own.contains(tenant));
        }
        Self { org: self.org, tenants: Tenants::Set(Arc::new(set)) }
    }
}

/// How the tenant of an ingested record is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantBinding {
    /// The record's own claim is believed: the org's own services.
    Trusted,
    /// Every record belongs to this tenant; a differing claim is kept as `sightline.received.tenant.id` and counted.
    Bound(TenantId),
}

/// What an ingest credential opens: one org, and how tenants are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestScope {
    /// The org that owns what is sent.
    pub org: OrgId,
    /// Whether the tenant attribute is believed.
    pub binding: TenantBinding,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<TenantId> {
        texts.iter().map(|t| TenantId::parse(t).unwrap()).collect()
    }

    #[test]
    fn narrowing_never_widens() {
        let all = TenantScope::new(OrgId(7), Tenants::All);
        let two = all.narrow(ids(&["a", "b"]));
        let one = two.narrow(ids(&["b", "c"]));
        assert_eq!(one.tenants(), &Tenants::Set(Arc::new(ids(&["b"]).into_iter().collect())));
        assert_eq!(one.org(), OrgId(7));
    }
}
