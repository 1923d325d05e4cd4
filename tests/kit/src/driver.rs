//! Walks the plan against a running gateway and writes the ledger.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::expect;
use crate::ledger::{Entry, Injection};
use crate::plan::{Action, Step};

/// Why an action has no entry.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The gateway did not answer, so nobody knows what was stored.
    #[error("the gateway did not answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
}

/// Performs actions; clones share sessions and invoices.
#[derive(Debug, Clone)]
pub struct Driver {
    http: reqwest::Client,
    gateway: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tokens: HashMap<(String, String), String>,
    unpaid: HashMap<String, Vec<String>>,
    known: HashMap<String, Vec<String>>,
}

impl Driver {
    /// Starts without sessions.
    #[must_use]
    pub fn new(gateway: &str) -> Self {
        Self { http: reqwest::Client::new(), gateway: gateway.to_owned(), state: Arc::default() }
    }

    /// Performs a step; what it needs (a session, an invoice) is made by entries of its own, before.
    ///
    /// # Errors
    /// When the gateway does not answer.
    pub async fn perform(&self, step: &Step) -> Result<Vec<Entry>, DriveError> {
        let mut entries = Vec::new();
        let mut prepare = Vec::new();
        let has_token =
            self.state.lock().unwrap().tokens.contains_key(&(step.tenant.clone(), step.user.clone()));
        if !has_token && !matches!(step.action, Action::Login | Action::WrongLogin) {
            prepare.push(Action::Login);
        }
        let has_invoice =
            |list: &HashMap<String, Vec<String>>| list.get(&step.tenant).is_some_and(|l| !l.is_empty());
        let needs_invoice = {
            let state = self.state.lock().unwrap();
            match step.action {
                Action::Read => !has_invoice(&state.known),
                Action::Pay => !has_invoice(&state.unpaid),
                _ => false,
            }
        };
        if needs_invoice {
            prepare.push(Action::Create);
        }
        for (index, action) in prepare.into_iter().chain([step.action]).enumerate() {
            let entry = self.act(step, action, index).await?;
            let failed = entry.status >= 400;
            entries.push(entry);
            if failed {
                break;
            }
        }
        Ok(entries)
    }

    async fn act(&self, step: &Step, action: Action, index: usize) -> Result<Entry, DriveError> {
        // The preparing actions get trace ids of their own, derived from the step's.
        let id = u128::from_str_radix(&step.trace_id, 16).unwrap().wrapping_add((index as u128) << 64).max(1);
        let trace_id = format!("{id:032x}");
        let request =
            self.request(step, action).header("traceparent", format!("00-{trace_id}-{}-01", step.parent_id));
        let started = unix_nanos();
        let response = request.send().await?;
        let status = response.status().as_u16();
        let fault = response.headers().get("x-demo-fault").map(|v| v.to_str().unwrap().to_owned());
        let body: Value = response.json().await?;
        let ended = unix_nanos();
        if status < 400 {
            self.remember(step, action, &body);
        }
        let tree = expect::tree(action, &step.tenant, fault.as_deref(), status == 429);
        Ok(Entry { trace_id, action, tenant: step.tenant.clone(), started, ended, status, fault, tree })
    }

    fn request(&self, step: &Step, action: Action) -> reqwest::RequestBuilder {
        let mut state = self.state.lock().unwrap();
        let token = state.tokens.get(&(step.tenant.clone(), step.user.clone())).cloned().unwrap_or_default();
        let mut last = |unpaid: bool| {
            if unpaid {
                return state.unpaid.get_mut(&step.tenant).and_then(Vec::pop).unwrap_or_default();
            }
            state.known.get(&step.tenant).and_then(|l| l.last().cloned()).unwrap_or_default()
        };
        let url = |path: &str| format!("{}{path}", self.gateway);
        let login = |password: &str| {
            let body = json!({ "tenant": step.tenant, "user": step.user, "password": password });
            self.http.post(url("/api/login")).json(&body)
        };
        match action {
            Action::Login => login("demo"),
            Action::WrongLogin => login("wrong"),
            Action::Create => {
                let body = json!({ "customer": step.user, "amount": step.amount });
                self.http.post(url("/api/invoices")).bearer_auth(token).json(&body)
            }
            Action::Read => self.http.get(url(&format!("/api/invoices/{}", last(false)))).bearer_auth(token),
            Action::Pay => {
                self.http.post(url(&format!("/api/invoices/{}/pay", last(true)))).bearer_auth(token)
            }
        }
    }

    fn remember(&self, step: &Step, action: Action, body: &Value) {
        let mut state = self.state.lock().unwrap();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        match action {
            Action::Login => {
                state.tokens.insert((step.tenant.clone(), step.user.clone()), text("token"));
            }
            Action::Create => {
                state.known.entry(step.tenant.clone()).or_default().push(text("id"));
                state.unpaid.entry(step.tenant.clone()).or_default().push(text("id"));
            }
            Action::WrongLogin | Action::Read | Action::Pay => {}
        }
    }

    /// Switches a fault on at a service, runs the work, switches it off, and returns what to write down.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn with_fault<F: Future>(
        &self,
        service_url: &str,
        mut injection: Injection,
        work: F,
    ) -> Result<(Injection, F::Output), DriveError> {
        let rule = json!({ "id": injection.id, "route": injection.route, "tenant": injection.tenant,
            "error_share": injection.error_share, "latency_ms": injection.latency_ms });
        injection.started = unix_nanos();
        self.http.post(format!("{service_url}/demo/faults")).json(&rule).send().await?.error_for_status()?;
        let output = work.await;
        let url = format!("{service_url}/demo/faults/{}", injection.id);
        self.http.delete(url).send().await?.error_for_status()?;
        injection.ended = unix_nanos();
        Ok((injection, output))
    }
}

/// Returns nanoseconds since the epoch.
#[must_use]
pub fn unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
