//! The numbers of the gateway: refused requests, and each tenant's use of its daily quota.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use service_kit::Clock;
use service_kit::latest::{self, Value};
use sightline_sdk::metrics::{self, Counter, KeyValue, Kind};

static REFUSED: Counter = Counter::new(
    "dotmac.gateway.rate_limit.hits",
    "{hit}",
    "Requests refused because the tenant sends too many",
);

/// Requests a day of a standard tenant, and of a premium one. Told, not enforced: the rate limit refuses.
const QUOTA: i64 = 100_000;
const QUOTA_PREMIUM: i64 = 400_000;
/// Tenants remembered at most.
const TENANTS_MAX: usize = 10_000;
const DAY_MS: i64 = 86_400_000;

/// Use of today, by tenant: requests and quota. A restart begins to count anew.
static USED: Mutex<Option<Day>> = Mutex::new(None);

#[derive(Debug, Default)]
struct Day {
    number: i64,
    tenants: HashMap<String, (i64, i64)>,
}

/// A request was refused at a route, under a plan.
pub(crate) fn refused(route: &str, plan: &str) {
    let labels = [
        KeyValue::new("http.route", route.to_owned()),
        KeyValue::new("dotmac.rate_limit.policy", plan.to_owned()),
    ];
    REFUSED.add(1, &labels);
}

/// A tenant made a request.
pub(crate) fn used(tenant: &str, is_premium: bool) {
    let today = Clock::System.now_ms() / DAY_MS;
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let day = used.get_or_insert_default();
    if day.number != today {
        *day = Day { number: today, tenants: HashMap::new() };
    }
    if day.tenants.len() < TENANTS_MAX || day.tenants.contains_key(tenant) {
        let (count, limit) = day.tenants.entry(tenant.to_owned()).or_default();
        *count += 1;
        *limit = if is_premium { QUOTA_PREMIUM } else { QUOTA };
    }
}

/// Reports use and quota of the tenants, for the rest of the process.
pub(crate) fn report_quotas() {
    let report = |name: &'static str, about: &'static str, of: fn(&(i64, i64)) -> i64| {
        metrics::observe(Kind::Gauge, name, "{request}", about, move || {
            let used = USED.lock().unwrap_or_else(PoisonError::into_inner);
            used.iter()
                .flat_map(|day| day.tenants.iter().map(|(tenant, pair)| quota(tenant, of(pair))))
                .collect()
        });
    };
    report("dotmac.quota.used", "Requests of the tenant today", |pair| pair.0);
    report("dotmac.quota.limit", "Requests that the tenant's plan allows a day", |pair| pair.1);
}

fn quota(tenant: &str, count: i64) -> Value {
    let of = [
        ("tenant.id", tenant.to_owned()),
        ("dotmac.quota.name", "api_requests".to_owned()),
        ("dotmac.quota.period", "day".to_owned()),
    ];
    latest::value(count, of)
}
