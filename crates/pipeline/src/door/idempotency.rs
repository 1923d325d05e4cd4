//! The key under which a request that is sent again is recognised (promise.md 2.3.2).

use sightline_model::{IngestScope, Signal};
use xxhash_rust::xxh3::Xxh3;

use crate::envelope::context_of;

/// Header (HTTP) or metadata key (gRPC) in which our SDK and collector name a batch.
pub(crate) const BATCH_ID_HEADER: &str = "x-batch-id";
/// A longer batch id is not one of ours; the body then decides.
const BATCH_ID_BYTES_MAX: usize = 128;

/// Returns the key: of the batch id when the sender gave one, else of the body. Two orgs, two signals and two tenant
/// bindings never share a key, or else one sender could make another's request look like a repetition.
pub(crate) fn key_of(scope: &IngestScope, signal: Signal, batch_id: Option<&[u8]>, body: &[u8]) -> [u8; 16] {
    let mut hash = Xxh3::new();
    let binding = context_of(&scope.binding);
    hash.update(&scope.org.0.to_le_bytes());
    hash.update(&[signal.code(), u8::try_from(binding.len()).unwrap_or(u8::MAX)]);
    hash.update(&binding);
    match batch_id.filter(|id| (1..=BATCH_ID_BYTES_MAX).contains(&id.len())) {
        Some(id) => {
            hash.update(b"i");
            hash.update(id);
        }
        None => {
            hash.update(b"b");
            hash.update(body);
        }
    }
    hash.digest128().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_model::{OrgId, TenantBinding, TenantId};
    use std::collections::BTreeSet;

    #[test]
    fn keys_differ_by_org_signal_binding_and_bytes() {
        let bound = |tenant: &str| TenantBinding::Bound(TenantId::parse(tenant).unwrap());
        let scope = |org, binding| IngestScope { org: OrgId(org), binding };
        let trusted = scope(1, TenantBinding::Trusted);
        let keys = [
            key_of(&trusted, Signal::Traces, None, b"x"),
            key_of(&trusted, Signal::Traces, None, b"y"),
            key_of(&trusted, Signal::Logs, None, b"x"),
            key_of(&trusted, Signal::Traces, Some(b"x"), b"y"),
            key_of(&scope(2, TenantBinding::Trusted), Signal::Traces, None, b"x"),
            key_of(&scope(1, bound("a")), Signal::Traces, None, b"x"),
            key_of(&scope(1, bound("ab")), Signal::Traces, None, b"x"),
        ];
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        assert_eq!(
            key_of(&trusted, Signal::Traces, Some(&[0; 500]), b"x"),
            keys[0],
            "too long an id is ignored"
        );
        let again = key_of(&trusted, Signal::Traces, Some(b"x"), b"z");
        assert_eq!(again, keys[3], "with an id the body does not matter");
    }
}
