//! What happens in a trace after its answer: messages that groups handle, and jobs with their attempts.

use serde::{Deserialize, Serialize};

use super::Node;
use super::story::{Story, Work};

/// Attempts at a job before it is given up.
const ATTEMPTS_MAX: u32 = 5;

/// A span that comes later, and the span that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Service of the span that caused it.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What comes.
    pub node: Node,
}

/// Returns the services that subscribe to a topic; each is a group of its own.
#[must_use]
pub fn subscribers(topic: &str) -> &'static [&'static str] {
    match topic {
        "invoices" => &["services", "analytics"],
        "devices" => &["networking", "analytics"],
        "usage" | "tenants" => &["analytics"],
        _ => &[],
    }
}

/// Returns how many attempts at a job of a trace fail, when each fails for this share of the traces: 32 of the 128
/// random bits of the trace id decide, others for each of four attempts.
#[must_use]
pub fn attempts(trace_id: u128, share: f64) -> u32 {
    let luck = |attempt: u32| {
        let [.., a, b, c, d] = trace_id.rotate_right(32 * (attempt % 4)).to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    };
    (0..ATTEMPTS_MAX).find(|attempt| luck(*attempt) >= share).unwrap_or(ATTEMPTS_MAX)
}

/// A group handles a message: its work, then the acknowledgement.
pub(super) fn handled(story: &Story<'_>, service: &'static str, topic: &str, kind: &str) -> Node {
    let mut work = Work::new(story, service, true);
    match (service, kind) {
        ("analytics", _) => work.inside("fact.record", |work| work.ask("INSERT facts")),
        ("services", _) => work.inside("subscription.extend", |work| work.ask("UPDATE subscriptions")),
        (_, "device.provisioned") => work.inside("device.activate", |work| work.ask("UPDATE devices")),
        _ => work.inside("device.remove", |work| work.ask("DELETE devices")),
    }
    work.call("core-events", "POST /topics/{topic}/groups/{group}/acks/{position}", |work| {
        work.inside("message.settle", |work| work.ask("DELETE deliveries"));
    });
    let (children, _) = work.done();
    story.node(service, &format!("process {topic}"), "consumer", false, children)
}

/// A job about a device: the attempts that fail, then the one that goes well, unless it is given up.
pub(super) fn job(story: &Story<'_>, name: &str) -> Vec<Later> {
    let failing = story.told.failing_attempts.min(ATTEMPTS_MAX);
    let attempt = |is_failing: bool| {
        let mut work = Work::new(story, "core-ops", true);
        if !is_failing {
            perform(&mut work, name);
        }
        work.ask("UPDATE jobs");
        let (children, _) = work.done();
        let node = story.node("core-ops", name, "internal", is_failing, children);
        Later { service: "core-ops".to_owned(), name: "POST /jobs".to_owned(), node }
    };
    let mut all: Vec<Later> = (0..failing).map(|_| attempt(true)).collect();
    if failing < ATTEMPTS_MAX {
        all.push(attempt(false));
    }
    all
}

fn perform(work: &mut Work<'_, '_>, name: &str) {
    if name == "device.provision" {
        work.inside("lease.allocate", |work| {
            work.ask("INSERT leases");
            work.ask("SELECT leases");
        });
        work.send("devices", "device.provisioned");
    } else {
        work.inside("lease.release", |work| work.ask("DELETE leases"));
        work.send("devices", "device.retired");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_fail_by_the_bits_of_the_trace_id() {
        let check = |id: u128, share: f64| attempts(id, share);
        assert_eq!(check(0, 0.0), 0);
        assert_eq!(check(0, 0.5), 5, "the least luck in every attempt");
        assert_eq!(check(u128::MAX, 1.0), 5, "everything fails");
        assert_eq!(check(u128::MAX, 0.99), 0);
        assert_eq!(check(0xffff_ffff_0000_0000, 0.5), 1, "the second attempt has luck");
    }
}
