//! The families of metrics: names that are older spellings of one metric (vocabulary.md 2.4).
//!
//! Points are stored under the name, unit and bounds as sent. Asking for the canonical name is asking for all of its
//! family, in the unit and with the labels of today; asking for an older name is asking for what was sent under it.

use sightline_model::language::fields::{self, Part, Side};

/// A metric and what it was called before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Family {
    pub(crate) canonical: &'static str,
    /// The unit in which it is answered; empty: that of most series.
    pub(crate) unit: &'static str,
    pub(crate) older: &'static [Older],
}

/// An older name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Older {
    pub(crate) name: &'static str,
    /// The unit of a series that came without one.
    unit: &'static str,
    /// Only the series with this label, which is then left out.
    pub(crate) only: Option<(&'static str, &'static str)>,
    /// Labels of this metric alone, as sent and as they are called today.
    labels: &'static [(&'static str, &'static str)],
    /// Tells a part of the metric, so that it adds up with the other older names of a sender.
    is_part: bool,
}

const fn old(name: &'static str) -> Older {
    Older { name, unit: "", only: None, labels: &[], is_part: false }
}

const fn part(name: &'static str) -> Older {
    Older { is_part: true, ..old(name) }
}

const fn ms(name: &'static str) -> Older {
    Older { unit: "ms", ..old(name) }
}

const fn pool(name: &'static str, unit: &'static str) -> Older {
    Older { unit, labels: POOL, ..old(name) }
}

const fn labelled(name: &'static str, labels: &'static [(&'static str, &'static str)]) -> Older {
    Older { labels, ..old(name) }
}

const fn memory(name: &'static str, kind: &'static str) -> Older {
    Older { only: Some(("type", kind)), ..old(name) }
}

const fn of(canonical: &'static str, unit: &'static str, older: &'static [Older]) -> Family {
    Family { canonical, unit, older }
}

const POOL: &[(&str, &str)] = &[
    ("pool.name", "db.client.connection.pool.name"),
    ("db.client.connections.pool.name", "db.client.connection.pool.name"),
    ("state", "db.client.connection.state"),
    ("db.client.connections.state", "db.client.connection.state"),
];

const CPU: &[(&str, &str)] = &[("type", "cpu.mode"), ("state", "cpu.mode")];
const DEVICE: &[(&str, &str)] =
    &[("device", "network.interface.name"), ("direction", "network.io.direction")];
const DISK: &[(&str, &str)] = &[("device", "system.device"), ("direction", "disk.io.direction")];
const PAGING: &[(&str, &str)] = &[("state", "system.paging.state")];

/// ASGI puts the template of the route there.
const ROUTE: &[(&str, &str)] = &[("http.target", "http.route")];

