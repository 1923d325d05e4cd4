//! Who does what: a seeded sequence of user actions, one trace each.
//!
//! Not the plan of `tests/kit`, which follows the demo: figures of different days compare only while this stays as it is.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Tenants, `tenant-001` and so on.
const TENANTS: u32 = 25;
/// Users of each.
const USERS: u32 = 4;
/// Method and route of each action.
const ROUTES: [(&str, &str); 6] = [
    ("POST", "/api/login"),
    ("GET", "/api/invoices"),
    ("POST", "/api/invoices"),
    ("GET", "/api/invoices/{id}"),
    ("POST", "/api/invoices/{id}/pay"),
    ("GET", "/api/reports/summary"),
];

/// An action of a user.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) tenant: String,
    pub(super) user: String,
    pub(super) is_premium: bool,
    pub(super) trace_id: [u8; 16],
    /// The span of the caller outside, which is never sent.
    pub(super) caller: [u8; 8],
}

/// An endless sequence; the same seed gives the same flows.
pub(super) struct Flows {
    rng: StdRng,
}

impl Flows {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    pub(super) fn next(&mut self) -> Flow {
        // The lesser of two is skewed: the first tenants are the busy ones.
        let tenant = self.rng.random_range(0..TENANTS).min(self.rng.random_range(0..TENANTS)) + 1;
        let (method, route) = ROUTES[self.rng.random_range(0..ROUTES.len())];
        Flow {
            method,
            route,
            tenant: format!("tenant-{tenant:03}"),
            user: format!("user-{}", self.rng.random_range(1..=USERS)),
            is_premium: tenant.is_multiple_of(5),
            trace_id: self.rng.random_range(1..=u128::MAX).to_be_bytes(),
            caller: self.rng.random_range(1..=u64::MAX).to_be_bytes(),
        }
    }
}
