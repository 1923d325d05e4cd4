//! Keeps the number of distinct names bounded: what is too much is counted under `(other)` (vocabulary.md 3).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sightline_model::Nanos;

/// The name that stands for all that are too much.
pub(crate) const OTHER: &str = "(other)";
/// How long a name counts against the limit.
const PERIOD_NS: i64 = 24 * 3_600 * 1_000_000_000;

/// Whose names are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub(crate) org: u32,
    pub(crate) environment: Arc<str>,
    pub(crate) service: Arc<str>,
    pub(crate) class: u8,
}

/// Names that were admitted in this period, by group.
#[derive(Debug)]
pub(crate) struct Guard {
    names_max: usize,
    groups_max: usize,
    period_from: Nanos,
    admitted: HashMap<Group, HashSet<Arc<str>>>,
}

impl Guard {
    /// Makes a guard that admits so many names per group and knows so many groups.
    pub(crate) fn new(names_max: usize, groups_max: usize) -> Self {
        Self { names_max, groups_max, period_from: Nanos::MIN, admitted: HashMap::new() }
    }

    /// Starts a new period when the old one is over. Called with the arrival time of a batch, not of its spans: a late
    /// span must not end a period.
    pub(crate) fn at(&mut self, now: Nanos) {
        if now.saturating_sub(self.period_from) >= PERIOD_NS {
            self.period_from = now;
            self.admitted.clear();
        }
    }

    /// Tells whether the name may be kept; the first names of a period are.
    pub(crate) fn admits(&mut self, group: &Group, name: &Arc<str>) -> bool {
        if let Some(names) = self.admitted.get_mut(group) {
            if names.contains(name) {
                return true;
            }
            return names.len() < self.names_max && names.insert(Arc::clone(name));
        }
        if self.admitted.len() >= self.groups_max {
            return false;
        }
        self.admitted.insert(group.clone(), HashSet::from([Arc::clone(name)]));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_of_a_period_are_kept_and_the_rest_folded() {
        let group =
            |service: &str| Group { org: 1, environment: "prod".into(), service: service.into(), class: 1 };
        let mut guard = Guard::new(2, 2);
        let check =
            |guard: &mut Guard, service: &str, name: &str| guard.admits(&group(service), &name.into());
        guard.at(0);
        assert!(check(&mut guard, "a", "GET /1"));
        assert!(check(&mut guard, "a", "GET /2"));
        assert!(!check(&mut guard, "a", "GET /3"));
        assert!(check(&mut guard, "a", "GET /1"), "a known name stays known");
        assert!(check(&mut guard, "b", "GET /3"), "each service has its own limit");
        assert!(!check(&mut guard, "c", "GET /3"), "and the services have one too");
        guard.at(PERIOD_NS - 1);
        assert!(!check(&mut guard, "a", "GET /3"));
        guard.at(PERIOD_NS);
        assert!(check(&mut guard, "a", "GET /3"));
    }
}