/// Every family.
pub(crate) const FAMILIES: &[Family] = &[
    of("http.server.request.duration", "s", &[Older { labels: ROUTE, ..ms("http.server.duration") }]),
    of("http.client.request.duration", "s", &[ms("http.client.duration")]),
    of("rpc.server.call.duration", "s", &[ms("rpc.server.duration")]),
    of("rpc.client.call.duration", "s", &[ms("rpc.client.duration")]),
    of("http.server.request.body.size", "By", &[old("http.server.request.size")]),
    of("http.server.response.body.size", "By", &[old("http.server.response.size")]),
    of("http.client.request.body.size", "By", &[old("http.client.request.size")]),
    of("http.client.response.body.size", "By", &[old("http.client.response.size")]),
    of("db.client.connection.count", "", &[pool("db.client.connections.usage", "")]),
    of("db.client.connection.max", "", &[pool("db.client.connections.max", "")]),
    of("db.client.connection.idle.max", "", &[pool("db.client.connections.idle.max", "")]),
    of("db.client.connection.idle.min", "", &[pool("db.client.connections.idle.min", "")]),
    of("db.client.connection.pending_requests", "", &[pool("db.client.connections.pending_requests", "")]),
    of("db.client.connection.timeouts", "", &[pool("db.client.connections.timeouts", "")]),
    of("db.client.connection.create_time", "s", &[pool("db.client.connections.create_time", "ms")]),
    of("db.client.connection.wait_time", "s", &[pool("db.client.connections.wait_time", "ms")]),
    of("db.client.connection.use_time", "s", &[pool("db.client.connections.use_time", "ms")]),
    of(
        "messaging.client.sent.messages",
        "",
        &[old("messaging.client.published.messages"), old("messaging.publish.messages")],
    ),
    of(
        "messaging.client.consumed.messages",
        "",
        &[old("messaging.receive.messages"), old("messaging.process.messages")],
    ),
    of(
        "messaging.client.operation.duration",
        "s",
        &[part("messaging.publish.duration"), part("messaging.receive.duration")],
    ),
    of("process.cpu.time", "s", &[labelled("process.runtime.cpython.cpu_time", CPU)]),
    of("process.cpu.utilization", "1", &[labelled("process.runtime.cpython.cpu.utilization", CPU)]),
    of("process.thread.count", "", &[old("process.runtime.cpython.thread_count")]),
    of("process.memory.usage", "By", &[memory("process.runtime.cpython.memory", "rss")]),
    of("process.memory.virtual", "By", &[memory("process.runtime.cpython.memory", "vms")]),
    of("process.unix.file_descriptor.count", "", &[old("process.open_file_descriptor.count")]),
    of("system.network.packet.count", "", &[labelled("system.network.packets", DEVICE)]),
    of(
        "system.network.packet.dropped",
        "",
        &[labelled("system.network.dropped", DEVICE), labelled("system.network.dropped_packets", DEVICE)],
    ),
    of("system.network.connection.count", "", &[old("system.network.connections")]),
    of("system.paging.usage", "By", &[labelled("system.swap.usage", PAGING)]),
    of("system.paging.utilization", "1", &[labelled("system.swap.utilization", PAGING)]),
    of("system.disk.operation_time", "s", &[labelled("system.disk.time", DISK)]),
    of("system.memory.linux.available", "By", &[old("system.linux.memory.available")]),
    of("system.memory.linux.shared", "By", &[old("system.memory.shared")]),
    of("container.paging.faults", "", &[old("container.memory.paging.faults")]),
];

/// Finds the family of a canonical name.
pub(crate) fn of_canonical(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.canonical == name)
}

impl Family {
    /// Returns what is known of one of its older names.
    pub(crate) fn older(&self, name: &str) -> Option<&'static Older> {
        self.older.iter().find(|older| older.name == name)
    }

    /// Returns the place of a name among those of which a sender tells one and the same, today's first.
    pub(crate) fn rank(&self, name: &str) -> usize {
        let older = self.older.iter().enumerate().find(|(_, older)| older.name == name);
        older.map_or(0, |(at, older)| if older.is_part { 1 } else { at + 1 })
    }

    /// Returns the names, today's first.
    pub(crate) fn names(&self) -> Vec<String> {
        let older = self.older.iter().map(|older| older.name.to_owned());
        std::iter::once(self.canonical.to_owned()).chain(older).collect()
    }

    /// Returns what values in a unit are multiplied with; 1 when nothing is known of it.
    pub(crate) fn factor(&self, name: &str, stored_unit: &str) -> f64 {
        let unit = match (stored_unit, self.older(name)) {
            ("", Some(older)) => older.unit,
            (sent, _) => sent,
        };
        match (seconds(unit), seconds(self.unit)) {
            (Some(from), Some(to)) => from / to,
            _ => 1.0,
        }
    }
}

