//! The tenant on metric points: of the current work, and of so many tenants at most.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use opentelemetry::{Context, KeyValue};

use crate::tenant;

static NAMED: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());
static NAMED_MAX: AtomicUsize = AtomicUsize::new(500);
static FOLDED: AtomicU64 = AtomicU64::new(0);

/// Sets how many tenants may be named.
pub(super) fn limit(tenants_max: usize) {
    NAMED_MAX.store(tenants_max, Ordering::Relaxed);
}

/// Points so far that carry no tenant because too many are named already.
pub(crate) fn folded() -> u64 {
    FOLDED.load(Ordering::Relaxed)
}

/// Returns the attributes with the tenant of the work, unless they name one.
pub(super) fn stamped(context: &Context, attributes: &[KeyValue]) -> Vec<KeyValue> {
    let mut stamped = Vec::with_capacity(attributes.len() + 1);
    stamped.extend_from_slice(attributes);
    if attributes.iter().all(|kv| kv.key.as_str() != tenant::KEY) {
        stamped.extend(
            tenant::of(context).filter(|t| may_name(t)).map(|tenant| KeyValue::new(tenant::KEY, tenant)),
        );
    }
    stamped
}

fn may_name(tenant: &str) -> bool {
    if NAMED.read().unwrap_or_else(PoisonError::into_inner).contains(tenant) {
        return true;
    }
    let mut named = NAMED.write().unwrap_or_else(PoisonError::into_inner);
    if named.contains(tenant) || named.len() < NAMED_MAX.load(Ordering::Relaxed) {
        named.insert(tenant.to_owned());
        return true;
    }
    FOLDED.fetch_add(1, Ordering::Relaxed);
    false
}
