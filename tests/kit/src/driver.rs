//! Walks the plan against a running gateway and writes the ledger.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::expect::{self, Told};
use crate::ledger::{Entry, Injection};
use crate::memo::Memo;
use crate::plan::{Action, Step};

/// Why an action has no entry.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The gateway did not answer, so nobody knows what was stored.
    #[error("the gateway did not answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
}

/// Performs actions; clones share sessions, invoices and devices.
#[derive(Debug, Clone)]
pub struct Driver {
    http: reqwest::Client,
    gateway: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    memo: Memo,
    /// Faults that stand.
    injections: Vec<Injection>,
}

impl Driver {
    /// Starts without sessions.
    #[must_use]
    pub fn new(gateway: &str) -> Self {
        Self { http: reqwest::Client::new(), gateway: gateway.to_owned(), state: Arc::default() }
    }

    /// Performs a step; what it needs (a session, an invoice, a device) is made by entries of its own, before.
    ///
    /// # Errors
    /// When the gateway does not answer.
    pub async fn perform(&self, step: &Step) -> Result<Vec<Entry>, DriveError> {
        let mut entries = Vec::new();
        let prepare = self.state.lock().unwrap().memo.missing(step);
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
        let (request, subject) = self.request(step, action);
        let request = request.header("traceparent", format!("00-{trace_id}-{}-01", step.parent_id));
        let started = unix_nanos();
        let response = request.send().await?;
        let status = response.status().as_u16();
        let fault = response.headers().get("x-demo-fault").map(|v| v.to_str().unwrap().to_owned());
        let body: Value = response.json().await?;
        let ended = unix_nanos();
        let mut state = self.state.lock().unwrap();
        let amount = state.memo.learn(step, action, &subject, status, &body);
        let failing_attempts = state.failing_attempts(action, &step.tenant, id);
        let told = Told { tenant: &step.tenant, status, fault: fault.as_deref(), failing_attempts };
        let (tree, later) = expect::trace(action, &told);
        let tenant = step.tenant.clone();
        Ok(Entry { trace_id, action, tenant, started, ended, status, fault, amount, tree, later })
    }

    /// Returns the request, and the id of the invoice or device that it is about.
    fn request(&self, step: &Step, action: Action) -> (reqwest::RequestBuilder, String) {
        let mut state = self.state.lock().unwrap();
        let token = state.memo.token(step);
        let subject = state.memo.subject(step, action);
        let url = |path: &str| format!("{}/api/{path}", self.gateway);
        let login = |password: &str| {
            let body = json!({ "tenant": step.tenant, "user": step.user, "password": password });
            self.http.post(url("login")).json(&body)
        };
        let request = match action {
            Action::Login => login("demo"),
            Action::WrongLogin => login("wrong"),
            Action::Create => {
                let body = json!({ "customer": step.user, "amount": step.amount });
                self.http.post(url("invoices")).json(&body)
            }
            Action::Read => self.http.get(url(&format!("invoices/{subject}"))),
            Action::Pay => self.http.post(url(&format!("invoices/{subject}/pay"))),
            Action::Provision => {
                let kind = ["olt", "onu", "router"][usize::try_from(step.amount % 3).unwrap()];
                let body = json!({ "name": format!("{kind}-{}", step.amount), "type": kind });
                self.http.post(url("devices")).json(&body)
            }
            Action::Devices => self.http.get(url("devices")),
            Action::Retire => self.http.delete(url(&format!("devices/{subject}"))),
            Action::Report => self.http.get(url("reports/summary")),
            Action::Settings => self.http.get(url("tenant")),
            Action::Change => {
                let value = if step.amount % 2 == 0 { "dark" } else { "light" };
                self.http.put(url("tenant/settings/theme")).json(&json!({ "value": value }))
            }
        };
        let has_token = !matches!(action, Action::Login | Action::WrongLogin);
        (if has_token { request.bearer_auth(token) } else { request }, subject)
    }

    /// Tells the driver of a fault that stands, so that it can foretell which attempts at jobs fail.
    ///
    /// # Panics
    /// Never, unless another thread panicked.
    pub fn fault_stands(&self, injection: Injection) {
        self.state.lock().unwrap().injections.push(injection);
    }

    /// Tells the driver that a fault has ended.
    ///
    /// # Panics
    /// Never, unless another thread panicked.
    pub fn fault_ended(&self, id: &str) {
        self.state.lock().unwrap().injections.retain(|i| i.id != id);
    }

    /// Switches a fault on at a service, runs the work, switches it off, and returns what to write down. A fault of
    /// jobs (`job device.provision`) must stand until they are done: let the work wait for that.
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
        self.fault_stands(injection.clone());
        let output = work.await;
        self.fault_ended(&injection.id);
        let url = format!("{service_url}/demo/faults/{}", injection.id);
        self.http.delete(url).send().await?.error_for_status()?;
        injection.ended = unix_nanos();
        Ok((injection, output))
    }
}

impl State {
    /// Attempts of the action's job that fail because of the faults that stand.
    fn failing_attempts(&self, action: Action, tenant: &str, trace_id: u128) -> u32 {
        let route = match action {
            Action::Provision => "job device.provision",
            Action::Retire => "job device.retire",
            _ => return 0,
        };
        let concerns =
            |i: &&Injection| i.route == route && i.tenant.as_deref().is_none_or(|only| only == tenant);
        let share = self.injections.iter().filter(concerns).map(|i| i.error_share).fold(0.0, f64::max);
        expect::attempts(trace_id, share)
    }
}

/// Returns nanoseconds since the epoch.
#[must_use]
pub fn unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
