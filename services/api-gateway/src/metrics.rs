//! The numbers of the gateway: refused requests, and each tenant's use of its daily quota.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use service_kit::Clock;
use service_kit::latest::{self, Value};
use sightline_sdk::metrics::{self, Counter, KeyValue, Kind};

use crate::usage::Use;

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

/// Use of today, by tenant. What the process before used is in the database.
static USED: Mutex<Option<Day>> = Mutex::new(None);

#[derive(Debug, Default)]
struct Day {
    number: i64,
    tenants: HashMap<String, Today>,
}

#[derive(Debug, Default)]
struct Today {
    requests: i64,
    quota: i64,
    /// Not in the database yet.
    is_new: bool,
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
        let today = day.tenants.entry(tenant.to_owned()).or_default();
        today.requests += 1;
        today.quota = if is_premium { QUOTA_PREMIUM } else { QUOTA };
        today.is_new = true;
    }
}

/// Goes on from what was used before the process started; other days are over.
pub(crate) fn go_on_from(uses: Vec<Use>) {
    let number = Clock::System.now_ms() / DAY_MS;
    let of_today = uses.into_iter().filter(|used| used.day == number).take(TENANTS_MAX);
    let today =
        |used: Use| (used.tenant, Today { requests: used.requests, quota: used.quota, is_new: false });
    let day = Day { number, tenants: of_today.map(today).collect() };
    *USED.lock().unwrap_or_else(PoisonError::into_inner) = Some(day);
}

/// Takes what was used since it was taken last.
pub(crate) fn changed() -> Vec<Use> {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Day { number, tenants }) = used.as_mut() else { return Vec::new() };
    let read = |(tenant, today): (&String, &mut Today)| {
        let is_new = std::mem::take(&mut today.is_new);
        let Today { requests, quota, .. } = *today;
        is_new.then(|| Use { tenant: tenant.clone(), day: *number, requests, quota })
    };
    tenants.iter_mut().filter_map(read).collect()
}

/// Reports use and quota of the tenants, for the rest of the process.
pub(crate) fn report_quotas() {
    let report = |name: &'static str, about: &'static str, of: fn(&Today) -> i64| {
        metrics::observe(Kind::Gauge, name, "{request}", about, move || {
            let used = USED.lock().unwrap_or_else(PoisonError::into_inner);
            used.iter()
                .flat_map(|day| day.tenants.iter().map(|(tenant, today)| quota(tenant, of(today))))
                .collect()
        });
    };
    report("dotmac.quota.used", "Requests of the tenant today", |today| today.requests);
    report("dotmac.quota.limit", "Requests that the tenant's plan allows a day", |today| today.quota);
}

fn quota(tenant: &str, count: i64) -> Value {
    let of = [
        ("tenant.id", tenant.to_owned()),
        ("dotmac.quota.name", "api_requests".to_owned()),
        ("dotmac.quota.period", "day".to_owned()),
    ];
    latest::value(count, of)
}
