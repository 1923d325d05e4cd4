//! What the generator has learnt: sessions, invoices and devices, so that later actions have something to act on.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use crate::plan::{Action, Step};

/// Things remembered per tenant at most; the oldest go first.
const REMEMBERED_MAX: usize = 1_000;

/// An invoice: id and amount.
type Invoice = (String, i64);

/// What was learnt so far.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    tokens: HashMap<(String, String), String>,
    known: HashMap<String, VecDeque<Invoice>>,
    unpaid: HashMap<String, VecDeque<Invoice>>,
    devices: HashMap<String, VecDeque<String>>,
    /// Invoices that are being paid.
    paying: HashMap<String, i64>,
}

impl Memo {
    /// Returns the actions that must come before the step's.
    pub(crate) fn missing(&self, step: &Step) -> Vec<Action> {
        let mut first = Vec::new();
        let has_token = self.tokens.contains_key(&(step.tenant.clone(), step.user.clone()));
        if !has_token && !matches!(step.action, Action::Login | Action::WrongLogin) {
            first.push(Action::Login);
        }
        let none = |count: Option<usize>| count.is_none_or(|n| n == 0);
        match step.action {
            Action::Read if none(self.known.get(&step.tenant).map(VecDeque::len)) => {
                first.push(Action::Create)
            }
            Action::Pay if none(self.unpaid.get(&step.tenant).map(VecDeque::len)) => {
                first.push(Action::Create)
            }
            Action::Retire if none(self.devices.get(&step.tenant).map(VecDeque::len)) => {
                first.push(Action::Provision);
            }
            _ => {}
        }
        first
    }

    /// Returns the session of the step's user; empty when there is none.
    pub(crate) fn token(&self, step: &Step) -> String {
        self.tokens.get(&(step.tenant.clone(), step.user.clone())).cloned().unwrap_or_default()
    }

    /// Returns the id of what the action is about: the last invoice, the last unpaid one, or the oldest device. The
    /// latter two are taken, so that nobody else acts on them at the same time.
    pub(crate) fn subject(&mut self, step: &Step, action: Action) -> String {
        match action {
            Action::Read => {
                let last = self.known.get(&step.tenant).and_then(VecDeque::back);
                last.map(|(id, _)| id.clone()).unwrap_or_default()
            }
            Action::Pay => {
                let last = self.unpaid.get_mut(&step.tenant).and_then(VecDeque::pop_back);
                let (id, amount) = last.unwrap_or_default();
                self.paying.insert(id.clone(), amount);
                id
            }
            Action::Retire => {
                self.devices.get_mut(&step.tenant).and_then(VecDeque::pop_front).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    /// Learns from an answer, and returns the amount of the invoice that was made or paid.
    pub(crate) fn learn(
        &mut self,
        step: &Step,
        action: Action,
        subject: &str,
        status: u16,
        body: &Value,
    ) -> i64 {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let tenant = step.tenant.clone();
        match action {
            Action::Pay => return self.paying.remove(subject).unwrap_or_default(),
            // Not active yet: it is tried again after the others.
            Action::Retire if status != 202 && status != 404 => {
                remember(&mut self.devices, tenant, subject.to_owned());
            }
            _ if status >= 400 => {}
            Action::Login => drop(self.tokens.insert((tenant, step.user.clone()), text("token"))),
            Action::Create => {
                let amount = body["amount"].as_i64().unwrap_or_default();
                remember(&mut self.known, tenant.clone(), (text("id"), amount));
                remember(&mut self.unpaid, tenant, (text("id"), amount));
                return amount;
            }
            Action::Provision => remember(&mut self.devices, tenant, text("id")),
            _ => {}
        }
        0
    }
}

fn remember<T>(lists: &mut HashMap<String, VecDeque<T>>, tenant: String, thing: T) {
    let list = lists.entry(tenant).or_default();
    list.push_back(thing);
    if list.len() > REMEMBERED_MAX {
        list.pop_front();
    }
}
