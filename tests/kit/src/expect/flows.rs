//! The flows of the demo, as its documentation tells them.

use std::cell::RefCell;

use super::Node;
use super::later::{self, Later};
use super::story::{Failure, Story, Told, Work};
use crate::plan::Action;

/// 429: the gateway refused because the tenant sends too much.
const TOO_MANY: u16 = 429;

pub(super) fn trace(action: Action, told: &Told<'_>) -> (Node, Vec<Later>) {
    let story = Story { told, later: RefCell::default() };
    let (tree, _) = match action {
        Action::Login => login(&story, false),
        Action::WrongLogin => login(&story, true),
        Action::Create => authenticated(&story, "POST /api/invoices", create),
        Action::Read => authenticated(&story, "GET /api/invoices/{id}", read),
        Action::Pay => authenticated(&story, "POST /api/invoices/{id}/pay", pay),
        Action::Provision => authenticated(&story, "POST /api/devices", provision),
        Action::Devices => authenticated(&story, "GET /api/devices", devices),
        Action::Retire => authenticated(&story, "DELETE /api/devices/{id}", retire),
        Action::Report => authenticated(&story, "GET /api/reports/summary", report),
        Action::Settings => authenticated(&story, "GET /api/tenant", settings),
        Action::Change => authenticated(&story, "PUT /api/tenant/settings/{name}", change),
    };
    (tree, story.later.into_inner())
}

type Served = (Node, Option<Failure>);

fn login(story: &Story<'_>, is_wrong: bool) -> Served {
    story.serve("api-gateway", "POST /api/login", |work| {
        work.call("identity", "POST /login", |work| {
            work.inside("login.verify", |work| work.ask("SELECT users"));
            if is_wrong {
                work.fail(Failure::Refused);
            }
            work.inside("session.open", |work| {
                work.ask("INSERT sessions");
                work.ask("SET");
            });
        });
    })
}

/// The gateway finds out who calls (the session is in the cache since the login), limits, and passes on.
fn authenticated(story: &Story<'_>, route: &str, behind: impl FnOnce(&mut Work<'_, '_>)) -> Served {
    story.serve("api-gateway", route, |work| {
        work.inside("session.authenticate", |work| {
            work.call("identity", "GET /sessions/{token}", |work| {
                work.inside("session.resolve", |work| work.ask("GET"));
            });
        });
        work.inside("request.admit", |work| {
            if work.story.told.status == TOO_MANY {
                work.fail(Failure::Refused);
            }
        });
        behind(work);
    })
}

fn create(work: &mut Work<'_, '_>) {
    work.call("billing", "POST /invoices", |work| {
        work.inside("invoice.calculate", |work| {
            work.call("services", "POST /quotes", |work| {
                work.inside("subscription.ensure", |work| work.ask("INSERT subscriptions"));
                work.inside("quote.price", |work| work.ask("SELECT subscriptions"));
                work.send("usage", "usage.rated");
            });
        });
        work.ask("INSERT invoices");
    });
}

fn read(work: &mut Work<'_, '_>) {
    work.call("billing", "GET /invoices/{id}", |work| work.ask("SELECT invoices"));
}

fn pay(work: &mut Work<'_, '_>) {
    work.call("billing", "POST /invoices/{id}/pay", |work| {
        work.ask("SELECT invoices");
        let is_refused = work.story.has_struck("billing", "provider");
        work.inside("payment.charge", |work| work.call_outside("POST /charges", is_refused));
        work.ask("UPDATE invoices");
        work.send("invoices", "invoice.paid");
    });
}

/// Asks core-ops for a job, which runs later.
fn enqueue(work: &mut Work<'_, '_>, job: &str) {
    work.call("core-ops", "POST /jobs", |work| {
        work.inside("job.enqueue", |work| work.ask("INSERT jobs"));
        let later = later::job(work.story, job);
        work.story.later.borrow_mut().extend(later);
    });
}

