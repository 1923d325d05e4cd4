//! Injected faults: errors and latency per route and tenant, switched on and off while the service runs.
//!
//! `POST /demo/faults` adds a rule, `DELETE /demo/faults/{id}` removes it. These doors carry no span, so that the
//! ledger of the generator and the platform count the same requests.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sightline_sdk::opentelemetry::Context;
use sightline_sdk::opentelemetry::trace::TraceContextExt;
use sightline_sdk::tenant;

use crate::error::ApiError;

/// Rules at most.
const RULES_MAX: usize = 100;

/// What goes wrong, where, for whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names the rule for its removal.
    pub id: String,
    /// `POST /invoices`, as the endpoint is shown.
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
}

/// The rules of a service; clones share them.
#[derive(Debug, Clone)]
pub struct Faults {
    service: &'static str,
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Starts without rules.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        Self { service, rules: Arc::default() }
    }

    /// Lets the rules for this route and the current tenant strike: waits, or fails.
    ///
    /// # Errors
    /// The injected error, marked as such.
    pub async fn strike(&self, route: &str) -> Result<(), ApiError> {
        let tenant = tenant::current();
        let hit: Vec<Rule> = {
            let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            let concerns = |r: &&Rule| r.route == route && (r.tenant.is_none() || r.tenant == tenant);
            rules.iter().filter(concerns).cloned().collect()
        };
        let luck = luck_of_current_trace();
        for rule in hit {
            if rule.latency_ms > 0 {
                tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
            }
            if luck < rule.error_share {
                let error =
                    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, format!("injected fault `{}`", rule.id));
                return Err(error.with_fault(Some(format!("{} {route}", self.service))));
            }
        }
        Ok(())
    }

    /// Returns the doors that switch rules.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/demo/faults", post(add))
            .route("/demo/faults/{id}", delete(remove))
            .with_state(self.clone())
    }
}

/// A number from 0 to 1 that is the same in every service of a trace: the low bits of its id are random. Outside a
/// trace (the payment provider) it is drawn anew.
fn luck_of_current_trace() -> f64 {
    let span_context = Context::current().span().span_context().clone();
    let [.., a, b, c, d] = if span_context.is_valid() {
        span_context.trace_id().to_bytes()
    } else {
        u128::from(RandomState::new().build_hasher().finish()).to_be_bytes()
    };
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

async fn add(State(faults): State<Faults>, Json(rule): Json<Rule>) -> Result<StatusCode, ApiError> {
    if !(0.0..=1.0).contains(&rule.error_share) {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "`error_share` must be from 0 to 1"));
    }
    let mut rules = faults.rules.lock().unwrap_or_else(PoisonError::into_inner);
    rules.retain(|r| r.id != rule.id);
    if rules.len() >= RULES_MAX {
        return Err(ApiError::new(StatusCode::CONFLICT, "too many rules; remove one first"));
    }
    rules.push(rule);
    Ok(StatusCode::CREATED)
}

async fn remove(State(faults): State<Faults>, Path(id): Path<String>) -> StatusCode {
    let mut rules = faults.rules.lock().unwrap_or_else(PoisonError::into_inner);
    let before = rules.len();
    rules.retain(|r| r.id != id);
    if rules.len() < before { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
