//! Requests per second and tenant: a token bucket each, one second deep.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::StatusCode;
use service_kit::ApiError;

/// How many times the rate of a standard tenant a premium tenant gets.
const PREMIUM_FACTOR: f64 = 4.0;
/// Tenants remembered at most; beyond, the table starts over.
const TENANTS_MAX: usize = 10_000;

/// The buckets of all tenants.
#[derive(Debug)]
pub(crate) struct RateLimit {
    rate: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl RateLimit {
    pub(crate) fn new(rate: f64) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes a token, or refuses.
    pub(crate) fn admit(&self, tenant: &str, premium: bool) -> Result<(), ApiError> {
        if self.take(tenant, premium, now()) {
            return Ok(());
        }
        Err(ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("`{tenant}` sends more than its plan allows"),
        ))
    }

    fn take(&self, tenant: &str, premium: bool, now: Instant) -> bool {
        let rate = if premium { self.rate * PREMIUM_FACTOR } else { self.rate };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= TENANTS_MAX && !buckets.contains_key(tenant) {
            buckets.clear();
        }
        let bucket = buckets.entry(tenant.to_owned()).or_insert(Bucket { tokens: rate, filled_at: now });
        bucket.tokens = (bucket.tokens + now.duration_since(bucket.filled_at).as_secs_f64() * rate).min(rate);
        bucket.filled_at = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a demo service is outside the platform and has no clock of its"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_tenant_gets_its_rate_and_a_premium_tenant_four_times() {
        let limit = RateLimit::new(2.0);
        let start = now();
        let check = |tenant: &str, premium: bool, at: Instant| {
            (0..20).filter(|_| limit.take(tenant, premium, at)).count()
        };
        assert_eq!(check("a", false, start), 2);
        assert_eq!(check("b", true, start), 8);
        assert_eq!(check("a", false, start + Duration::from_millis(500)), 1);
    }
}
