//! How many requests a key or user may make: so many in a window, refilled steadily (GCRA).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use sightline_model::{Kind, OrgId, Principal};

use crate::ApiError;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// With more callers than this, those whose quota is whole again are forgotten.
const CALLERS_KEPT: usize = 10_000;

/// The quotas of all callers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    quota: u32,
    window: Duration,
    /// When the quota of a caller is whole again, on the monotonic clock.
    whole_at: Arc<Mutex<HashMap<(OrgId, String), Duration>>>,
}

/// What is left to a caller, for the headers of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    quota: u32,
    window: Duration,
    left: u32,
    whole_in: Duration,
}

impl Rates {
    pub(crate) fn new(quota: u32, window: Duration) -> Self {
        Self { quota, window, whole_at: Arc::default() }
    }

    /// Takes one request off the caller's quota; none when there is no quota.
    pub(crate) fn take(&self, principal: &Principal, now: Duration) -> Result<Option<Quota>, ApiError> {
        if self.quota == 0 {
            return Ok(None);
        }
        let one = self.window / self.quota;
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CALLERS_KEPT {
            all.retain(|_, whole_at| *whole_at > now);
        }
        let whole_at = all.entry((principal.scope.org(), principal.name.clone())).or_default();
        let next = (*whole_at).max(now) + one;
        let whole_in = next.saturating_sub(now);
        if whole_in > self.window {
            let pause = whole_in.saturating_sub(self.window);
            let text = format!(
                "more than {} requests in {} s by this caller; try again in {} s",
                self.quota,
                self.window.as_secs(),
                pause.as_secs() + 1
            );
            return Err(ApiError::new(Kind::Exhausted, text).with_pause(pause));
        }
        *whole_at = next;
        drop(all);
        let left = (self.window.saturating_sub(whole_in)).as_nanos() / one.as_nanos().max(1);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        Ok(Some(Quota { quota: self.quota, window: self.window, left, whole_in }))
    }
}

impl Quota {
    /// Tells the caller (httpapi draft 11).
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        let policy = format!("\"caller\";q={};w={}", self.quota, self.window.as_secs());
        let limit = format!("\"caller\";r={};t={}", self.left, self.whole_in.as_secs() + 1);
        for (name, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sightline_model::{TenantScope, Tenants};

    use super::*;

    fn caller(org: u32, name: &str) -> Principal {
        Principal {
            name: name.to_owned(),
            org_slug: "x".to_owned(),
            scope: TenantScope::new(OrgId(org), Tenants::All),
            permissions: [].into(),
            role: None,
        }
    }

    #[test]
    fn a_quota_is_used_up_refills_steadily_and_is_the_callers_own() {
        let rates = Rates::new(4, Duration::from_secs(8));
        let at = Duration::from_secs;
        let left = |who: &Principal, now: u64| rates.take(who, at(now)).map(|q| q.map(|q| q.left)).ok();
        let ada = caller(1, "ada");
        let all: Vec<_> = (0..5).map(|_| left(&ada, 100)).collect();
        assert_eq!(all, [Some(Some(3)), Some(Some(2)), Some(Some(1)), Some(Some(0)), None]);
        assert_eq!(left(&ada, 101), None);
        assert_eq!(left(&ada, 102), Some(Some(0)), "one more every two seconds");
        assert_eq!(left(&caller(1, "eve"), 102), Some(Some(3)));
        assert_eq!(left(&caller(2, "ada"), 102), Some(Some(3)));
        assert_eq!(left(&ada, 200), Some(Some(3)));
        assert_eq!(rates.take(&ada, at(200)).unwrap().unwrap().whole_in, at(4));
    }

    #[test]
    fn without_a_quota_nothing_is_counted() {
        let rates = Rates::new(0, Duration::from_secs(10));
        assert_eq!(rates.take(&caller(1, "ada"), Duration::ZERO).unwrap(), None);
    }
}
