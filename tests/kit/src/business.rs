//! The business as the ledger knows it: what the counters of the services must come to, per tenant.

use std::collections::BTreeMap;

use crate::expect::Node;
use crate::ledger::{Entry, Ledger};
use crate::plan::Action;

/// What happened, by name and tenant. Names: see [`Ledger::business`].
pub type Business = BTreeMap<(String, String), i64>;

impl Ledger {
    /// Counts what happened:
    ///
    /// | Name | Meaning | Metric |
    /// |---|---|---|
    /// | `logins.ok`, `logins.failed` | passwords that fitted or did not | `dotmac.identity.logins` |
    /// | `invoices` | invoices made | `dotmac.billing.transactions` |
    /// | `payments.ok`, `payments.failed` | taken, or refused by the provider | `dotmac.billing.transactions` |
    /// | `revenue` | sum of the paid invoices, minor units | `dotmac.billing.revenue` |
    /// | `devices.provisioning`, `devices.active`, `devices.retiring` | devices that stand at the end | `dotmac.network.device.count` |
    /// | `published <topic>`, `consumed <group> <topic>` | messages | `messaging.client.{sent,consumed}.messages` |
    /// | `provisioned` | devices that became active | `dotmac.network.provisionings` |
    /// | `jobs.ok <name>`, `jobs.failed <name>` | attempts | `dotmac.job.runs` |
    /// | `retries` | attempts after the first | `dotmac.job.retries` |
    /// | `facts` | messages that analytics counted | `dotmac.analytics.facts` |
    /// | `quotes` | prices told | `dotmac.services.quotes` |
    /// | `changes` | settings changed | `dotmac.platform.settings_changes` |
    /// | `limited` | refused by the gateway (429) | `dotmac.gateway.rate_limit.hits` |
    #[must_use]
    pub fn business(&self) -> Business {
        let mut all = Business::new();
        for entry in &self.entries {
            let mut add = |name: &str, n: i64| {
                *all.entry((name.to_owned(), entry.tenant.clone())).or_default() += n;
            };
            let mut runs = 0;
            entry.visit(&mut |node| {
                count(node, entry, &mut add);
                runs += i64::from(is_job(node));
            });
            add("retries", (runs - 1).max(0));
            if entry.status == 429 {
                add("limited", 1);
            }
        }
        all.retain(|_, n| *n != 0);
        all
    }
}

fn count(node: &Node, entry: &Entry, add: &mut impl FnMut(&str, i64)) {
    let outcome = if node.status == "error" { "failed" } else { "ok" };
    match (node.service.as_str(), node.kind.as_str(), node.name.as_str()) {
        // A password that did not fit opens no session.
        ("identity", "internal", "login.verify") => add("logins.failed", 1),
        ("identity", "internal", "session.open") => {
            add("logins.failed", -1);
            add("logins.ok", 1);
        }
        ("billing", "client", "INSERT invoices") => add("invoices", 1),
        ("billing", "client", "POST /charges") => add(&format!("payments.{outcome}"), 1),
        ("billing", "client", "UPDATE invoices") => add("revenue", entry.amount),
        ("networking", "internal", name) => device(name, entry.action, add),
        ("analytics", "internal", "fact.record") => add("facts", 1),
        ("services", "internal", "quote.price") => add("quotes", 1),
        ("platform", "internal", "settings.change") => add("changes", 1),
        ("core-ops", "internal", job) if is_job(node) => add(&format!("jobs.{outcome} {job}"), 1),
        (_, "producer", name) if outcome == "ok" => {
            add(&format!("published {}", name.trim_start_matches("send ")), 1);
        }
        (group, "consumer", name) => {
            add(&format!("consumed {group} {}", name.trim_start_matches("process ")), 1);
        }
        _ => {}
    }
}

/// A run of a job.
fn is_job(node: &Node) -> bool {
    node.service == "core-ops" && matches!(node.name.as_str(), "device.provision" | "device.retire")
}

/// A device changes its state; whether one is removed that was never active, the action tells.
fn device(name: &str, action: Action, add: &mut impl FnMut(&str, i64)) {
    let (from, to) = match name {
        "device.register" => (None, Some("provisioning")),
        "device.activate" => {
            add("provisioned", 1);
            (Some("provisioning"), Some("active"))
        }
        "device.retire" => (Some("active"), Some("retiring")),
        "device.keep" => (Some("retiring"), Some("active")),
        "device.remove" if action == Action::Provision => (Some("provisioning"), None),
        "device.remove" => (Some("retiring"), None),
        _ => (None, None),
    };
    from.into_iter().for_each(|state| add(&format!("devices.{state}"), -1));
    to.into_iter().for_each(|state| add(&format!("devices.{state}"), 1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::{self, Told};

    fn entry(action: Action, status: u16, fault: Option<&str>, amount: i64) -> Entry {
        let told = Told { tenant: "t", status, fault, failing_attempts: 1 };
        let (tree, later) = expect::trace(action, &told);
        Entry {
            trace_id: "1".to_owned(),
            action,
            tenant: "t".to_owned(),
            started: 0,
            ended: 0,
            status,
            fault: fault.map(str::to_owned),
            amount,
            tree,
            later,
        }
    }

    #[test]
    fn the_business_follows_from_what_was_done() {
        let entries = vec![
            entry(Action::Login, 200, None, 0),
            entry(Action::WrongLogin, 401, None, 0),
            entry(Action::Create, 200, None, 119),
            entry(Action::Pay, 200, None, 119),
            entry(Action::Pay, 502, Some("billing provider"), 50),
            entry(Action::Provision, 202, None, 0),
            entry(Action::Provision, 202, None, 0),
            entry(Action::Retire, 202, None, 0),
            entry(Action::Report, 429, None, 0),
        ];
        let business = Ledger { entries, ..Ledger::default() }.business();
        let got: Vec<(&str, i64)> = business.iter().map(|((name, _), n)| (name.as_str(), *n)).collect();
        let want = [
            ("consumed analytics devices", 3),
            ("consumed analytics invoices", 1),
            ("consumed analytics usage", 1),
            ("consumed networking devices", 3),
            ("consumed services invoices", 1),
            ("devices.active", 1),
            ("facts", 5),
            ("invoices", 1),
            ("jobs.failed device.provision", 2),
            ("jobs.failed device.retire", 1),
            ("jobs.ok device.provision", 2),
            ("jobs.ok device.retire", 1),
            ("limited", 1),
            ("logins.failed", 1),
            ("logins.ok", 1),
            ("payments.failed", 1),
            ("payments.ok", 1),
            ("provisioned", 2),
            ("published devices", 3),
            ("published invoices", 1),
            ("published usage", 1),
            ("quotes", 1),
            ("retries", 3),
            ("revenue", 119),
        ];
        assert_eq!(got, want);
    }
}