/// Returns how long a unit of time is.
fn seconds(unit: &str) -> Option<f64> {
    let known = [("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("min", 60.0), ("h", 3_600.0)];
    known.into_iter().find(|(name, _)| *name == unit).map(|(_, seconds)| seconds)
}

impl Older {
    /// Renames a label of a series under this name; none when it is called so today.
    pub(crate) fn renamed(&self, label: &str) -> Option<&'static str> {
        if let Some((_, today)) = self.labels.iter().find(|(sent, _)| *sent == label) {
            return Some(today);
        }
        if let Some(family) = fields::family(label) {
            return (family.canonical != label).then_some(family.canonical);
        }
        let side = side(self.name)?;
        let mut roles = fields::roles(label);
        let own = roles.find(|(_, member)| member.side == side && member.part == Part::Whole);
        own.map(|(family, _)| family.canonical)
    }
}

/// Returns the side of a call that a metric measures.
fn side(name: &str) -> Option<Side> {
    if name.contains(".server.") {
        Some(Side::Server)
    } else if name.contains(".client.") {
        Some(Side::Client)
    } else {
        None
    }
}

/// Returns the labels by which older names say a label of today, with those names; none of the label's own family.
pub(crate) fn sent_as(label: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut found: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut note = |sent: &'static str, metric: &str| match found.iter_mut().find(|(known, _)| *known == sent)
    {
        Some((_, metrics)) => metrics.push(metric.to_owned()),
        None => found.push((sent, vec![metric.to_owned()])),
    };
    let spelled = fields::family(label).into_iter().flat_map(|family| family.older);
    let by_side: Vec<_> =
        spelled.filter(|member| member.side != Side::Any && member.part == Part::Whole).collect();
    for older in FAMILIES.iter().flat_map(|family| family.older) {
        older.labels.iter().filter(|(_, today)| *today == label).for_each(|(sent, _)| note(sent, older.name));
        for member in by_side.iter().filter(|member| Some(member.side) == side(older.name)) {
            note(member.name, older.name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_in_two_families_but_for_what_a_label_tells_apart() {
        for family in FAMILIES {
            assert!(FAMILIES.iter().filter(|other| other.canonical == family.canonical).count() == 1);
            for older in family.older {
                assert!(of_canonical(older.name).is_none(), "{}", older.name);
                let others = FAMILIES.iter().flat_map(|other| other.older).filter(|o| o.name == older.name);
                assert!(others.clone().count() == 1 || others.clone().all(|other| other.only.is_some()));
            }
        }
    }

    #[test]
    fn the_factor_follows_from_the_stored_unit() {
        let family = of_canonical("http.server.request.duration").unwrap();
        for (name, unit, factor) in [
            ("http.server.duration", "ms", 1e-3),
            ("http.server.duration", "s", 1.0),
            ("http.server.duration", "", 1e-3),
            ("http.server.request.duration", "ms", 1e-3),
            ("http.server.request.duration", "", 1.0),
            ("http.server.duration", "us", 1e-6),
            ("http.server.duration", "{thing}", 1.0),
        ] {
            assert!((family.factor(name, unit) - factor).abs() < 1e-15, "{name} {unit}");
        }
        let published = of_canonical("messaging.client.operation.duration").unwrap();
        assert!((published.factor("messaging.publish.duration", "") - 1.0).abs() < 1e-15, "nobody knows");
    }

    #[test]
    fn labels_are_renamed_by_family_side_and_metric() {
        let check = |metric: &str, label: &str, today: Option<&str>| {
            let mut all = FAMILIES.iter().flat_map(|family| family.older);
            let older = all.find(|older| older.name == metric).unwrap();
            assert_eq!(older.renamed(label), today, "{metric} {label}");
        };
        check("http.server.duration", "http.method", Some("http.request.method"));
        check("http.server.duration", "http.target", Some("http.route"));
        check("http.server.duration", "net.host.port", Some("server.port"));
        check("http.client.duration", "net.peer.name", Some("server.address"));
        check("http.server.duration", "http.route", None);
        check("db.client.connections.usage", "state", Some("db.client.connection.state"));
        check("http.server.duration", "state", None);
        assert_eq!(sent_as("http.route"), [("http.target", vec!["http.server.duration".to_owned()])]);
        assert!(sent_as("nothing").is_empty());
    }
}
