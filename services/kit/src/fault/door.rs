//! The rules of a service: where they strike, and the doors that switch them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use sightline_sdk::tenant;

use super::pressure::{self, Pressure};
use super::{Rule, luck};
use crate::database::Database;
use crate::error::ApiError;

/// Rules at most.
const RULES_MAX: usize = 100;

/// The rules of a service; clones share them.
#[derive(Debug, Clone)]
pub struct Faults {
    service: &'static str,
    pool: Option<Database>,
    rules: Arc<Mutex<Vec<Standing>>>,
}

/// A rule with what it holds.
#[derive(Debug)]
struct Standing {
    rule: Rule,
    _pressure: Pressure,
}

impl Faults {
    /// Starts without rules.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        Self { service, pool: None, rules: Arc::default() }
    }

    /// Names the pool whose connections a rule may hold.
    #[must_use]
    pub fn with_pool(mut self, pool: Database) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Lets the rules for this route and the current tenant strike: waits, burns, or fails.
    ///
    /// # Errors
    /// The injected error, marked as such.
    pub async fn strike(&self, route: &str) -> Result<(), ApiError> {
        self.strike_attempt(route, 0).await
    }

    /// Like [`Self::strike`], for the n-th attempt (from 0) at the same work: each has luck of its own.
    ///
    /// # Errors
    /// The injected error, marked as such.
    pub async fn strike_attempt(&self, route: &str, attempt: u32) -> Result<(), ApiError> {
        let tenant = tenant::current();
        let hit: Vec<Rule> = {
            let standing = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            let rules = standing.iter().map(|s| &s.rule);
            rules.filter(|r| r.concerns(route, tenant.as_deref())).cloned().collect()
        };
        if hit.is_empty() {
            return Ok(());
        }
        let luck = luck::current(attempt);
        for rule in hit {
            if rule.latency_ms > 0 {
                tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
            }
            if rule.cpu_ms > 0 {
                let time = Duration::from_millis(rule.cpu_ms);
                tokio::task::spawn_blocking(move || pressure::burn(time)).await.unwrap_or_default();
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
            .route("/demo/faults", get(list).post(add))
            .route("/demo/faults/{id}", delete(remove))
            .with_state(self.clone())
    }
}

/// Lets the faults of the matched route strike before its handler runs.
pub(crate) async fn strike_at_the_door(
    State(faults): State<Faults>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map(|path| format!("{} {}", request.method(), path.as_str()));
    match faults.strike(route.as_deref().unwrap_or_default()).await {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn list(State(faults): State<Faults>) -> Json<Vec<Rule>> {
    let rules = faults.rules.lock().unwrap_or_else(PoisonError::into_inner);
    Json(rules.iter().map(|s| s.rule.clone()).collect())
}

async fn add(State(faults): State<Faults>, Json(rule): Json<Rule>) -> Result<StatusCode, ApiError> {
    rule.check()?;
    if rule.hold_connections > 0 && faults.pool.is_none() {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "this service has no pool whose connections could be held",
        ));
    }
    let pressure = Pressure::start(faults.pool.as_ref(), rule.hold_connections, rule.burn_cores).await;
    let pressure = pressure.map_err(|error| {
        ApiError::new(
            StatusCode::CONFLICT,
            format!("`hold_connections` is more than the pool gives: {error}"),
        )
    })?;
    let mut rules = faults.rules.lock().unwrap_or_else(PoisonError::into_inner);
    rules.retain(|s| s.rule.id != rule.id);
    if rules.len() >= RULES_MAX {
        return Err(ApiError::new(StatusCode::CONFLICT, "too many rules; remove one first"));
    }
    rules.push(Standing { rule, _pressure: pressure });
    Ok(StatusCode::CREATED)
}

async fn remove(State(faults): State<Faults>, Path(id): Path<String>) -> StatusCode {
    let mut rules = faults.rules.lock().unwrap_or_else(PoisonError::into_inner);
    let before = rules.len();
    rules.retain(|s| s.rule.id != id);
    if rules.len() < before { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
