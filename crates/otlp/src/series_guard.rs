//! How many series of metrics a sender may make in a day: a label with a value for each request would otherwise fill the
//! store, and every memory of series on the way there.
//!
//! *Invariant:* what it holds is bounded by the limits, whatever is sent: 9 bytes a series and 17 a metric, less
//! than 60 MB for an org that uses all of it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use sightline_model::{Nanos, OrgId};
use xxhash_rust::xxh3::Xxh3;

use crate::Limits;
use crate::columns::process_seed;

const DAY_NS: i64 = 86_400_000_000_000;

/// The series that every org has sent since midnight (UTC): memory only, a restart begins anew.
#[derive(Debug, Default)]
pub struct SeriesGuard(Mutex<Today>);

#[derive(Debug, Default)]
struct Today {
    day: i64,
    orgs: HashMap<u32, OfOrg>,
}

/// Hashes of what was seen.
#[derive(Debug, Default)]
struct OfOrg {
    series: HashSet<u64, BuildHasherDefault<Hashed>>,
    metrics: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
}

/// The hasher of what is a hash already, with a seed that nobody outside knows.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The guard for one request.
#[derive(Debug, Clone, Copy)]
pub struct SeriesDoor<'a> {
    guard: &'a SeriesGuard,
    org: u32,
    day: i64,
}

impl SeriesGuard {
    /// Makes a guard that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the guard for a request of an org at a time.
    #[must_use]
    pub const fn door(&self, org: OrgId, now: Nanos) -> SeriesDoor<'_> {
        SeriesDoor { guard: self, org: org.0, day: now.div_euclid(DAY_NS) }
    }

    /// Returns an estimate of the bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let today = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |org: &OfOrg| 9 * org.series.capacity() + 17 * org.metrics.capacity();
        today.orgs.values().map(of).sum()
    }
}

impl SeriesDoor<'_> {
    /// Tells whether a series is known today or may be added, and adds it.
    pub(crate) fn admits(self, metric: u64, series: u64, limits: &Limits) -> bool {
        let mut today = self.guard.0.lock().unwrap_or_else(PoisonError::into_inner);
        if self.day > today.day {
            *today = Today { day: self.day, orgs: HashMap::new() };
        }
        let org = today.orgs.entry(self.org).or_default();
        if org.series.contains(&series) {
            return true;
        }
        let count = org.metrics.get(&metric).copied().unwrap_or(0);
        if count >= limits.metric_series_max || org.series.len() >= limits.org_series_max as usize {
            return false;
        }
        org.metrics.insert(metric, count + 1);
        org.series.insert(series);
        true
    }
}

/// What tells the series of one metric of one sender apart from all others, besides the attributes of their points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    /// Hash of the name.
    pub(crate) metric: u64,
    around: u64,
}

impl Sender {
    /// Hashes what is around a point.
    pub(crate) fn new(resource: &[u8], scope: &[u8], metric: &[u8], unit: &[u8]) -> Self {
        Self { metric: hash(&[metric]), around: hash(&[resource, scope, metric, unit]) }
    }

    /// Hashes the attributes of a point as they were sent: the same in another order is another series here, though not
    /// in the store.
    pub(crate) fn series<'a>(self, kind: u8, attributes: impl IntoIterator<Item = &'a [u8]>) -> u64 {
        let mut hasher = Xxh3::with_seed(self.around);
        hasher.update(&[kind]);
        for attribute in attributes {
            hasher.update(&attribute.len().to_le_bytes());
            hasher.update(attribute);
        }
        hasher.digest()
    }
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = Xxh3::with_seed(process_seed());
    for part in parts {
        hasher.update(&part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(of_metric: u32, of_org: u32) -> Limits {
        Limits { metric_series_max: of_metric, org_series_max: of_org, ..Limits::default() }
    }

    #[test]
    fn each_metric_and_each_org_has_room_of_its_own_every_day() {
        let guard = SeriesGuard::new();
        let limits = limits(2, 3);
        let check = |org: u32, day: i64, metric: u64, series: u64, expected: bool| {
            let door = guard.door(OrgId(org), day * DAY_NS);
            assert_eq!(door.admits(metric, series, &limits), expected, "{org} {day} {metric} {series}");
        };
        check(1, 1, 1, 11, true);
        check(1, 1, 1, 12, true);
        check(1, 1, 1, 13, false);
        check(1, 1, 1, 11, true);
        check(1, 1, 2, 21, true);
        check(1, 1, 2, 22, false);
        check(2, 1, 1, 13, true);
        check(1, 2, 1, 13, true);
        // A request that was read before midnight does not bring yesterday back.
        check(1, 1, 1, 14, true);
        check(1, 2, 1, 11, false);
    }

    #[test]
    fn a_million_values_take_no_more_than_the_limit() {
        let guard = SeriesGuard::new();
        let door = guard.door(OrgId(1), 0);
        let limits = limits(100_000, 1_000_000);
        let sender = Sender::new(b"resource", b"scope", b"metric", b"1");
        let admitted = (0..1_000_000_u32).filter(|value| {
            door.admits(sender.metric, sender.series(1, [&value.to_le_bytes()[..]]), &limits)
        });
        assert_eq!(admitted.count(), 100_000);
        assert!(guard.heap_bytes() < 3_000_000, "{} bytes", guard.heap_bytes());
        // Names are values too.
        let names = (0..2_000_000_u32).filter(|value| {
            let sender = Sender::new(b"resource", b"scope", &value.to_le_bytes(), b"1");
            door.admits(sender.metric, sender.series(1, []), &limits)
        });
        assert_eq!(names.count(), 900_000);
        assert!(guard.heap_bytes() < 60_000_000, "{} bytes", guard.heap_bytes());
    }
}
