//! The tenant of a record: first match of vocabulary.md 6.2, rows 1 to 4.

use std::borrow::Cow;

use sightline_model::{TenantBinding, TenantId};

use super::attributes::Exceptions;
use super::keys::Keys;
use super::resource::Resource;
use super::{AppendContext, Appended};
use crate::rules::Facts;
use crate::semconv::Fact;

/// What was found out about the tenant of a record.
pub(super) struct Tenant<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// Whether anything names it, so that nothing is inherited.
    pub(super) is_claimed: bool,
    pub(super) exceptions: Exceptions,
}

/// Finds the tenant of a record.
pub(super) fn tenant<'t>(
    facts: &Facts<'_, 't>,
    keys: &Keys,
    resource: &'t Resource<'_>,
    cx: &AppendContext<'t>,
    appended: &mut Appended,
) -> Tenant<'t> {
    let own = facts.slots.find(Fact::Tenant).map(|(at, _)| (at, facts.text(Fact::Tenant)));
    if let TenantBinding::Bound(bound) = cx.binding {
        let bound = bound.as_str().as_bytes();
        let moved = own.filter(|(_, text)| **text != *bound).map(|(at, _)| at);
        appended.tenant_overwritten += u32::from(moved.is_some() || resource.is_overwritten);
        return Tenant { text: Cow::Borrowed(bound), is_claimed: true, exceptions: Exceptions { moved } };
    }
    let mut is_invalid = false;
    let mut take = |text: Option<Cow<'t, [u8]>>| {
        let text = text?;
        let is_valid = TenantId::is_valid(&text);
        is_invalid |= !is_valid;
        is_valid.then_some(text)
    };
    let found = take(own.map(|(_, text)| text))
        .or_else(|| take(cx.tenancy.claim(facts.attributes, keys)))
        .or_else(|| take(resource.tenant.as_deref().map(Cow::Borrowed)));
    appended.tenant_invalid += u32::from(is_invalid);
    Tenant {
        is_claimed: found.is_some(),
        text: found.unwrap_or(Cow::Borrowed(b"")),
        exceptions: Exceptions::default(),
    }
}
