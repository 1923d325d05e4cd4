//! What goes wrong, where, for whom.

use serde::{Deserialize, Serialize};

use crate::error::ApiError;
use axum::http::StatusCode;

/// Most added latency or burnt CPU of a request, ms.
const MS_MAX: u64 = 60_000;
/// Most connections held, and most cores burnt, by a rule.
const HELD_MAX: u32 = 64;

/// A fault. What is zero does nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names the rule for its removal.
    pub id: String,
    /// `POST /invoices`, as the endpoint is shown; `job device.provision` for jobs, `process invoices` for messages,
    /// `provider` for a company outside.
    /// Held connections and burnt cores do not look at it.
    pub route: String,
    /// Only this tenant; all when absent.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Share of the requests that fail, 0 to 1.
    #[serde(default)]
    pub error_share: f64,
    /// Added to every request.
    #[serde(default)]
    pub latency_ms: u64,
    /// CPU time burnt by every request.
    #[serde(default)]
    pub cpu_ms: u64,
    /// Connections of the pool held as long as the rule stands.
    #[serde(default)]
    pub hold_connections: u32,
    /// Cores burnt as long as the rule stands; 0.5 is half of one.
    #[serde(default)]
    pub burn_cores: f64,
}

impl Rule {
    /// Refuses numbers outside their limits.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let refuse = |text: String| Err(ApiError::new(StatusCode::BAD_REQUEST, text));
        if !(0.0..=1.0).contains(&self.error_share) {
            return refuse("`error_share` must be from 0 to 1".to_owned());
        }
        if self.latency_ms > MS_MAX || self.cpu_ms > MS_MAX {
            return refuse(format!("`latency_ms` and `cpu_ms` must be at most {MS_MAX}"));
        }
        if self.hold_connections > HELD_MAX || !(0.0..=f64::from(HELD_MAX)).contains(&self.burn_cores) {
            return refuse(format!("`hold_connections` and `burn_cores` must be from 0 to {HELD_MAX}"));
        }
        Ok(())
    }

    /// Tells whether the rule concerns a request.
    pub(super) fn concerns(&self, route: &str, tenant: Option<&str>) -> bool {
        self.route == route && (self.tenant.is_none() || self.tenant.as_deref() == tenant)
    }
}
