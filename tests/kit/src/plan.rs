//! What the generator does: a seeded sequence of logins, invoices, devices, reports and settings for 25 tenants.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Tenants of the demo, `tenant-001` to `tenant-025`; every fifth is on plan premium (as `identity` seeds them).
pub const TENANTS: u32 = 25;
/// Returns the id of a tenant by its number, from 1.
#[must_use]
pub fn tenant_id(number: u32) -> String {
    format!("tenant-{number:03}")
}

/// Returns the plan of a tenant.
#[must_use]
pub const fn plan_of(number: u32) -> &'static str {
    if number.is_multiple_of(5) { "premium" } else { "standard" }
}

/// Users of each tenant.
pub const USERS: u32 = 4;

/// A user's action, one trace each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `POST /api/login`
    Login,
    /// `POST /api/login` with a wrong password: refused, and no error of the platform.
    WrongLogin,
    /// `POST /api/invoices`
    Create,
    /// `GET /api/invoices/{id}`
    Read,
    /// `POST /api/invoices/{id}/pay`
    Pay,
    /// `POST /api/devices`
    Provision,
    /// `GET /api/devices`
    Devices,
    /// `DELETE /api/devices/{id}`: refused (409) while the device is not active.
    Retire,
    /// `GET /api/reports/summary`
    Report,
    /// `GET /api/tenant`
    Settings,
    /// `PUT /api/tenant/settings/{name}`
    Change,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// By whom.
    pub tenant: String,
    /// By which user of the tenant.
    pub user: String,
    /// Net amount of the invoice, minor units.
    pub amount: i64,
    /// 32 hex digits.
    pub trace_id: String,
    /// 16 hex digits: the span of the caller outside, which is never sent.
    pub parent_id: String,
}

/// An endless sequence; the same seed gives the same steps.
#[derive(Debug)]
pub struct Plan {
    rng: StdRng,
}

impl Plan {
    /// Starts the sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        // Skewed: the square of a uniform number makes the first tenants the busy ones.
        let skewed = self.rng.random::<f64>().powi(2) * f64::from(TENANTS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 25")]
        let tenant = (skewed as u32).min(TENANTS - 1) + 1;
        let action = match self.rng.random_range(0..100) {
            0..20 => Action::Login,
            20..23 => Action::WrongLogin,
            23..47 => Action::Create,
            47..62 => Action::Read,
            62..76 => Action::Pay,
            76..84 => Action::Provision,
            84..88 => Action::Devices,
            88..92 => Action::Retire,
            92..96 => Action::Report,
            96..98 => Action::Settings,
            _ => Action::Change,
        };
        Some(Step {
            action,
            tenant: tenant_id(tenant),
            user: format!("user-{}", self.rng.random_range(1..=USERS)),
            amount: self.rng.random_range(100..100_000),
            trace_id: format!("{:032x}", self.rng.random::<u128>().max(1)),
            parent_id: format!("{:016x}", self.rng.random::<u64>().max(1)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_steps_and_another_seed_others() {
        let take = |seed| Plan::new(seed).take(50).collect::<Vec<_>>();
        assert_eq!(take(7), take(7));
        assert_ne!(take(7), take(8));
    }
}