fn provision(work: &mut Work<'_, '_>) {
    work.call("networking", "POST /devices", |work| {
        work.inside("device.register", |work| work.ask("INSERT devices"));
        enqueue(work, "device.provision");
        // Without its job the device is forgotten again.
        work.undo("device.remove", "DELETE devices");
    });
}

fn devices(work: &mut Work<'_, '_>) {
    work.call("networking", "GET /devices", |work| work.ask("SELECT devices"));
}

fn retire(work: &mut Work<'_, '_>) {
    let is_refused = matches!(work.story.told.status, 404 | 409);
    work.call("networking", "DELETE /devices/{id}", |work| {
        work.ask("SELECT devices");
        if is_refused {
            work.fail(Failure::Refused);
        }
        work.inside("device.retire", |work| work.ask("UPDATE devices"));
        enqueue(work, "device.retire");
        // Without its job it stays.
        work.undo("device.keep", "UPDATE devices");
    });
}

fn report(work: &mut Work<'_, '_>) {
    work.call("analytics", "GET /reports/summary", |work| {
        work.inside("report.compute", |work| work.ask("SELECT facts"));
    });
}

fn resolve(work: &mut Work<'_, '_>) {
    work.inside("settings.resolve", |work| {
        work.ask("SELECT tenants");
        work.ask("SELECT settings");
    });
}

fn settings(work: &mut Work<'_, '_>) {
    work.call("platform", "GET /tenant", resolve);
}

fn change(work: &mut Work<'_, '_>) {
    work.call("platform", "PUT /tenant/settings/{name}", |work| {
        work.inside("settings.change", |work| work.ask("INSERT settings"));
        work.send("tenants", "tenant.settings_changed");
        resolve(work);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (spans somebody waited for, errors among them, spans that came later)
    fn check(action: Action, status: u16, fault: Option<&str>, failing_attempts: u32) -> (u32, u32, u32) {
        let told = Told { tenant: "tenant-001", status, fault, failing_attempts };
        let (tree, later) = trace(action, &told);
        let (mut spans, mut errors, mut after) = (0, 0, 0);
        tree.visit(&mut |node| {
            spans += 1;
            errors += u32::from(node.status == "error");
        });
        later.iter().for_each(|l| l.node.visit(&mut |_| after += 1));
        (spans, errors, after)
    }

    #[test]
    fn failures_reach_exactly_the_callers() {
        assert_eq!(check(Action::Login, 200, None, 0), (8, 0, 0));
        assert_eq!(check(Action::WrongLogin, 401, None, 0), (5, 1, 0), "only the gateway's call is refused");
        assert_eq!(check(Action::Read, 200, None, 0), (10, 0, 0));
        assert_eq!(check(Action::Read, 429, None, 0), (7, 0, 0));
        assert_eq!(check(Action::Read, 500, Some("api-gateway GET /api/invoices/{id}"), 0), (1, 1, 0));
        assert_eq!(check(Action::Read, 502, Some("billing GET /invoices/{id}"), 0), (9, 3, 0));
        assert_eq!(check(Action::Pay, 502, Some("billing provider"), 0), (12, 4, 0));
    }

    #[test]
    fn messages_are_handled_once_by_every_group_and_jobs_after_their_failing_attempts() {
        // A handled message: consumer, business span, query; call, door, business span, query.
        assert_eq!(check(Action::Pay, 200, None, 0), (18, 0, 14));
        // A job: job, business span, two queries, update; producer, call, door, business span, query; two groups.
        assert_eq!(check(Action::Provision, 202, None, 0).2, 10 + 14);
        assert_eq!(check(Action::Provision, 202, None, 2).2, 2 * 2 + 10 + 14);
        assert_eq!(check(Action::Provision, 202, None, 5).2, 5 * 2, "given up");
        assert_eq!(check(Action::Retire, 409, None, 0).2, 0);
    }
}
